/** The other claims, one test per rule: semantics 1, 7, 9, 10, 11, 12, 13, 15, 16, 22. */

import { describe, expect, it } from "vitest";
import type { Guard } from "../../contenders/contract.ts";
import { auditCommitted } from "../../lab/audit/audit.ts";
import type { ClaimName, ClaimResult } from "../../lab/audit/types.ts";
import type { GroupInfo } from "../../lab/evidence/run-info.ts";
import { makeZxid, type SessionId, type Zxid } from "../../lab/ids.ts";
import type { CommittedHistory, HistoryTxn } from "../../lab/txnlog/types.ts";
import { group, op, type TokenOf, who } from "../builders/model-parts.ts";
import { RunModel, SERVERS } from "../builders/run-model.ts";

const C1 = who("naive", "c1");
const C2 = who("naive", "c2");
const LATCH = "/run/naive/latch";
const PATH = "/run/naive/guarded/state";
const latch = (n: number): string => `${LATCH}/_c_${n}-latch-${String(n).padStart(10, "0")}`;

function promising(guard: GroupInfo["promises"]["guard"], parts: Partial<GroupInfo> = {}) {
  return group({ promises: { guard, atMostOnce: true, reportsAttempts: true }, ...parts });
}

function judged(model: RunModel, history: CommittedHistory = model.history()) {
  return auditCommitted(model.evidence(), history).report;
}

function claim(model: RunModel, name: ClaimName, history?: CommittedHistory): ClaimResult {
  const found = judged(model, history).claims.find((each) => each.claim === name);
  if (found === undefined) throw new Error(`no claim ${name}`);
  return found;
}

function names(result: ClaimResult): string[] {
  return result.findings.map((finding) => finding.name);
}

/** c1 leads; the body runs; the run is sealed. */
function ledByC1(
  info: GroupInfo,
  body: (model: RunModel, session: SessionId, token: TokenOf) => void,
): RunModel {
  const model = new RunModel([info]).open();
  const session = model.connect(C1);
  const token = model.elect(C1, session, latch(0));
  body(model, session, token);
  return model.seal();
}

describe("durability (semantics 1)", () => {
  const acked = (): { model: RunModel; zxid: Zxid } => {
    let zxid = makeZxid(1, 0);
    const model = ledByC1(group(), (run, session, token) => {
      zxid = run.write(C1, "c1#1:1", { session, path: PATH, token });
      run.write(C1, "c1#1:2", { session, path: PATH, token });
    });
    return { model, zxid };
  };
  const split = (
    history: CommittedHistory,
    zxid: Zxid,
  ): [readonly HistoryTxn[], readonly HistoryTxn[]] => [
    history.committed.filter((txn) => txn.record.zxid !== zxid),
    history.committed.filter((txn) => txn.record.zxid === zxid),
  ];

  it("holds where every acknowledged write is in the committed history", () => {
    expect(claim(acked().model, "durability")).toMatchObject({ verdict: "holds", examined: 2 });
  });

  it("an acknowledged ghost is lost", () => {
    const { model, zxid } = acked();
    const [committed, ghosts] = split(model.history(), zxid);
    const result = claim(model, "durability", { ...model.history(), committed, ghosts });
    expect(result).toMatchObject({ verdict: "violated", violations: 1 });
    expect(result.findings[0]).toMatchObject({ name: "lost-write", culprit: "ensemble" });
  });

  it("on no log, although one file has records on both sides: lost", () => {
    const { model, zxid } = acked();
    model.records.splice(
      model.records.findIndex((record) => record.zxid === zxid),
      1,
    );
    expect(names(claim(model, "durability"))).toEqual(["lost-write"]);
  });

  it("no file that is left covers it: unknown", () => {
    const { model, zxid } = acked();
    model.records.length = model.records.findIndex((record) => record.zxid === zxid);
    const result = claim(model, "durability");
    expect(result.verdict).toBe("unknown");
    expect(result.findings).toEqual([]);
  });

  it("undecided: unknown", () => {
    const { model, zxid } = acked();
    const [committed, undecided] = split(model.history(), zxid);
    const result = claim(model, "durability", { ...model.history(), committed, undecided });
    expect(result.verdict).toBe("unknown");
  });

  it.each([
    ["session", (model: RunModel) => ({ session: model.lab, ops: [op.set(PATH, "c1#1:9")] })],
    ["path", () => ({ ops: [op.set(`${PATH}/other`, "c1#1:9")] })],
    ["op", () => ({ ops: [op.set(PATH, "c1#1:8")] })],
    ["outcome", () => ({ ops: [op.set(PATH, "c1#1:9"), op.error(-101)], rejected: true })],
  ] as const)("ok needs the record's own %s, not only its zxid", (_what, parts) => {
    const model = ledByC1(group(), (run, session, token) => {
      run.invoke(C1, "c1#1:9", { path: PATH, token });
      run.ok(C1, "c1#1:9", run.commit({ type: "setData", session, ...parts(run) }), session);
    });
    expect(names(claim(model, "durability"))).toEqual(["lost-write"]);
  });
});

