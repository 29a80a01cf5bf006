/** Terms and the join to contenders: semantics 3, 4, 5, 25, each with its counterexample. */

import { describe, expect, it } from "vitest";
import { auditCommitted } from "../../lab/audit/audit.ts";
import { makeWorld } from "../../lab/audit/world.ts";
import type { GroupInfo } from "../../lab/evidence/run-info.ts";
import { group, op, who } from "../builders/model-parts.ts";
import { RunModel } from "../builders/run-model.ts";

const C1 = who("naive", "c1");
const C2 = who("naive", "c2");
const DIR = "/run/naive/latch";
const PATH = "/run/naive/guarded/state";
const latch = (n: number): string => `${DIR}/_c_${n}-latch-${String(n).padStart(10, "0")}`;

function audited(model: RunModel) {
  return auditCommitted(model.evidence(), model.history());
}

function judgements(model: RunModel): string[] {
  return audited(model).writes.map((write) => write.judgement);
}

function leaders(model: RunModel): (string | undefined)[] {
  return audited(model).report.terms.map((term) => term.incarnation);
}

function set(model: RunModel, session: Parameters<RunModel["close"]>[0], text = "x"): void {
  model.commit({ type: "setData", session, ops: [op.set(PATH, text)] });
}

describe("terms (semantics 3)", () => {
  it("(i) a contender's first transaction may create the leader znode and write under it", () => {
    const model = new RunModel([group({ recipe: "single", electionPath: DIR })]).open();
    const s1 = model.connect(C1);
    model.commit({
      type: "multi",
      session: s1,
      ops: [op.create(`${DIR}/leader`, "", true), op.set(PATH, "x")],
    });
    model.seal();
    expect(judgements(model)).toEqual(["good"]);
  });

  it("(ii) a clean resignation may write before it deletes its latch, and not after", () => {
    const before = new RunModel().open();
    const s1 = before.connect(C1);
    before.elect(C1, s1, latch(0));
    before.commit({
      type: "multi",
      session: s1,
      ops: [op.check(latch(0)), op.set(PATH, "x"), op.remove(latch(0))],
    });
    before.seal();
    expect(judgements(before)).toEqual(["good"]);

    const after = new RunModel().open();
    const s2 = after.connect(C1);
    after.elect(C1, s2, latch(0));
    after.commit({ type: "multi", session: s2, ops: [op.remove(latch(0)), op.set(PATH, "x")] });
    after.seal();
    expect(judgements(after)).toEqual(["stale"]);
  });

  it("(iii) with sequential children the next child leads from the very position of the closeSession", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    const s2 = model.connect(C2);
    model.elect(C1, s1, latch(0));
    model.elect(C2, s2, latch(1), true);
    model.close(s1, { paths: [latch(0)] });
    set(model, s2);
    model.seal();
    const [first, second] = audited(model).report.terms;
    expect(first?.to).toBe(second?.from);
    expect(judgements(model)).toEqual(["good"]);
  });

  it("(iii) with a single /leader there is a gap until the next create", () => {
    const model = new RunModel([group({ recipe: "single", electionPath: DIR })]).open();
    const s1 = model.connect(C1);
    model.elect(C1, s1, `${DIR}/leader`);
    model.close(s1);
    set(model, s1);
    model.seal();
    const { report, writes } = audited(model);
    expect(writes.map((write) => write.judgement)).toEqual(["stale"]);
    expect(report.claims[0]?.findings[0]?.while).toBe("nobody leads");
  });

  it("(iv) nobody leads while the first child is no contender's ephemeral", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    model.commit({ type: "create2", session: model.lab, ops: [op.create(latch(0))] });
    model.elect(C1, s1, latch(1));
    set(model, s1);
    model.commit({ type: "delete", session: model.lab, ops: [op.remove(latch(0))] });
    set(model, s1);
    model.seal();
    expect(judgements(model)).toEqual(["leaderless", "good"]);
    expect(leaders(model)).toEqual([C1]);
  });

  it("a session's end deletes its ephemerals by replay where the record has no body (< 3.6)", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    model.elect(C1, s1, latch(0));
    model.close(s1);
    set(model, s1);
    model.seal();
    expect(judgements(model)).toEqual(["stale"]);
  });

  it("a rejected transaction changes no term", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    model.elect(C1, s1, latch(0));
    model.commit({
      type: "multi",
      session: s1,
      ops: [op.remove(latch(0)), op.error(-101)],
      rejected: true,
    });
    set(model, s1);
    model.seal();
    expect(judgements(model)).toEqual(["good"]);
  });
});

