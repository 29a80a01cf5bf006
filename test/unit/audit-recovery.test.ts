/** Recovery after the last heal, one test per rule: semantics 25 and 26. */

import { describe, expect, it } from "vitest";
import type { ClaimResult } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { SessionId } from "../../lab/ids.ts";
import { C1, C2, judgedClaim, latch, ledByC1, names, PATH } from "../builders/judged.ts";
import { group, type TokenOf } from "../builders/model-parts.ts";
import { RunModel } from "../builders/run-model.ts";

const BUDGET_MS = 20_000;

/** The time in which something is done, in small steps, while the lab's probe goes on. */
function pass(run: RunModel, ms: number): void {
  for (let done = 0; done < ms; done += 1_000) {
    run.nowMs += 1_000;
    run.probe();
  }
}

function stop(run: RunModel): void {
  run.event({ type: "stage", at: run.nowMs * 1e6, stage: "stop" });
}

const recovery = (model: RunModel, evidence?: Evidence): ClaimResult =>
  judgedClaim(model, "recovery", { group: "naive", ...(evidence && { evidence }) });

/** c1 leads, a fault on zk1 is healed, then the body and the end of the steps. */
function healed(body: (run: RunModel, session: SessionId, token: TokenOf) => void): RunModel {
  return ledByC1((run, session, token) => {
    run.write(C1, "c1#1:1", { session, path: PATH, token });
    run.fault("isolate", "zk1").heal();
    run.probe();
    body(run, session, token);
    run.probe();
    stop(run);
  });
}

describe("recovery (semantics 26)", () => {
  it("a term, a belief and an acknowledged write within the budget: recovered", () => {
    const model = healed((run, session, token) => {
      pass(run, 5_000);
      run.write(C1, "c1#1:2", { session, path: PATH, token });
      pass(run, BUDGET_MS);
    });
    const result = recovery(model);
    expect(result.verdict).toBe("holds");
    expect(result.numbers["recoveredAfterMs"]).toBeGreaterThanOrEqual(5_000);
  });

  it("a write after the budget is too late; a larger budget of the scenario allows it", () => {
    const model = healed((run, session, token) => {
      pass(run, BUDGET_MS + 5_000);
      run.write(C1, "c1#1:2", { session, path: PATH, token });
      pass(run, BUDGET_MS);
    });
    expect(names(recovery(model))).toEqual(["leader-idle"]);
    const evidence = model.evidence();
    const run = { ...evidence.run, recoveryBudgetMs: 2 * BUDGET_MS };
    expect(recovery(model, { ...evidence, run }).verdict).toBe("holds");
  });

  it("a leader that writes only when told to is not idle for not being told", () => {
    const model = healed((run) => pass(run, BUDGET_MS + 1_000));
    expect(names(recovery(model))).toEqual(["leader-idle"]);
    const evidence = model.evidence();
    const groups = evidence.run.groups.map((each) => ({ ...each, writesPerSecond: 0 }));
    const told = { ...evidence, run: { ...evidence.run, groups } };
    expect(recovery(model, told).verdict).toBe("holds");
  });

  it("nobody leads: leaderless", () => {
    const model = healed((run, session) => {
      run.connect(C2);
      run.close(session, { paths: [latch(0)] });
      run.probe();
      run.fault("isolate", "zk1").heal();
      pass(run, BUDGET_MS + 1_000);
    });
    expect(names(recovery(model))).toEqual(["leaderless"]);
  });

  it("what a fault on another group's contender did is no question to this one", () => {
    const model = ledByC1((run) => {
      run.fault("pause", "other/c1#1").heal();
      pass(run, BUDGET_MS + 1_000);
      stop(run);
    });
    expect(recovery(model).verdict).toBe("not-applicable");
  });

  it("a run that was stopped within the budget shows nothing either way", () => {
    const model = healed((run) => pass(run, BUDGET_MS / 2));
    expect(recovery(model).verdict).toBe("not-applicable");
  });

  it("a leader that the scenario holds cannot act, and nobody else can lead", () => {
    const model = ledByC1((run) => {
      run.connect(C2);
      run.say(C1, { type: "held", failpoint: "before-send" });
      run.fault("isolate", "zk1").heal();
      pass(run, BUDGET_MS + 1_000);
      stop(run);
    });
    expect(recovery(model).verdict).toBe("not-applicable");
  });

  it("an ensemble that does not serve excuses the contenders, and is found itself", () => {
    const model = healed((run) => {
      run.nowMs += 3 * BUDGET_MS;
      stop(run);
    });
    const silent = model.evidence();
    const heal = silent.history.findIndex(({ event }) => event.type === "fault");
    const history = silent.history.filter(({ event }, i) => i < heal || event.type !== "probe");
    const evidence = { ...silent, history };
    expect(recovery(model, evidence).verdict).toBe("unknown");
    expect(names(judgedClaim(model, "recovery", { evidence }))).toEqual(["no-quorum"]);
  });

  it("a black box is asked for a term and a guarded write", () => {
    const model = healed((run, session, token) => {
      run.write(C1, "c1#1:2", { session, path: PATH, token });
      pass(run, BUDGET_MS + 1_000);
    });
    const evidence = model.evidence();
    const history = evidence.history.filter(({ event }) => event.type !== "contender");
    expect(recovery(model, { ...evidence, history }).verdict).toBe("holds");
  });
});

describe("orphan-term (semantics 25)", () => {
  const orphaned = (believes: boolean): ClaimResult => {
    const model = new RunModel([group()]).open();
    const session = model.connect(C1);
    model.probe();
    // The reply of the first create was lost: the program holds, and watches by, its second znode.
    const orphan = model.elect(C1, session, latch(0), !believes);
    model.elect(C1, session, latch(1), true);
    model.probe();
    model.fault("isolate", "zk1").heal();
    pass(model, BUDGET_MS + 1_000);
    stop(model);
    model.close(session, { by: "client", paths: [orphan.path, latch(1)] });
    model.probe();
    return recovery(model.seal());
  };

  it("leads by znode, believes nothing: an orphan, and time without a leader", () => {
    expect(names(orphaned(false))).toEqual(["orphan-term", "leaderless"]);
  });

  it("of a term that is believed in, idleness is the finding", () => {
    expect(names(orphaned(true))).toEqual(["leader-idle"]);
  });
});