describe("certain-failures (semantics 7)", () => {
  const failing = (
    outcomes: readonly { phase: "fail" | "info"; code: string; unsent?: boolean }[],
    info = group(),
  ): ClaimResult => {
    const model = ledByC1(info, (run, session, token) => {
      for (const [i, { phase, ...parts }] of outcomes.entries()) {
        run.invoke(C1, "c1#1:1", { path: PATH, token, attempt: i + 1 });
        if (i === 0) run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
        run.failed(C1, "c1#1:1", phase, { ...parts, attempt: i + 1 });
      }
    });
    return claim(model, "certain-failures");
  };

  it("a committed write that the server is said to have refused is a phantom", () => {
    const result = failing([{ phase: "fail", code: "BadVersion" }]);
    expect(result.verdict).toBe("violated");
    expect(result.findings[0]).toMatchObject({ name: "phantom-write", culprit: "ensemble" });
  });

  it("a committed write that is said never to have reached a socket is the contender's", () => {
    const result = failing([{ phase: "fail", code: "SessionExpired", unsent: true }]);
    expect(result.findings[0]).toMatchObject({ name: "phantom-write", culprit: "contender" });
  });

  it.each(["SessionExpired", "AuthFailed", "ConnectionLoss", "OperationTimeout", "-116"])(
    "%s is made by the client after the bytes were sent: not certain",
    (code) => {
      expect(failing([{ phase: "fail", code }]).verdict).toBe("not-applicable");
    },
  );

  it("NodeExists after a lost reply says nothing about the op", () => {
    const outcomes = [
      { phase: "info", code: "ConnectionLoss" },
      { phase: "fail", code: "NodeExists" },
    ] as const;
    expect(failing(outcomes).verdict).toBe("not-applicable");
  });

  it("of a contender that does not report attempts only the first and only one counts", () => {
    const info = group({
      promises: { guard: "none", atMostOnce: false, reportsAttempts: false },
    });
    const twice = [
      { phase: "fail", code: "BadVersion" },
      { phase: "fail", code: "BadVersion" },
    ] as const;
    expect(failing(twice, info).verdict).toBe("not-applicable");
    expect(failing(twice.slice(0, 1), info).verdict).toBe("violated");
  });

  it.each([true, false])("an info op may be in the log (%s), and the run holds", (committed) => {
    const model = ledByC1(group(), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
      run.invoke(C1, "c1#1:2", { path: PATH, token });
      if (committed) run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:2")] });
      run.failed(C1, "c1#1:2", "info", { code: "ConnectionLoss" });
    });
    expect(judged(model).verdict).toBe("holds");
  });
});

