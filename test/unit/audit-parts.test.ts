/** Small parts of the audit: verdicts (semantics 27), brackets (31), globs, fault bookkeeping. */

import { describe, expect, it } from "vitest";
import { auditCommitted } from "../../lab/audit/audit.ts";
import { narrowed, readBrackets } from "../../lab/audit/brackets.ts";
import { readOps } from "../../lab/audit/ops.ts";
import { globMatcher } from "../../lab/audit/paths.ts";
import type { ClaimResult, Verdict } from "../../lab/audit/types.ts";
import { groupVerdict, judgeSafely, runVerdict } from "../../lab/audit/verdict.ts";
import { makeZxid } from "../../lab/ids.ts";
import { op, who } from "../builders/model-parts.ts";
import { RunModel } from "../builders/run-model.ts";

const C1 = who("naive", "c1");

function result(verdict: Verdict, of: { group?: string } = { group: "naive" }): ClaimResult {
  const group = of.group;
  const conclude = judgeSafely({ claim: "guards", sentence: "", group }, () => {
    throw new Error("not judged");
  });
  return { ...conclude, verdict };
}

describe("verdicts (semantics 27)", () => {
  it("a claim that throws is unknown, with the reason", () => {
    const broken = judgeSafely({ claim: "guards", sentence: "s", group: "naive" }, () => {
      throw new Error("no such term");
    });
    expect(broken.verdict).toBe("unknown");
    expect(broken.reasons).toEqual(["the judgement itself broke: no such term"]);
  });

  it("a run or group that rests on not-applicable alone is unknown", () => {
    expect(groupVerdict([result("not-applicable")])).toBe("unknown");
    expect(runVerdict([result("not-applicable"), result("holds", {})])).toBe("unknown");
    expect(runVerdict([])).toBe("unknown");
    expect(runVerdict([result("not-applicable"), result("holds")])).toBe("holds");
  });

  it("only violations decide, then unknown", () => {
    expect(runVerdict([result("holds"), result("unknown")])).toBe("unknown");
    expect(runVerdict([result("unknown"), result("violated", {})])).toBe("violated");
  });
});

describe("brackets (semantics 31)", () => {
  const model = new RunModel().open();
  const first = model.probe();
  const between = model.commit({ type: "setData", session: model.lab, ops: [op.set("/x", "")] });
  const second = model.probe();
  const after = model.commit({ type: "setData", session: model.lab, ops: [op.set("/x", "")] });
  const bracketOf = readBrackets(
    model.lines,
    readOps(model.lines),
    () => true,
    () => 0,
  );
  const probes = model.lines.flatMap(({ event }) => (event.type === "probe" ? [event] : []));

  it("lie between the latest invoke before and the earliest acknowledgement after", () => {
    expect(bracketOf(between)).toEqual({
      earliest: probes[0]?.invokedAt,
      latest: probes[1]?.at,
    });
    expect(bracketOf(first)).toEqual({ earliest: probes[0]?.invokedAt, latest: probes[0]?.at });
    expect(bracketOf(second)).toEqual({ earliest: probes[1]?.invokedAt, latest: probes[1]?.at });
  });

  it("are unbounded where nothing was acknowledged on one side", () => {
    expect(bracketOf(after)).toBeUndefined();
    expect(bracketOf(makeZxid(0, 1))).toBeUndefined();
    // Only the acknowledgement of the opening write is stamped.
    expect(bracketOf(model.opening ?? first)).toBeUndefined();
  });

  it("end by the time when a contender says that it was elected by a later znode", () => {
    const run = new RunModel().open();
    run.probe();
    const ended = run.commit({ type: "setData", session: run.lab, ops: [op.set("/x", "")] });
    run.elect(C1, run.connect(C1), "/election/leader");
    run.probe();
    const elected = run.lines.find(
      ({ event }) => event.type === "contender" && event.line.type === "belief",
    );
    const brackets = readBrackets(
      run.lines,
      readOps(run.lines),
      () => true,
      () => 0,
    );
    expect(elected).toBeDefined();
    expect(brackets(ended)?.latest).toBe(elected?.event.at);
  });

  it("are made narrower, for what is told, by whoever leads next", () => {
    const position = { earliest: 10, latest: 90 };
    const told = narrowed(() => position, [{ began: first, saidAt: 40 }]);
    expect(told(first)).toEqual({ earliest: 10, latest: 40 });
    // What came before the beginning of that term had happened by then, too; what came after had not.
    expect(told(makeZxid(0, 1))).toEqual({ earliest: 10, latest: 40 });
    expect(told(second)).toEqual(position);
  });

  it("take no word of a leader that comes before its term can have begun", () => {
    const position = { earliest: 10, latest: 90 };
    const told = narrowed(() => position, [{ began: first, saidAt: 9 }]);
    expect(told(first)).toEqual(position);
    expect(narrowed(() => undefined, [{ began: first, saidAt: 9 }])(first)).toBeUndefined();
  });

  it("take no word for a zxid that no log bears out", () => {
    const none = readBrackets(
      model.lines,
      readOps(model.lines),
      (zxid) => zxid !== second,
      () => 0,
    );
    expect(none(between)).toBeUndefined();
  });
});

describe("globs", () => {
  it.each([
    [["/a/*"], "/a/b", true],
    [["/a/*"], "/a/b/c", false],
    [["/a/*"], "/a", false],
    [["/a/**"], "/a/b/c", true],
    [["/a/*/c"], "/a/b/c", true],
    [["/a/**", "!/a/locks/**"], "/a/locks/x", false],
    [["/a.b/+(c)"], "/a.b/+(c)", true],
    [["/a.b"], "/axb", false],
    [["/x", "/y"], "/y", true],
  ] as const)("%j and %s: %s", (globs, path, matches) => {
    expect(globMatcher(globs)(path)).toBe(matches);
  });
});

describe("the history's own soundness", () => {
  it("a sequence that does not rise makes the run unknown", () => {
    const model = new RunModel().open();
    const session = model.connect(C1);
    const latch = "/run/naive/latch/_c_-latch-0000000000";
    const token = model.elect(C1, session, latch);
    model.write(C1, "c1#1:1", { session, path: "/run/naive/guarded/x", token });
    model.seal();
    const evidence = model.evidence();
    const judged = (history: typeof evidence.history) =>
      auditCommitted({ ...evidence, history }, model.history()).report.verdict;
    expect(judged(evidence.history)).toBe("holds");
    expect(judged([...evidence.history, ...evidence.history.slice(-2, -1)])).toBe("unknown");
  });
});
