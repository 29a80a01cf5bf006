/** Zxids in a declared idle window (semantics 32): whose, how many, of what kind. */

import { describe, expect, it } from "vitest";
import type { ClaimResult } from "../../lab/audit/types.ts";
import { type SessionId, sessionId } from "../../lab/ids.ts";
import { C1, C2, judgedClaim, ledByC1, names, PATH } from "../builders/judged.ts";
import { op } from "../builders/model-parts.ts";
import type { RunModel } from "../builders/run-model.ts";

interface Idle {
  readonly perMinute?: number;
  readonly group?: string;
  readonly endless?: true;
}

/** An idle window of a minute, in which the body happens; probes stand on both its sides and inside. */
function idleWith(
  body: (model: RunModel, session: SessionId) => void,
  { perMinute = 0, group, endless }: Idle = {},
): ClaimResult {
  const model = ledByC1((run, session, token) => {
    run.write(C1, "c1#1:1", { session, path: PATH, token });
    run.probe();
    const idle = (phase: "begun" | "ended"): void => {
      const at = Math.round(run.nowMs * 1e6);
      run.event({ type: "idle", phase, at, perMinute, ...(group === undefined ? {} : { group }) });
    };
    idle("begun");
    run.probe();
    body(run, session);
    run.probe();
    run.nowMs += 60_000;
    if (endless === undefined) idle("ended");
    run.probe();
    run.write(C1, "c1#1:9", { session, path: PATH, token });
  });
  return judgedClaim(model, "idle-zxids", { group: "naive" });
}

describe("idle-zxids", () => {
  it("holds where contenders are quiet, whatever the lab, the server and strangers do", () => {
    const stranger = sessionId(0x77n);
    const result = idleWith((run) => {
      run.commit({ type: "deleteContainer", session: sessionId(0n), ops: [op.remove("/c")] });
      run.commit({ type: "setData", session: stranger, ops: [op.set("/x", "1")] });
    });
    expect(result).toMatchObject({ verdict: "holds", examined: 1, warnings: 0 });
  });

  it("warns of each contender, broken down by operation and error code", () => {
    const result = idleWith((run, session) => {
      run.commit({ type: "setData", session, ops: [op.set("/x", "1")] });
      run.reject(session, -103, "error");
      run.reject(session, -103, "error");
      run.commit({
        ...{ type: "multi", session, rejected: true },
        ops: [op.error(0), op.error(-101), op.error(-2)],
      });
      run.connect(C2);
    });
    expect(names(result)).toEqual(["zxid-burn", "zxid-burn"]);
    expect(result).toMatchObject({ verdict: "holds", warnings: 2, numbers: { zxids: 5 } });
    const [first, second] = result.findings.map(({ message }) => message);
    expect(first).toMatch(/^naive\/c1#1 used 4 zxids in 60\.0 s of idleness \(4 a minute, and/);
    expect(first).toMatch(/allows none\): 2 error -103, 1 multi with error -101, 1 setData$/);
    expect(second).toMatch(/^naive\/c2#1 used 1 zxid .*: 1 createSession$/);
  });

  it("allows as many a minute as the scenario does", () => {
    const twice = (run: RunModel, session: SessionId): void => {
      for (const text of ["1", "2"])
        run.commit({ type: "setData", session, ops: [op.set("/x", text)] });
    };
    expect(names(idleWith(twice, { perMinute: 2 }))).toEqual([]);
    expect(names(idleWith(twice, { perMinute: 1 }))).toEqual(["zxid-burn"]);
  });

  it("does not apply without a window, to another group's, or to one that has no end", () => {
    const burn = (run: RunModel, session: SessionId): void => {
      run.commit({ type: "setData", session, ops: [op.set("/x", "1")] });
    };
    expect(idleWith(burn, { group: "other" }).verdict).toBe("not-applicable");
    expect(idleWith(burn, { endless: true }).verdict).toBe("not-applicable");
    expect(names(idleWith(burn, { group: "naive" }))).toEqual(["zxid-burn"]);
  });

  it("is unknown where evidence is missing: what is gone may have burnt", () => {
    const model = ledByC1((run) => {
      run.event({ type: "idle", phase: "begun", at: Math.round(run.nowMs * 1e6), perMinute: 0 });
      run.nowMs += 60_000;
      run.event({ type: "idle", phase: "ended", at: Math.round(run.nowMs * 1e6), perMinute: 0 });
    });
    const evidence = { ...model.evidence(), problems: [{ says: "zk1: no log" }] };
    expect(judgedClaim(model, "idle-zxids", { group: "naive", evidence }).verdict).toBe("unknown");
  });
});
