import { describe, expect, it } from "vitest";
import type { ClaimResult } from "../../lab/audit/types.ts";
import { compareExpectations } from "../../lab/report/expectation.ts";
import { type JunitRun, renderJunit } from "../../lab/report/junit.ts";
import { sampleRun } from "../builders/sample-run.ts";
import { type Element, parseXml } from "../builders/xml.ts";

function runOf(change: (claim: ClaimResult) => ClaimResult = (claim) => claim): JunitRun {
  const { evidence, result } = sampleRun();
  const report = { ...result.report, claims: result.report.claims.map(change) };
  return { run: evidence.run, report, expectations: compareExpectations(evidence.run, report) };
}

const suites = (document: string): readonly Element[] => parseXml(document).children;
const named = (all: readonly Element[], name: string): Element => {
  const found = all.find(({ attributes }) => attributes["name"] === name);
  if (found === undefined) throw new Error(`no element is named ${name}`);
  return found;
};
const ending = (test: Element): string =>
  test.children.find(({ name }) => name !== "system-out")?.name ?? "passed";

describe("renderJunit", () => {
  const document = renderJunit([runOf()]);

  it("has a suite a group, one for the ensemble and one for what was expected", () => {
    expect(suites(document).map(({ attributes }) => attributes["name"])).toEqual([
      "gc-pause.naive",
      "gc-pause.latch-check",
      "gc-pause.ephemeral",
      "gc-pause.ensemble",
      "gc-pause.expectations",
    ]);
  });

  it("fails a violated claim with the finding and its story, and counts it", () => {
    const naive = named(suites(document), "gc-pause.naive");
    expect(naive.attributes).toMatchObject({ tests: "4", failures: "2", skipped: "1" });
    const failure = named(naive.children, "leader-writes").children[0];
    expect(failure?.name).toBe("failure");
    expect(failure?.attributes["type"]).toBe("stale-leader-write");
    expect(failure?.attributes["message"]).toMatch(/^naive\/c1#1 committed 0x1/);
    expect(failure?.text).toContain("  1. naive/c1#1 won the election at 2.690 s");
  });

  it("skips what is not applicable, and says why", () => {
    const guards = named(named(suites(document), "gc-pause.naive").children, "guards");
    expect(ending(guards)).toBe("skipped");
    expect(guards.children.at(-1)?.text).toContain("the strategy naive promises no guard");
  });

  it("makes an error of what is unknown", () => {
    const unknown = renderJunit([
      runOf((claim) =>
        claim.claim === "servers-agree"
          ? { ...claim, verdict: "unknown", reasons: ["zk2's log is torn"] }
          : claim,
      ),
    ]);
    const ensemble = named(suites(unknown), "gc-pause.ensemble");
    expect(ensemble.attributes["errors"]).toBe("1");
    const [error] = named(ensemble.children, "servers-agree").children;
    expect(error?.attributes).toEqual({ message: "zk2's log is torn", type: "unknown" });
  });

  it("passes a violation that was expected, and fails one that was not, among expectations", () => {
    const met = named(suites(document), "gc-pause.expectations");
    expect(met.children.filter(({ name }) => name === "testcase").map(ending)).toEqual([
      "passed",
      "passed",
      "passed",
    ]);
    const [first, ...others] = runOf().run.groups;
    const surprised = { ...runOf().run, groups: [{ ...first, expect: holds }, ...others] };
    const { report } = runOf();
    const run = surprised as JunitRun["run"];
    const missed = renderJunit([{ run, report, expectations: compareExpectations(run, report) }]);
    const suite = named(suites(missed), "gc-pause.expectations");
    expect(suite.attributes["failures"]).toBe("1");
    expect(named(suite.children, "naive: holds").children[0]?.attributes["message"]).toBe(
      "expected holds, found violated (stale-leader-write, stale-term-write)",
    );
  });

  it("has no suite of expectations for a run that kept none", () => {
    const run = runOf();
    const old = renderJunit([{ ...run, expectations: [] }]);
    expect(suites(old).map(({ attributes }) => attributes["name"])).not.toContain(
      "gc-pause.expectations",
    );
  });

  it("puts several runs into one document, and is the same text for the same runs", () => {
    expect(suites(renderJunit([runOf(), runOf()]))).toHaveLength(10);
    expect(renderJunit([runOf()])).toBe(document);
    expect(document).not.toMatch(/timestamp|hostname/);
  });
});

const holds = { verdict: "holds", findings: [] } as const;