describe("term-writes (semantics 10)", () => {
  it("a write decided under an earlier term of the same incarnation is stale", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.commit({ type: "delete", session, ops: [op.remove(latch(0))] });
      run.elect(C1, session, latch(1));
      run.write(C1, "c1#1:1", { session, path: PATH, token });
    });
    expect(names(claim(model, "term-writes"))).toEqual(["stale-term-write"]);
    expect(claim(model, "leader-writes").verdict).toBe("holds");
  });

  it("retries keep the token of the first decision", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.invoke(C1, "c1#1:1", { path: PATH, token });
      run.failed(C1, "c1#1:1", "info", { code: "ConnectionLoss" });
      run.commit({ type: "delete", session, ops: [op.remove(latch(0))] });
      const next = run.elect(C1, session, latch(1));
      run.invoke(C1, "c1#1:1", { path: PATH, token: next, attempt: 2 });
      const zxid = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
      run.ok(C1, "c1#1:1", zxid, session, { attempt: 2 });
    });
    expect(names(claim(model, "term-writes"))).toEqual(["stale-term-write"]);
  });

  it("a znode of the same name in another life is another token", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.commit({ type: "delete", session, ops: [op.remove(latch(0))] });
      run.elect(C1, session, latch(0));
      run.write(C1, "c1#1:1", { session, path: PATH, token });
    });
    expect(names(claim(model, "term-writes"))).toEqual(["stale-term-write"]);
  });

  it("without any token nothing was examined: unknown, never holds", () => {
    const model = ledByC1(group(), (run, session) => {
      run.write(C1, "c1#1:1", { session, path: PATH });
    });
    expect(claim(model, "term-writes")).toMatchObject({ verdict: "unknown", examined: 0 });
  });

  it("for a black box the checked path tells the token", () => {
    const model = new RunModel([promising("path")]).open();
    const session = model.connect();
    model.commit({ type: "create2", session, ops: [op.create(latch(0), "", true)] });
    model.commit({ type: "multi", session, ops: [op.check(latch(0)), op.set(PATH, "x")] });
    model.seal();
    expect(claim(model, "term-writes")).toMatchObject({ verdict: "holds", examined: 1 });
  });
});

describe("guards (semantics 9, 11)", () => {
  const checked = (token: TokenOf): Guard => ({ kind: "path", path: token.path });

  it("path: the check names the znode with the writer's token", () => {
    const model = ledByC1(promising("path"), (run, session, token) => {
      const checks = [op.check(token.path)];
      run.write(C1, "c1#1:1", { session, path: PATH, token, checks, guard: checked(token) });
    });
    expect(claim(model, "guards")).toMatchObject({ verdict: "holds", examined: 1 });
  });

  it("path: no check, or a check of another path, is a missing guard", () => {
    for (const checks of [[], [op.check("/run/other")], [op.check(latch(7))]]) {
      const model = ledByC1(promising("path"), (run, session, token) => {
        run.write(C1, "c1#1:1", { session, path: PATH, token, checks });
      });
      expect(names(claim(model, "guards"))).toEqual(["guard-missing"]);
    }
  });

  it("path: a check of its newer znode is no guard of the older decision", () => {
    const model = ledByC1(promising("path"), (run, session, token) => {
      run.commit({ type: "delete", session, ops: [op.remove(latch(0))] });
      run.elect(C1, session, latch(1));
      run.write(C1, "c1#1:1", { session, path: PATH, token, checks: [op.check(latch(1))] });
    });
    expect(names(claim(model, "guards"))).toEqual(["guard-missing"]);
  });

  it("path: the name came back, so that the check passed on another's znode", () => {
    const model = ledByC1(promising("path"), (run, session, token) => {
      run.close(session, { paths: [latch(0)] });
      run.elect(C2, run.connect(C2), latch(0));
      const again = run.connect(C1);
      run.write(C1, "c1#1:1", { session: again, path: PATH, token, checks: [op.check(latch(0))] });
    });
    expect(names(claim(model, "guards"))).toEqual(["guard-ineffective"]);
    expect(names(claim(model, "leader-writes"))).toEqual(["stale-leader-write"]);
  });

  it("session: the writer's session must own the token's znode", () => {
    const good = ledByC1(promising("session"), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
    });
    expect(claim(good, "guards").verdict).toBe("holds");
    const bad = ledByC1(promising("session"), (run, _session, token) => {
      run.write(C1, "c1#1:1", { session: run.connect(C1), path: PATH, token });
    });
    expect(names(claim(bad, "guards"))).toEqual(["guard-missing"]);
  });

  it("version, epoch-node: −1 and v are the same bytes, so the contract must tell what was sent", () => {
    const epoch = "/run/naive/epoch";
    const sent = (guard: Guard | undefined, checks = [op.check(epoch, 5)]): ClaimResult =>
      claim(
        ledByC1(promising("epoch-node"), (run, session, token) => {
          const told = guard === undefined ? {} : { guard };
          if (guard === undefined)
            run.commit({ type: "multi", session, ops: [...checks, op.set(PATH, "silent")] });
          else run.write(C1, "c1#1:1", { session, path: PATH, token, checks, ...told });
        }),
        "guards",
      );
    expect(sent({ kind: "epoch-node", path: epoch, version: 4 }).verdict).toBe("holds");
    const any = [op.check(epoch, 0)];
    expect(names(sent({ kind: "epoch-node", path: epoch, version: -1 }, any))).toEqual([
      "guard-missing",
    ]);
    expect(names(sent({ kind: "epoch-node", path: epoch, version: 3 }))).toEqual(["guard-missing"]);
    expect(names(sent({ kind: "none" }))).toEqual(["guard-missing"]);
    expect(sent(undefined)).toMatchObject({ verdict: "unknown", violations: 0 });
  });

  it("version: set(p, v) leaves v + 1", () => {
    const guard: Guard = { kind: "version", path: PATH, version: 0 };
    const model = ledByC1(promising("version"), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token, guard });
    });
    expect(claim(model, "guards").verdict).toBe("holds");
  });

  it("a guard that was there and let a stale write through is ineffective", () => {
    const guard: Guard = { kind: "version", path: PATH, version: 0 };
    const model = ledByC1(promising("version"), (run, session, token) => {
      run.commit({ type: "delete", session, ops: [op.remove(latch(0))] });
      run.write(C1, "c1#1:1", { session, path: PATH, token, guard });
    });
    expect(names(claim(model, "guards"))).toEqual(["guard-ineffective"]);
  });

  it("is not applicable where nothing is promised", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
    });
    expect(claim(model, "guards").verdict).toBe("not-applicable");
  });
});

