/** The findings of a report in the order in which a person wants them: what decides the verdict first. */

import type { AuditReport, ClaimResult, Finding, Grade } from "../audit/types.ts";

export interface RankedFinding {
  /** `f1`, `f2` …: the same in the page's links and on the timeline. */
  readonly id: string;
  readonly finding: Finding;
  readonly claim: ClaimResult;
}

const RANK = { violation: 0, unknown: 1, warning: 2 } as const satisfies Record<Grade, number>;

/** Violations, then what could not be judged, then warnings; within a grade in the audit's order. */
export function rankFindings(report: AuditReport): readonly RankedFinding[] {
  return report.claims
    .flatMap((claim) => claim.findings.map((finding) => ({ finding, claim })))
    .sort((a, b) => RANK[a.finding.grade] - RANK[b.finding.grade])
    .map((entry, index) => ({ id: `f${index + 1}`, ...entry }));
}

/** The finding that is told as a story. A warning decides nothing, so none is told. */
export function firstToTell(ranked: readonly RankedFinding[]): RankedFinding | undefined {
  return ranked.find(({ finding }) => finding.grade !== "warning");
}

/** Claims as a table: a row a claim in the audit's order, a column a group, and those about the ensemble. */
export interface ClaimMatrix {
  readonly groups: readonly string[];
  readonly rows: readonly {
    readonly claim: ClaimResult["claim"];
    readonly sentence: string;
    readonly cells: readonly (ClaimResult | undefined)[];
  }[];
  readonly ensemble: readonly ClaimResult[];
}

export function claimMatrix(report: AuditReport): ClaimMatrix {
  const groups = report.groups.map(({ group }) => group);
  for (const { group } of report.claims) {
    if (group !== undefined && !groups.includes(group)) groups.push(group);
  }
  const perGroup = report.claims.filter(({ group }) => group !== undefined);
  const rows = [...new Set(perGroup.map(({ claim }) => claim))].map((claim) => ({
    claim,
    sentence: perGroup.find((result) => result.claim === claim)?.sentence ?? "",
    cells: groups.map((group) =>
      perGroup.find((result) => result.claim === claim && result.group === group),
    ),
  }));
  return { groups, rows, ensemble: report.claims.filter(({ group }) => group === undefined) };
}
