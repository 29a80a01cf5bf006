import { describe, expect, it } from "vitest";
import type { AuditReport } from "../../lab/audit/types.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
import { scenarioSchema } from "../../lab/scenario/schema.ts";
import { leaderChanges } from "../acceptance/leader-changes.ts";
import { matrixOf } from "../acceptance/readme.ts";
import { MATRIX_FAULTS, scenarioOf } from "../acceptance/revocation-scenarios.ts";

const MS = 1e6;
const token = { czxid: "0x100000002", path: "/e/latch-0000000000" };

function said(at: number, who: string, line: object): HistoryEvent {
  const full = { seq: 0, at: "0", ...line };
  return { type: "contender", at: at * MS, incarnation: `g/${who}#1`, line: full } as HistoryEvent;
}
const elected = (at: number, who: string): HistoryEvent =>
  said(at, who, { type: "belief", state: "elected", token });
const revoked = (at: number, who: string): HistoryEvent =>
  said(at, who, { type: "belief", state: "revoked", reason: "disconnected", token });
const ok = (at: number, who: string): HistoryEvent =>
  said(at, who, { type: "op", op: "x", attempt: 1, phase: "ok", zxid: "0x1", session: "0x1" });
const stop = (at: number): HistoryEvent => ({ type: "stage", at: at * MS, stage: "stop" });

function audit(findings: readonly string[] = []): AuditReport {
  const claims = [
    { group: "g", claim: "needed-revocations", findings: findings.map((name) => ({ name })) },
  ];
  return { groups: [{ group: "g" }], claims } as unknown as AuditReport;
}

describe("what a fault cost in leadership", () => {
  it("is nothing where the first leader leads to the end", () => {
    const history = [elected(10, "c1"), ok(20, "c1"), ok(120, "c1"), stop(200), revoked(210, "c1")];
    expect(leaderChanges(audit(), history)).toEqual([
      { group: "g", needless: 0, moved: 0, withoutLeaderMs: 0, withoutWriteMs: 100, dual: 0 },
    ]);
  });

  it("counts the time in which nobody believes, and who believes next", () => {
    const history = [
      ...[elected(10, "c1"), ok(20, "c1"), revoked(100, "c1"), elected(150, "c1")],
      ...[revoked(200, "c1"), elected(270, "c2"), ok(300, "c2"), stop(400), elected(500, "c1")],
    ];
    const [cost] = leaderChanges(audit(["needless-revocation", "needless-revocation"]), history);
    expect(cost).toMatchObject({
      needless: 2,
      moved: 1,
      withoutLeaderMs: 120,
      withoutWriteMs: 280,
    });
  });

  it("counts no time while another still believes, and all of it where nobody does again", () => {
    const history = [
      ...[elected(10, "c1"), elected(50, "c2"), revoked(60, "c1"), revoked(90, "c2"), stop(200)],
    ];
    expect(leaderChanges(audit(), history)[0]).toMatchObject({ moved: 1, withoutLeaderMs: 110 });
  });
});

describe("the matrix", () => {
  it.each(MATRIX_FAULTS)("plays a scenario that zklab takes: $name", (fault) => {
    expect(scenarioSchema.safeParse(JSON.parse(scenarioOf(fault))).error).toBeUndefined();
  });

  it("says what rows share once", () => {
    const rows = [
      ["a", "1"],
      ["a", "2"],
      ["b", "3"],
    ];
    expect(matrixOf({ columns: ["what", "n"], rows })).toEqual([
      ...["| what | n |", "| --- | --- |", "| a | 1 |", "|  | 2 |", "| b | 3 |", ""],
    ]);
  });
});
