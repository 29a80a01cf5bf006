/** Zxids, one test per rule: semantics 15, 18, 19. */

import { describe, expect, it } from "vitest";
import { audit, auditCommitted } from "../../lab/audit/audit.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import { makeZxid } from "../../lab/ids.ts";
import { onServers } from "../builders/evidence-edits.ts";
import { C1, claimIn, judgedClaim, ledByC1, names, PATH } from "../builders/judged.ts";
import type { RunModel } from "../builders/run-model.ts";

const model = (): RunModel =>
  ledByC1((run, session, token) => {
    for (let n = 1; n <= 5; n += 1) run.write(C1, `c1#1:${n}`, { session, path: PATH, token });
  });

/** The records of one server in another order, with what was committed as it was. */
function reordered(move: Parameters<typeof onServers>[2]): { evidence: Evidence } {
  return { evidence: onServers(model().evidence(), ["zk1"], move) };
}

describe("zxids (semantics 15, 19)", () => {
  it("hold over the logs of a correct run", () => {
    expect(judgedClaim(model(), "zxids")).toMatchObject({ verdict: "holds" });
  });

  it("a first occurrence below an earlier record of its file went back", () => {
    const back = reordered((all) => [...all.slice(0, -3), ...all.slice(-3).reverse()]);
    expect(new Set(names(judgedClaim(model(), "zxids", back)))).toEqual(
      new Set(["zxid-regressed"]),
    );
  });

  it("3.8.0 logs records again, far back: identical repeats are no regression", () => {
    const again = reordered((all) => [...all, ...all.slice(-5, -1)]);
    expect(judgedClaim(model(), "zxids", again).verdict).toBe("holds");
  });

  it("a rollover from e_fffffffe to (e+1)_00000001 is no carry", () => {
    const run = model();
    const counters = [0xffff_fffe, 0xffff_ffff].map((counter) => {
      const last = run.records.at(-1);
      if (last === undefined) throw new Error("the model has no records");
      const record = { ...last, zxid: makeZxid(1, counter) };
      const extra = { evidence: run.evidence(), history: run.history() };
      const history = { ...extra.history, committed: [...extra.history.committed] };
      history.committed.push({ record, servers: ["zk1"] });
      const evidence = onServers(extra.evidence, ["zk1"], (all) => [...all, record]);
      // The run's seal stands before it: strike it, so that the record is of the run.
      const unsealed = evidence.history.filter(({ event }) => event.type !== "sealing");
      const report = auditCommitted({ ...evidence, history: unsealed }, history).report;
      return names(claimIn(report, "zxids"));
    });
    expect(counters).toEqual([[], ["zxid-carried"]]);
  });

  it("a standalone server has no epochs: not applicable", () => {
    const run = model();
    run.event({ type: "server", at: 0, server: "zk1", state: "standalone" });
    expect(claimIn(audit(run.evidence()).report, "zxids").verdict).toBe("not-applicable");
  });
});
