/** Order and at-most-once, one test per rule: semantics 17 and 24. */

import { describe, expect, it } from "vitest";
import type { ClaimResult } from "../../lab/audit/types.ts";
import type { GroupInfo } from "../../lab/evidence/run-info.ts";
import { C1, judgedClaim, ledByC1, names, PATH } from "../builders/judged.ts";
import { group, op } from "../builders/model-parts.ts";
import type { RunModel } from "../builders/run-model.ts";

const once = (model: RunModel): ClaimResult =>
  judgedClaim(model, "at-most-once", { group: "naive" });
const order = (model: RunModel): ClaimResult => judgedClaim(model, "order");

describe("at-most-once (semantics 17)", () => {
  /** One op, attempted `attempts` times, of which the first reply was lost; committed twice. */
  const twice = (attempts: number, promises: Partial<GroupInfo["promises"]> = {}): RunModel => {
    const info = group({
      promises: { guard: "none", atMostOnce: false, reportsAttempts: true, ...promises },
    });
    return ledByC1((run, session, token) => {
      for (let attempt = 1; attempt <= attempts; attempt += 1) {
        run.invoke(C1, "c1#1:1", { path: PATH, token, session, attempt });
        const zxid = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
        if (attempt < attempts)
          run.failed(C1, "c1#1:1", "info", { code: "ConnectionLoss", attempt });
        else run.ok(C1, "c1#1:1", zxid, session, { attempt });
      }
      if (attempts === 1) run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
    }, info);
  };

  it("a retry that applies twice is ZooKeeper's contract: a number", () => {
    expect(once(twice(2))).toMatchObject({
      verdict: "holds",
      numbers: { appliedTwiceByRetry: 1 },
    });
  });

  it("a strategy that promises at-most-once broke its promise", () => {
    const result = once(twice(2, { atMostOnce: true }));
    expect(result.findings[0]).toMatchObject({ name: "duplicate-write", culprit: "contender" });
  });

  it("one attempt, two transactions: the ensemble's doing", () => {
    const result = once(twice(1));
    expect(result.findings[0]).toMatchObject({ name: "duplicate-write", culprit: "ensemble" });
  });

  it("of a contender that does not report attempts, one told attempt says nothing", () => {
    expect(once(twice(1, { reportsAttempts: false })).verdict).toBe("holds");
  });

  it("one request of one connection, applied twice, is the ensemble's, however many attempts there were", () => {
    const model = ledByC1((run, session, token) => {
      run.invoke(C1, "c1#1:1", { path: PATH, token, session });
      run.commit({ type: "setData", session, cxid: 77, ops: [op.set(PATH, "c1#1:1")] });
      const lost = { code: "ConnectionLoss", session, connection: 1 };
      run.failed(C1, "c1#1:1", "info", lost);
      run.commit({ type: "setData", session, cxid: 77, ops: [op.set(PATH, "c1#1:1")] });
      run.invoke(C1, "c1#1:1", { path: PATH, token, session, attempt: 2 });
      run.failed(C1, "c1#1:1", "info", { ...lost, attempt: 2 });
    });
    expect(once(model).findings[0]).toMatchObject({ name: "duplicate-write", culprit: "ensemble" });
  });

  it("an op id in two sub-operations of one multi is one write", () => {
    const model = ledByC1((run, session) => {
      const ops = [op.set(PATH, "c1#1:1"), op.set(`${PATH}/more`, "c1#1:1")];
      run.commit({ type: "multi", session, ops });
    });
    expect(once(model)).toMatchObject({ verdict: "holds", examined: 1, numbers: {} });
  });
});

describe("order (semantics 24)", () => {
  it("acknowledged before the other was invoked, and committed after it", () => {
    const model = ledByC1((run, session, token) => {
      run.invoke(C1, "c1#1:1", { path: PATH, token });
      const early = run.commit({
        type: "setData",
        session,
        cxid: 9,
        ops: [op.set(PATH, "c1#1:2")],
      });
      const late = run.commit({ type: "setData", session, cxid: 8, ops: [op.set(PATH, "c1#1:1")] });
      run.ok(C1, "c1#1:1", late, session);
      run.invoke(C1, "c1#1:2", { path: PATH, token });
      run.ok(C1, "c1#1:2", early, session, { connection: 2 });
    });
    expect(names(order(model))).toEqual(["order-violation"]);
  });

  it("ops that overlap in time may commit in either order, however long one paused", () => {
    const model = ledByC1((run, session, token) => {
      run.invoke(C1, "c1#1:1", { path: PATH, token });
      run.nowMs += 60_000;
      run.invoke(C1, "c1#1:2", { path: PATH, token });
      const second = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:2")] });
      const first = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
      run.ok(C1, "c1#1:1", first, session);
      run.ok(C1, "c1#1:2", second, session, { connection: 2 });
    });
    expect(order(model).verdict).toBe("holds");
  });

  it("times of another host's clock are not judged", () => {
    const model = ledByC1((run, session, token) => {
      run.say(C1, {
        type: "hello",
        contract: 1,
        promises: { guard: "none", atMostOnce: false, reportsAttempts: true },
        pid: 1,
        bootId: "another host",
        failpoints: [],
      });
      const zxid = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
      run.probe();
      run.nowMs += 1_000;
      run.invoke(C1, "c1#1:1", { path: PATH, token });
      run.ok(C1, "c1#1:1", zxid, session);
    });
    expect(order(model)).toMatchObject({
      verdict: "holds",
      examined: 1,
      numbers: { contendersOnOtherClocks: 1 },
    });
  });

  it("a committed op has no uncommitted predecessor on its connection", () => {
    const pipelined = (connection: number, refusal: boolean): ClaimResult =>
      order(
        ledByC1((run, session, token) => {
          run.invoke(C1, "c1#1:1", { path: PATH, token, session });
          run.invoke(C1, "c1#1:2", { path: PATH, token, session });
          if (refusal) run.reject(session, -103, "error");
          const zxid = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:2")] });
          run.failed(C1, "c1#1:1", "info", { code: "ConnectionLoss", session, connection });
          run.ok(C1, "c1#1:2", zxid, session);
        }),
      );
    expect(names(pipelined(1, false))).toEqual(["fifo-violation"]);
    // Across a reconnect ZooKeeper promises nothing.
    expect(pipelined(2, false).verdict).toBe("holds");
    // It may have been refused: an error record has lost its op's id.
    expect(pipelined(1, true)).toMatchObject({ verdict: "holds", numbers: { fifoUnplaced: 1 } });
  });

  it("an op that was held between its invoke line and its bytes may be overtaken", () => {
    const model = ledByC1((run, session, token) => {
      run.invoke(C1, "c1#1:1", { path: PATH, token, session });
      run.say(C1, { type: "held", failpoint: "before-send", op: "c1#1:1" });
      run.write(C1, "c1#1:2", { path: PATH, token, session });
      run.say(C1, { type: "released", failpoint: "before-send", op: "c1#1:1" });
      run.failed(C1, "c1#1:1", "info", { code: "ConnectionLoss", session, connection: 1 });
    });
    expect(order(model).verdict).toBe("holds");
  });
});
