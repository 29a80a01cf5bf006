/** What is a guarded write, and stale against leaderless: semantics 8 and 28, and the story told of it. */

import { describe, expect, it } from "vitest";
import { auditCommitted } from "../../lab/audit/audit.ts";
import type { TxnOp } from "../../lab/txnlog/types.ts";
import { bytes, group, op, type RecordParts, who } from "../builders/model-parts.ts";
import { RunModel } from "../builders/run-model.ts";

const C1 = who("naive", "c1");
const C2 = who("naive", "c2");
const LATCH = "/run/naive/latch";
const PATH = "/run/naive/guarded/state";
const latch = (n: number): string => `${LATCH}/_c_${n}-latch-${String(n).padStart(10, "0")}`;

function audited(model: RunModel) {
  return auditCommitted(model.evidence(), model.history());
}

/** A run in which c1 has led and c2 leads, and then one transaction of c1's or the given session. */
function afterHandover(parts: (s1: RecordParts["session"]) => RecordParts) {
  const model = new RunModel().open();
  const s1 = model.connect(C1);
  const s2 = model.connect(C2);
  model.elect(C1, s1, latch(0));
  model.elect(C2, s2, latch(1), true);
  model.commit({ type: "delete", session: s1, ops: [op.remove(latch(0))] });
  model.commit(parts(s1));
  model.write(C2, "c2#1:1", { session: s2, path: PATH });
  model.seal();
  return audited(model);
}

describe("guarded writes (semantics 8)", () => {
  const WRITES: readonly [string, RecordParts["type"], TxnOp][] = [
    ["create", "create", op.create(`${PATH}/a`)],
    ["create2", "create2", op.create(`${PATH}/a`)],
    ["delete", "delete", op.remove(PATH)],
    ["setData", "setData", op.set(PATH, "x")],
    ["(iii) setACL", "setAcl", op.acl(PATH)],
    [
      "(iii) createTTL",
      "createTTL",
      { ...op.create(`${PATH}/a`), variant: "createTTL", ttlMs: 5n } as TxnOp,
    ],
    [
      "(iii) createContainer",
      "createContainer",
      { ...op.create(`${PATH}/a`), variant: "createContainer" } as TxnOp,
    ],
  ];

  it.each(WRITES)("%s by an ex-leader is a stale write", (_name, type, each) => {
    const { report } = afterHandover((session) => ({ type, session, ops: [each] }));
    expect(report.claims[0]?.findings.map((finding) => finding.name)).toEqual([
      "stale-leader-write",
    ]);
  });

  it("(i) an ex-leader's closeSession may delete its guarded ephemerals", () => {
    const { report } = afterHandover((session) => ({
      type: "closeSession",
      session,
      cxid: 0,
      closes: [PATH],
    }));
    expect(report.claims[0]?.findings).toEqual([]);
    expect(report.claims[0]?.verdict).toBe("holds");
  });

  it("(ii) container and TTL reaping by client 0 is nobody's write", () => {
    const session = 0n as RecordParts["session"];
    const { writes } = afterHandover(() => ({
      type: "deleteContainer",
      session,
      ops: [op.remove(PATH)],
    }));
    expect(writes).toHaveLength(1);
  });

  it("(iv) sub-operations of a rejected multi keep their type and are no writes", () => {
    const { writes } = afterHandover((session) => ({
      type: "multi",
      session,
      ops: [op.set(PATH, "x"), op.error(-101)],
      rejected: true,
    }));
    expect(writes).toHaveLength(1);
  });

  it("(v) globs tell lock children and parents from guarded paths", () => {
    const guarded = ["/run/naive/guarded/*", "!/run/naive/guarded/locks"];
    const model = new RunModel([group({ guarded })]).open();
    const s1 = model.connect(C1);
    model.elect(C1, s1, latch(0));
    for (const path of ["/run/naive/guarded", "/run/naive/guarded/locks", `${PATH}/deep`, PATH])
      model.commit({ type: "create2", session: s1, ops: [op.create(path)] });
    model.seal();
    expect(audited(model).writes.map((write) => write.path)).toEqual([PATH]);
  });

  it("one transaction with n guarded sub-operations is one write", () => {
    const { writes } = afterHandover((session) => ({
      type: "multi",
      session,
      ops: [op.set(PATH, "x"), op.create(`${PATH}/b`), op.remove(`${PATH}/b`)],
    }));
    expect(writes).toHaveLength(2);
  });

  it("paths that two groups guard are refused: the run is unknown", () => {
    const twice = ["/run/naive/guarded/**"];
    const model = new RunModel([group(), group({ name: "other", guarded: twice })]).open();
    const s1 = model.connect(C1);
    model.connect(who("other", "c1"));
    model.elect(C1, s1, latch(0));
    model.write(C1, "c1#1:1", { session: s1, path: PATH });
    model.seal();
    expect(audited(model).report.verdict).toBe("unknown");
  });

  it("joins an op by its data up to a space or NUL, by its path, and by the reply's zxid", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    const token = model.elect(C1, s1, latch(0));
    const commit = (each: TxnOp) => model.commit({ type: "setData", session: s1, ops: [each] });
    model.invoke(C1, "c1#1:1", { path: PATH, token });
    commit({ ...op.set(PATH, ""), data: bytes("c1#1:1 padding") } as TxnOp);
    model.invoke(C1, "c1#1:2", { path: PATH, token });
    commit({ ...op.set(PATH, ""), data: bytes("c1#1:2\0\0\0") } as TxnOp);
    model.invoke(C1, "c1#1:3", { path: `${PATH}/op-c1#1:3`, token });
    commit(op.remove(`${PATH}/op-c1#1:3`));
    model.invoke(C1, "c1#1:4", { path: PATH, token });
    model.ok(C1, "c1#1:4", commit(op.acl(PATH)), s1);
    commit(op.set(PATH, "no op id at all"));
    model.seal();
    expect(audited(model).writes.map((write) => write.op)).toEqual([
      "c1#1:1",
      "c1#1:2",
      "c1#1:3",
      "c1#1:4",
      undefined,
    ]);
  });
});