describe("exposure (semantics 12)", () => {
  /** c1 decides, its session expires, c2 leads, c1 goes on as `ending` says. */
  function exposedRun(
    ending: (model: RunModel, session: SessionId, token: TokenOf) => void,
    minimums: Partial<GroupInfo["minimums"]> = {},
  ) {
    const info = group({
      minimums: { exposed: 0, committedWrites: 0, terms: 0, ...minimums },
    });
    const model = ledByC1(info, (run, session, token) => {
      const s2 = run.connect(C2);
      run.elect(C2, s2, latch(1), true);
      run.write(C1, "c1#1:1", { session, path: PATH, token });
      run.invoke(C1, "c1#1:2", { path: PATH, token, session });
      run.probe();
      run.close(session, { paths: [latch(0)] });
      run.probe();
      run.write(C2, "c2#1:1", { session: s2, path: PATH });
      ending(run, session, token);
      run.probe();
    });
    return judged(model);
  }
  const summary = (report: ReturnType<typeof judged>) => report.groups[0];

  it("committed after the end of its term: committedStale", () => {
    const report = exposedRun((run, session) => {
      const zxid = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:2")] });
      run.ok(C1, "c1#1:2", zxid, session);
    });
    expect(summary(report)).toMatchObject({ exposed: 1, committedStale: 1 });
  });

  it("fenced by the server, if the log bears it out", () => {
    const report = exposedRun((run, session) => {
      const zxid = run.reject(session, -101);
      run.failed(C1, "c1#1:2", "fail", { code: "NoNode", zxid, fenced: true, session });
    });
    expect(summary(report)).toMatchObject({ exposed: 1, fencedByServer: 1 });
  });

  it.each([
    ["of another session", (run: RunModel) => run.reject(run.lab, -101)],
    [
      "not rejected",
      (run: RunModel, session: SessionId) =>
        run.commit({ type: "setData", session, ops: [op.set("/run/x", "")] }),
    ],
  ] as const)("a fenced attempt whose record is %s is not seen in the log", (_name, record) => {
    const report = exposedRun((run, session) => {
      const zxid = record(run, session);
      run.failed(C1, "c1#1:2", "fail", { code: "NoNode", zxid, fenced: true, session });
    });
    expect(summary(report)).toMatchObject({ exposed: 1, fencedByServer: 0, otherwise: 1 });
  });

  it("refused by the client, with no record in any log", () => {
    const report = exposedRun((run) => {
      run.failed(C1, "c1#1:2", "fail", { code: "SessionExpired", unsent: true });
    });
    expect(summary(report)).toMatchObject({ exposed: 1, refusedByClient: 1 });
  });

  it("still open when its term ended: exposed, and ended otherwise", () => {
    expect(summary(exposedRun(() => {}))).toMatchObject({ exposed: 1, otherwise: 1 });
  });

  it("settled before the end of its term, by zxid or by time: not exposed", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
      run.invoke(C1, "c1#1:2", { path: PATH, token, session });
      run.failed(C1, "c1#1:2", "info", { code: "ConnectionLoss" });
      run.probe();
      run.close(session, { paths: [latch(0)] });
      run.probe();
    });
    expect(summary(judged(model))).toMatchObject({ exposed: 0 });
  });

  it("a commit before the end settles an op, however late its lost reply is noticed", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.invoke(C1, "c1#1:1", { path: PATH, token, session });
      run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
      run.probe();
      run.close(session, { paths: [latch(0)] });
      run.probe();
      run.failed(C1, "c1#1:1", "info", { code: "ConnectionLoss" });
    });
    expect(summary(judged(model))).toMatchObject({ exposed: 0 });
  });

  it("settled inside the bracket of the end: neither before nor after, and counted as unplaced", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.invoke(C1, "c1#1:1", { path: PATH, token, session });
      run.probe();
      run.close(session, { paths: [latch(0)] });
      run.failed(C1, "c1#1:1", "fail", { code: "SessionExpired", unsent: true });
      run.probe();
    });
    expect(summary(judged(model))).toMatchObject({ exposed: 0 });
    expect(claim(model, "leader-writes").numbers["unplaced"]).toBe(1);
  });

  it("terms that ended before the opening write are not of the run", () => {
    const model = new RunModel([group()]);
    const early = model.connect(C1);
    model.elect(C1, early, latch(0));
    model.close(early);
    model.open();
    model.elect(C2, model.connect(C2), latch(1));
    model.seal();
    expect(summary(judged(model))).toMatchObject({ terms: 1 });
  });

  it("counts ops, not attempts", () => {
    const report = exposedRun((run, _session, token) => {
      run.failed(C1, "c1#1:2", "info", { code: "ConnectionLoss" });
      const again = run.connect(C1);
      run.invoke(C1, "c1#1:2", { path: PATH, token, session: again, attempt: 2 });
      const zxid = run.commit({
        type: "setData",
        session: again,
        ops: [op.set(PATH, "c1#1:2")],
      });
      run.ok(C1, "c1#1:2", zxid, again, { attempt: 2 });
    });
    expect(summary(report)).toMatchObject({ exposed: 1, committedStale: 1 });
  });

  it.each([{ exposed: 2 }, { committedWrites: 9 }, { terms: 9 }])(
    "below the minimum %o nothing was tested: unknown, with the reason",
    (minimums) => {
      const refuse = (run: RunModel): void => {
        run.failed(C1, "c1#1:2", "fail", { code: "SessionExpired", unsent: true });
      };
      const report = exposedRun(refuse, minimums);
      expect(exposedRun(refuse).verdict).toBe("holds");
      expect(report.verdict).toBe("unknown");
      expect(report.reasons.join()).toContain("too little was tested");
    },
  );
});

