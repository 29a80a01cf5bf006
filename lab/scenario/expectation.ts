/** What a scenario expects of each group, against what the audit found: the exit code's question. */

import type { AuditReport, Verdict } from "../audit/types.ts";
import type { Scenario } from "./schema.ts";

export interface Expectation {
  readonly group: string;
  readonly met: boolean;
  readonly expected: string;
  readonly found: string;
  readonly verdict: Verdict;
}

/** One a group; met where the verdict is the expected one and the violations are exactly the named. */
export function compareExpectations(scenario: Scenario, report: AuditReport): Expectation[] {
  return Object.entries(scenario.groups).map(([group, { expect }]) => {
    const verdict = report.groups.find((summary) => summary.group === group)?.verdict ?? "unknown";
    const findings = new Set(
      report.claims
        .filter((claim) => claim.group === group || claim.group === undefined)
        .flatMap((claim) => claim.findings)
        .filter((finding) => finding.grade === "violation" && (finding.group ?? group) === group)
        .map((finding) => finding.name),
    );
    const found = describe(verdict, [...findings]);
    const expected = describe(expect.verdict, expect.findings);
    return { group, met: found === expected, expected, found, verdict };
  });
}

function describe(verdict: string, findings: readonly string[]): string {
  return findings.length === 0 ? verdict : `${verdict} (${[...findings].sort().join(", ")})`;
}
