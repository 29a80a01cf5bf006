/**
 * What a scenario expected of each group, against what the audit found. run.json keeps what was
 * expected, so that a re-audit and every report can say it too.
 */

import type { AuditReport, Verdict } from "../audit/types.ts";
import type { RunInfo } from "../evidence/run-info.ts";

export interface Expectation {
  readonly group: string;
  readonly met: boolean;
  /** A verdict and the violations' names, e.g. `violated (stale-leader-write)`. */
  readonly expected: string;
  readonly found: string;
  readonly verdict: Verdict;
}

/**
 * One a group that states an expectation; met where the verdict is the expected one and the violations
 * are exactly the named.
 */
export function compareExpectations(run: RunInfo, report: AuditReport): readonly Expectation[] {
  return run.groups.flatMap(({ name: group, expect }) => {
    if (expect === undefined) return [];
    const verdict = report.groups.find((summary) => summary.group === group)?.verdict ?? "unknown";
    const found = describe(verdict, violationsOf(report, group));
    const expected = describe(expect.verdict, expect.findings);
    return { group, met: found === expected, expected, found, verdict };
  });
}

function violationsOf(report: AuditReport, group: string): readonly string[] {
  return report.claims
    .filter((claim) => claim.group === group || claim.group === undefined)
    .flatMap((claim) => claim.findings)
    .filter((finding) => finding.grade === "violation" && (finding.group ?? group) === group)
    .map((finding) => finding.name);
}

function describe(verdict: string, findings: readonly string[]): string {
  const names = [...new Set(findings)].sort();
  return names.length === 0 ? verdict : `${verdict} (${names.join(", ")})`;
}