describe("recipes (semantics 4)", () => {
  const recipe = (name: GroupInfo["recipe"], parts: Partial<GroupInfo> = {}): GroupInfo =>
    group({ recipe: name, electionPath: DIR, ...parts });

  function firstLeader(info: GroupInfo, children: readonly [string, string]): string | undefined {
    const model = new RunModel([info]).open();
    const s1 = model.connect(C1);
    const s2 = model.connect(C2);
    model.elect(C1, s1, `${DIR}/${children[0]}`, true);
    model.elect(C2, s2, `${DIR}/${children[1]}`, true);
    model.seal();
    return audited(model).report.terms.at(-1)?.incarnation;
  }

  it.each([
    ["curator-latch", "_c_ff-latch-0000000001", "_c_00-latch-0000000002", C1],
    ["curator-selector", "_c_ff-lock-0000000001", "_c_00-lock-0000000002", C1],
    ["flink", "_c_ff-latch-0000000001", "_c_00-latch-0000000002", C1],
    ["sequential", "zz_0000000001", "aa_0000000002", C1],
    ["kazoo-lock", "x__rlock__0000000001", "y__lock__0000000002", C2],
    ["kazoo-write-lock", "x__rlock__0000000001", "y__lock__0000000002", C1],
    ["kazoo-lock", "lease_holder", "y__lock__0000000002", C2],
    ["single", "other", "leader", C2],
  ] as const)("%s: of %s and %s the right one leads", (name, first, second, leader) => {
    expect(firstLeader(recipe(name), [first, second])).toBe(leader);
  });

  it("flink's latch stands below the election path", () => {
    expect(
      firstLeader(recipe("flink", { electionPath: "/run/naive" }), [
        "_c_ff-latch-0000000001",
        "_c_00-latch-0000000002",
      ]),
    ).toBe(C1);
  });

  it("a counted child that fits no known name makes the term unknown until it is gone", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    model.elect(C1, s1, latch(0));
    model.commit({ type: "create", session: model.lab, ops: [op.create(`${DIR}/zzz`)] });
    set(model, s1);
    model.commit({ type: "delete", session: model.lab, ops: [op.remove(`${DIR}/zzz`)] });
    set(model, s1);
    model.seal();
    expect(judgements(model)).toEqual(["unknown", "good"]);
    expect(audited(model).report.claims[0]?.verdict).toBe("unknown");
  });

  it("a key order that is not the order of creation makes the term unknown", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    const s2 = model.connect(C2);
    model.elect(C1, s1, latch(5));
    model.elect(C2, s2, latch(0));
    set(model, s2);
    model.seal();
    expect(judgements(model)).toEqual(["unknown"]);
  });

  it("kazoo's persistent lock nodes belong to the session that made them", () => {
    const model = new RunModel([recipe("kazoo-lock")]).open();
    const s1 = model.connect(C1);
    model.commit({
      type: "create",
      session: s1,
      ops: [op.create(`${DIR}/a__lock__0000000000`)],
    });
    set(model, s1);
    model.seal();
    expect(judgements(model)).toEqual(["good"]);
  });
});

describe("contenders (semantics 5, 25)", () => {
  it("a contender may elect on one session and write on another", () => {
    const model = new RunModel().open();
    const elects = model.connect(C1);
    const writes = model.connect(C1);
    model.elect(C1, elects, latch(0));
    set(model, writes);
    model.seal();
    expect(judgements(model)).toEqual(["good"]);
  });

  it("a restarted contender is another one: its dead predecessor's latch does not lead for it", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    model.elect(C1, s1, latch(0));
    const s2 = model.connect(who("naive", "c1", 2));
    set(model, s2);
    model.seal();
    expect(judgements(model)).toEqual(["leaderless"]);
  });

  it("a session of no contender is foreign: unknown, not stale", () => {
    const model = new RunModel().open();
    model.elect(C1, model.connect(C1), latch(0));
    set(model, model.connect());
    model.seal();
    const [claim] = audited(model).report.claims;
    expect(claim?.verdict).toBe("unknown");
    expect(claim?.findings.map((each) => [each.name, each.grade, each.culprit])).toEqual([
      ["foreign-write", "unknown", "contender"],
    ]);
  });

  it("a write by the lab's own session is foreign, and the lab's fault", () => {
    const model = new RunModel().open();
    model.elect(C1, model.connect(C1), latch(0));
    set(model, model.lab);
    model.seal();
    expect(audited(model).report.claims[0]?.findings[0]?.culprit).toBe("lab");
  });

  it("the lab's own session is no contender of a black box either", () => {
    const model = new RunModel().open();
    const s1 = model.connect();
    model.commit({ type: "create2", session: s1, ops: [op.create(latch(0), "", true)] });
    set(model, model.lab);
    model.seal();
    expect(judgements(model)).toEqual(["foreign"]);
  });

  it("a black box is judged by session, and says so", () => {
    const model = new RunModel().open();
    const s1 = model.connect();
    const s2 = model.connect();
    model.commit({ type: "create2", session: s1, ops: [op.create(latch(0), "", true)] });
    set(model, s1);
    set(model, s2);
    model.seal();
    const { report, writes } = audited(model);
    expect(writes.map((write) => write.judgement)).toEqual(["good", "leaderless"]);
    expect(report.claims[0]?.findings[0]?.message).toContain("judged by session");
    const applicable = report.claims.filter((claim) => claim.verdict !== "not-applicable");
    expect(applicable.map((claim) => claim.claim)).not.toContain("term-writes");
  });

  it("while any znode of a contender is first, its writes are good, and each znode has its token", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    model.elect(C1, s1, latch(0), true);
    model.elect(C1, s1, latch(1), true);
    set(model, s1);
    model.commit({ type: "delete", session: s1, ops: [op.remove(latch(0))] });
    set(model, s1);
    model.seal();
    const { report, writes } = audited(model);
    expect(writes.map((write) => write.judgement)).toEqual(["good", "good"]);
    expect(new Set(report.terms.map((term) => term.token)).size).toBe(2);
    expect(report.terms[0]?.to).toBe(report.terms[1]?.from);
  });

  it("a session that two incarnations claim leaves the run unknown", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    model.say(C2, {
      type: "session",
      id: `0x${s1.toString(16)}`,
      role: "both",
      state: "connected",
    });
    model.elect(C1, s1, latch(0));
    set(model, s1);
    model.seal();
    const world = makeWorld(model.evidence(), model.history());
    expect(world.doubts.reasons.join()).toContain("is claimed by");
    expect(audited(model).report.verdict).toBe("unknown");
  });
});
