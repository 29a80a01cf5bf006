/** Revocations that nothing called for, one test per rule: semantics 14. */

import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import type { ClaimResult } from "../../lab/audit/types.ts";
import type { SessionId } from "../../lab/ids.ts";
import { renderJunit } from "../../lab/report/junit.ts";
import { C1, C2, claimIn, judgedClaim, latch, ledByC1, names, PATH } from "../builders/judged.ts";
import { op } from "../builders/model-parts.ts";
import type { RunModel } from "../builders/run-model.ts";

type Reason = Parameters<RunModel["revoke"]>[1];

/** c1 gives up for a reason, then `after` happens. */
function givenUp(reason: Reason, after: (run: RunModel, session: SessionId) => void): ClaimResult {
  const model = ledByC1((run, session, token) => {
    run.write(C1, "c1#1:1", { session, path: PATH, token });
    run.revoke(C1, reason);
    run.probe();
    after(run, session);
    run.probe();
  });
  return judgedClaim(model, "needed-revocations", { group: "naive" });
}

const usedAgain = (run: RunModel, session: SessionId): void => {
  run.commit({ type: "setData", session, ops: [op.set("/run/other", "back again")] });
};

describe("needed-revocations (semantics 14)", () => {
  it("given up, and the session was used again: a warning, and the claim holds", () => {
    const result = givenUp("disconnected", usedAgain);
    expect(result).toMatchObject({ verdict: "holds", warnings: 1, violations: 0, examined: 1 });
    expect(names(result)).toEqual(["needless-revocation"]);
  });

  it("raised by the scenario, a warning is a violation of the claim", () => {
    const model = ledByC1((run, session, token) => {
      run.write(C1, "c1#1:1", { session, path: PATH, token });
      run.revoke(C1, "disconnected");
      run.probe();
      usedAgain(run, session);
      run.probe();
    });
    const evidence = model.evidence();
    const raised = {
      ...evidence,
      run: { ...evidence.run, raise: ["needless-revocation" as const] },
    };
    expect(audit(evidence).report.groups[0]?.verdict).toBe("holds");
    const { report } = audit(raised);
    expect(report).toMatchObject({ verdict: "violated", groups: [{ verdict: "violated" }] });
    const result = claimIn(report, "needed-revocations", "naive");
    expect(result).toMatchObject({ verdict: "violated", warnings: 0, violations: 1 });
    const document = renderJunit([{ run: raised.run, report, expectations: [] }]);
    expect(document).toContain('<failure message="naive/c1#1 gave up leadership');
  });

  it("delete and recreate by the contender itself is a consequence", () => {
    const result = givenUp("disconnected", (run, session) => {
      run.commit({ type: "delete", session, ops: [op.remove(latch(0))] });
      run.elect(C1, session, latch(1));
    });
    expect(names(result)).toEqual(["needless-revocation"]);
    expect(result.findings[0]?.message).toContain("it removed its znode itself");
  });

  it.each(["resign", "stop"] as const)("%s is on purpose", (reason) => {
    expect(givenUp(reason, usedAgain).verdict).toBe("not-applicable");
  });

  it("cut off from everything, it gave up and its session expired a second later: right", () => {
    const result = givenUp("disconnected", (run, session) => run.close(session));
    expect(result).toMatchObject({ verdict: "holds", warnings: 0, examined: 1 });
  });

  it("somebody else removed its znode: it was lost", () => {
    const result = givenUp("znode-lost", (run, session) => {
      run.commit({ type: "delete", session: run.lab, ops: [op.remove(latch(0))] });
      usedAgain(run, session);
    });
    expect(result).toMatchObject({ warnings: 0, examined: 1 });
  });

  it("the run ended before the session came back or expired: unexamined", () => {
    const result = givenUp("disconnected", (run) => run.connect(C2));
    expect(result).toMatchObject({ verdict: "not-applicable", numbers: { unexamined: 1 } });
  });

  it("a use that may have been before the revocation shows nothing", () => {
    const model = ledByC1((run, session) => {
      usedAgain(run, session);
      run.revoke(C1, "disconnected");
      run.probe();
    });
    expect(judgedClaim(model, "needed-revocations", { group: "naive" }).warnings).toBe(0);
  });
});