describe("servers-agree and complete-evidence (semantics 13, 15, 16, 22)", () => {
  const calm = (): RunModel =>
    ledByC1(group(), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
    });

  it("a calm run holds", () => {
    const report = judged(calm());
    expect(report.reasons).toEqual([]);
    expect(report.verdict).toBe("holds");
  });

  it("two headers under one zxid: zxid-reused; one header with two bodies: replica-divergence", () => {
    const model = calm();
    const record = model.records.at(-2);
    if (record === undefined) throw new Error("the model has no records");
    const source = { server: "zk2", file: "log.1", offset: 16 };
    const conflict = (other: typeof record, of: ClaimName) =>
      claim(model, of, {
        ...model.history(),
        conflicts: [{ zxid: record.zxid, records: [record, { ...other, source }] }],
      });
    const reused = { ...record, session: model.lab };
    expect(names(conflict(reused, "zxids"))).toEqual(["zxid-reused"]);
    expect(conflict(reused, "servers-agree")).toMatchObject({ verdict: "unknown", findings: [] });
    const changed = { ...record, ops: [op.set(PATH, "other")] };
    expect(names(conflict(changed, "servers-agree"))).toEqual(["replica-divergence"]);
    expect(names(conflict(changed, "zxids"))).toEqual([]);
  });

  it("holes, repeats and ghosts are warnings; a hole leaves the claim unknown", () => {
    const model = calm();
    const history = model.history();
    const zxid = model.records.at(-2)?.zxid ?? makeZxid(1, 1);
    const hole = claim(model, "servers-agree", { ...history, holes: [{ server: "zk2", zxid }] });
    expect(hole).toMatchObject({ verdict: "unknown", warnings: 1, violations: 0 });
    const repeat = { ...history, duplicates: [{ server: "zk2", zxid }] };
    expect(claim(model, "servers-agree", repeat)).toMatchObject({ verdict: "holds", warnings: 1 });
    const record = model.records.at(-2);
    const ghosts = record === undefined ? [] : [{ record, servers: [SERVERS[0]] }];
    expect(names(claim(model, "servers-agree", { ...history, ghosts }))).toEqual(["ghost-txn"]);
  });

  it("a gap makes what follows unknown, the stale writes included", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
      run.commit({ type: "delete", session, ops: [op.remove(latch(0))] });
      run.write(C1, "c1#1:2", { session, path: PATH, token });
    });
    expect(claim(model, "leader-writes").verdict).toBe("violated");
    const from = makeZxid(1, 5);
    const gaps = [{ from, to: from }];
    const history = { ...model.history(), gaps };
    expect(claim(model, "leader-writes", history)).toMatchObject({ verdict: "unknown" });
    expect(names(claim(model, "complete-evidence", history))).toEqual(["evidence-gap"]);
  });

  it.each([
    ["no opening write", (model: RunModel) => strike(model, "opening")],
    ["no sealing write", (model: RunModel) => strike(model, "sealing")],
  ] as const)("%s: unknown", (_name, change) => {
    const model = calm();
    change(model);
    expect(judged(model).verdict).toBe("unknown");
  });

  it.each(["ineffective", undefined] as const)(
    "a fault that was armed and then %s makes the run unknown",
    (phase) => {
      const model = calm();
      const fault = { type: "fault", at: 1, injection: "f1", fault: "pause", target: "leader" };
      model.event({ ...fault, phase: "armed" } as never);
      if (phase !== undefined) model.event({ ...fault, phase } as never);
      const report = judged(model);
      expect(report.verdict).toBe("unknown");
      expect(report.reasons.join()).toContain("fault pause (f1, leader)");
    },
  );

  it("a whole epoch that is gone makes what follows unknown: it may have ended the term", () => {
    const model = new RunModel([group()]).open();
    const s1 = model.connect(C1);
    const s2 = model.connect(C2);
    const token = model.elect(C1, s1, latch(0));
    const next = model.elect(C2, s2, latch(1), true);
    model.write(C1, "c1#1:1", { session: s1, path: PATH, token });
    model.newEpoch("zk2");
    model.close(s1, { paths: [latch(0)] });
    model.probe();
    model.newEpoch("zk3");
    model.write(C2, "c2#1:1", { session: s2, path: PATH, token: next });
    model.seal();
    expect(claim(model, "leader-writes").verdict).toBe("holds");
    const kept = model.records.filter((record) => record.zxid >> 32n !== 2n);
    model.records.length = 0;
    model.records.push(...kept);
    expect(claim(model, "leader-writes")).toMatchObject({ verdict: "unknown", violations: 0 });
  });

  it("what an earlier run left in a kept ensemble's logs is not of this run", () => {
    const model = calm();
    const zxid = model.records[0]?.zxid ?? makeZxid(1, 1);
    const history = {
      ...model.history(),
      holes: [{ server: "zk2", zxid }],
      gaps: [{ from: zxid, to: zxid }],
    };
    expect(judged(model, history).verdict).toBe("holds");
  });

  it("a refusal that carries no transaction's zxid is no missing evidence", () => {
    const model = ledByC1(group(), (run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
      run.invoke(C1, "c1#1:2", { path: PATH, token });
      run.failed(C1, "c1#1:2", "fail", { code: "BadArguments", zxid: makeZxid(0, 0) });
    });
    expect(judged(model).verdict).toBe("holds");
  });

  it("no claim holds that examined nothing", () => {
    const report = judged(new RunModel().open().seal());
    expect(report.verdict).toBe("unknown");
    for (const each of report.claims)
      if (each.verdict === "holds") expect(each.examined).toBeGreaterThan(0);
  });
});

function strike(model: RunModel, type: string): void {
  const kept = model.lines.filter(({ event }) => event.type !== type);
  model.lines.length = 0;
  model.lines.push(...kept);
}
