/** Contenders on another host: their times count as far as that host's clock is known, and no further. */

import { describe, expect, it } from "vitest";
import type { ClaimResult } from "../../lab/audit/types.ts";
import { nanos } from "../../lab/ids.ts";
import { C1, C2, judgedClaim, latch, ledByC1, names, PATH } from "../builders/judged.ts";
import { op } from "../builders/model-parts.ts";
import type { RunModel } from "../builders/run-model.ts";

const SESSION_MS = 4_000;
const NS_PER_MS = 1e6;
const ELSEWHERE = "another host";

function says(run: RunModel, who: string): void {
  const promises = { guard: "none", atMostOnce: false, reportsAttempts: true } as const;
  run.say(who, {
    ...{ type: "hello", contract: 1, promises, pid: 1, bootId: ELSEWHERE },
    failpoints: [],
  });
}

/** A look at the other host's clock. */
function reads(run: RunModel, errorMs: number, aheadMs = 0): void {
  run.event({
    ...{ at: nanos(run.nowMs * NS_PER_MS), type: "clock", bootId: ELSEWHERE },
    aheadNs: String(Math.round(aheadMs * NS_PER_MS)),
    errorNs: errorMs * NS_PER_MS,
  });
}

/** A probe acknowledged `ms` before an op is invoked whose zxid is lower. */
function swapped(ms: number, clock: (run: RunModel) => void): ClaimResult {
  const model = ledByC1((run, session, token) => {
    says(run, C1);
    clock(run);
    const zxid = run.commit({ type: "setData", session, ops: [op.set(PATH, "c1#1:1")] });
    run.probe();
    run.nowMs += ms;
    run.invoke(C1, "c1#1:1", { path: PATH, token });
    run.ok(C1, "c1#1:1", zxid, session);
  });
  return judgedClaim(model, "order");
}

/** Both believe for `beyondMs` longer than the bound. */
function bothBelieve(beyondMs: number, clock: (run: RunModel) => void): ClaimResult {
  const model = ledByC1((run, session) => {
    says(run, C1);
    says(run, C2);
    clock(run);
    run.close(session, { paths: [latch(0)] });
    run.elect(C2, run.connect(C2), latch(1));
    run.nowMs += SESSION_MS + beyondMs;
    run.revoke(C1, "session-lost");
  });
  return judgedClaim(model, "single-belief", { group: "naive" });
}

describe("another host's clock (semantics 24)", () => {
  const known = (run: RunModel): void => {
    reads(run, 5);
    reads(run, 5);
  };
  const drifting = (run: RunModel): void => {
    reads(run, 5, 0);
    reads(run, 5, 100);
  };

  it("convicts beyond the error of its readings", () => {
    expect(names(swapped(1_000, known))).toEqual(["order-violation"]);
    expect(names(bothBelieve(1_000, known))).toEqual(["dual-belief"]);
  });

  it("is unknown, and no finding, inside it", () => {
    expect(swapped(3, known)).toMatchObject({ verdict: "unknown", findings: [] });
    expect(bothBelieve(3, known)).toMatchObject({ verdict: "unknown", findings: [] });
  });

  it("counts what the clocks came apart between the readings as error", () => {
    expect(swapped(50, drifting)).toMatchObject({ verdict: "unknown", findings: [] });
    expect(names(swapped(1_000, drifting))).toEqual(["order-violation"]);
  });

  it.each([
    ["never", () => undefined],
    ["at one end of the run only", (run: RunModel) => reads(run, 5)],
  ])("is compared with nothing where it was read %s", (_name, clock) => {
    const result = swapped(1_000, clock);
    expect(result).toMatchObject({ findings: [], numbers: { contendersOnOtherClocks: 1 } });
    expect(bothBelieve(60_000, clock)).toMatchObject({ verdict: "unknown", findings: [] });
  });
});
