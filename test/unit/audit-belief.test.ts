/** Belief against belief, one test per rule: semantics 6. */

import { describe, expect, it } from "vitest";
import type { ClaimResult } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import { C1, C2, judgedClaim, latch, ledByC1, names } from "../builders/judged.ts";
import type { RunModel } from "../builders/run-model.ts";

const SESSION_MS = 4_000;

/** c1 goes on believing for `ms` after c2 was elected; `during` says what becomes of it meanwhile. */
function overlapping(
  ms: number,
  during: (model: RunModel) => (() => void) | undefined,
  edit: (evidence: Evidence) => Evidence = (evidence) => evidence,
): ClaimResult {
  const model = ledByC1((run, session) => {
    const after = during(run);
    run.close(session, { paths: [latch(0)] });
    run.elect(C2, run.connect(C2), latch(1));
    run.nowMs += ms;
    after?.();
    run.revoke(C1, "session-lost");
  });
  const evidence = edit(model.evidence());
  return judgedClaim(model, "single-belief", { group: "naive", evidence });
}

const nothing = (): undefined => undefined;

describe("single-belief (semantics 6)", () => {
  it("two that run, connected, for longer than a session timeout", () => {
    expect(names(overlapping(2 * SESSION_MS, nothing))).toEqual(["dual-belief"]);
  });

  it("a shorter overlap is a number", () => {
    const result = overlapping(SESSION_MS / 2, nothing);
    expect(result).toMatchObject({ verdict: "holds", exposed: 1 });
    expect(result.numbers["overlapMs"]).toBeGreaterThanOrEqual(SESSION_MS / 2);
  });

  it("the scenario's bound decides", () => {
    const strict = (evidence: Evidence): Evidence => ({
      ...evidence,
      run: { ...evidence.run, beliefOverlapBoundMs: 100 },
    });
    expect(names(overlapping(500, nothing, strict))).toEqual(["dual-belief"]);
  });

  it.each(["pause", "freeze", "gc", "jvm-suspend"])(
    "a process stopped by %s cannot revoke, and has a grace when it runs again",
    (fault) => {
      const result = overlapping(10 * SESSION_MS, (run) => {
        const { heal } = run.fault(fault, C1);
        return () => {
          heal();
          run.nowMs += SESSION_MS / 4;
        };
      });
      expect(result.verdict).toBe("holds");
      expect(result.numbers["overlapRunningMs"]).toBe(0);
    },
  );

  it("a stop that was healed long ago excuses nothing", () => {
    const healed = (run: RunModel) => {
      run.fault("pause", C1).heal();
      return undefined;
    };
    expect(names(overlapping(3 * SESSION_MS, healed))).toEqual(["dual-belief"]);
  });

  it("a process of which one thread is suspended runs", () => {
    const suspended = (run: RunModel) => run.fault("thread-suspend", C1).heal;
    expect(names(overlapping(2 * SESSION_MS, suspended))).toEqual(["dual-belief"]);
  });

  it("held whole it says nothing; held at its sender only, it goes on talking", () => {
    const held = (talks: boolean) => (run: RunModel) => {
      run.say(C1, { type: "held", failpoint: "before-send" });
      if (talks) run.connect(C1);
      return () => run.say(C1, { type: "released", failpoint: "before-send" });
    };
    expect(overlapping(2 * SESSION_MS, held(false)).verdict).toBe("holds");
    expect(names(overlapping(2 * SESSION_MS, held(true)))).toEqual(["dual-belief"]);
  });

  it("nobody can tell a contender without a connection", () => {
    const cut = (run: RunModel) => {
      const id = "0x1000000000000002";
      run.say(C1, { type: "session", id, role: "both", state: "suspended" });
      return undefined;
    };
    expect(overlapping(2 * SESSION_MS, cut).verdict).toBe("holds");
  });

  it("a belief ends with its process", () => {
    const killed = (run: RunModel) => {
      run.event({ type: "process", at: run.nowMs * 1e6, incarnation: C1, state: "exited" });
      return undefined;
    };
    expect(overlapping(2 * SESSION_MS, killed)).toMatchObject({ verdict: "holds", numbers: {} });
  });

  it("of a black box nothing is known", () => {
    const model = ledByC1(() => undefined);
    const evidence = model.evidence();
    const history = evidence.history.filter(({ event }) => event.type !== "contender");
    const silent = { evidence: { ...evidence, history }, group: "naive" };
    expect(judgedClaim(model, "single-belief", silent).verdict).toBe("not-applicable");
  });
});