describe("stale-leader-write (semantics 28)", () => {
  it("is one finding with a `while`, whoever leads", () => {
    const { report } = afterHandover((session) => ({
      type: "setData",
      session,
      ops: [op.set(PATH, "x")],
    }));
    expect(report.claims[0]?.findings[0]).toMatchObject({
      name: "stale-leader-write",
      while: "another leads",
      culprit: "contender",
    });
  });

  it("leaderless-write is kept for writers that had never led", () => {
    const model = new RunModel().open();
    model.elect(C1, model.connect(C1), latch(0));
    const s2 = model.connect(C2);
    model.write(C2, "c2#1:1", { session: s2, path: PATH });
    model.seal();
    const { report } = audited(model);
    expect(report.claims[0]?.findings.map((each) => [each.name, each.while])).toEqual([
      ["leaderless-write", undefined],
    ]);
  });

  it("is told in at most five lines, with who led, what stopped it and what was committed when", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    const s2 = model.connect(C2);
    const token = model.elect(C1, s1, latch(0));
    const next = model.elect(C2, s2, latch(1), true);
    model.probe();
    model.invoke(C1, "c1#1:1", { path: PATH, token, session: s1 });
    const inForce = { type: "fault", injection: "f1", fault: "pause", phase: "in-force" } as const;
    model.event({ ...inForce, at: model.nowMs * 1e6, target: "leader", resolved: [C1] });
    model.nowMs += 4_000;
    model.probe();
    model.close(s1, { paths: [latch(0)] });
    model.believe(C2, next);
    const healed = { ...inForce, phase: "healed", at: (model.nowMs + 1) * 1e6 } as const;
    model.event({ ...healed, target: "leader", resolved: [C1] });
    model.nowMs += 90;
    model.probe();
    model.nowMs += 500;
    model.write(C2, "c2#1:1", { session: s2, path: PATH });
    model.revoke(C1, "session-lost");
    model.failed(C1, "c1#1:1", "info", { code: "ConnectionLoss" });
    const again = model.connect(C1);
    model.invoke(C1, "c1#1:1", { path: PATH, token, session: again, attempt: 2 });
    const zxid = model.commit({ type: "setData", session: again, ops: [op.set(PATH, "c1#1:1")] });
    model.ok(C1, "c1#1:1", zxid, again, { attempt: 2 });
    model.seal();
    const { report } = audited(model);
    expect(report.claims[0]?.findings[0]?.story).toMatchInlineSnapshot(`
      [
        "naive/c1#1 led from zxid 0x100000006 (znode …/_c_0-latch-0000000000)",
        "it decided op c1#1:1 at 0.013 s; it was stopped at 0.013 s (pause of 4.00 s, session timeout 4 s)",
        "its session 0x1000000000000002 was closed by expiry at zxid 0x10000000a between 4.013 s and 4.017 s; naive/c2#1 led from then on",
        "it ran again at 4.018 s, gave leadership up at 4.613 s (session-lost), got ConnectionLoss for its write, and all the same sent it again at 4.617 s on a new session, 0x1000000000000004",
        "zxid 0x10000000e committed its write to /run/naive/guarded/state 600 to 606 ms after it had lost leadership, over op c2#1:1 of naive/c2#1 (0x10000000c)",
      ]
    `);
    expect(report.groups[0]).toMatchObject({ exposed: 1, committedStale: 1 });
  });

  it("does not say that it gave leadership up where it believed again before it sent", () => {
    const model = new RunModel().open();
    const s1 = model.connect(C1);
    const s2 = model.connect(C2);
    const token = model.elect(C1, s1, latch(0));
    model.elect(C2, s2, latch(1), true);
    model.invoke(C1, "c1#1:1", { path: PATH, token, session: s1 });
    model.revoke(C1, "disconnected");
    model.believe(C1, token);
    model.commit({ type: "delete", session: s1, ops: [op.remove(latch(0))] });
    model.failed(C1, "c1#1:1", "info", { code: "ConnectionLoss" });
    model.invoke(C1, "c1#1:1", { path: PATH, token, session: s1, attempt: 2 });
    const zxid = model.commit({ type: "setData", session: s1, ops: [op.set(PATH, "c1#1:1")] });
    model.ok(C1, "c1#1:1", zxid, s1, { attempt: 2 });
    model.revoke(C1, "session-lost");
    model.seal();
    const found = audited(model).report.claims[0]?.findings[0];
    expect(found?.message).toContain("by naive/c1#1, which had sent it again");
    expect(found?.story.join("\n")).not.toContain("gave leadership up");
  });
});

describe("of a black box (semantics 5)", () => {
  /** s1 leads; s2, which is first in nothing, writes. */
  const writtenBeside = (name: string): string | undefined => {
    const model = new RunModel().open();
    const [s1, s2] = [model.connect(), model.connect()];
    model.elect("app-1", s1, latch(0), true);
    model.elect(name, s2, latch(1), true);
    model.commit({ type: "setData", session: s2, ops: [op.set(PATH, "x")] });
    model.seal();
    return audited(model).report.claims[0]?.findings[0]?.message;
  };

  it("a finding says that it was judged by session, and whether a join would remove it", () => {
    expect(writtenBeside("app-2")).toMatch(/\(judged by session\)$/);
    expect(writtenBeside("app-1")).toMatch(
      /\(judged by session; the leading session wrote the same .* it would be none\)$/,
    );
  });
});
