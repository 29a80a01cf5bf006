/**
 * What a scenario expected of each group, against what the audit found. run.json keeps what was
 * expected, so that a re-audit and every report can say it too.
 */

import type { AuditReport, Finding, Verdict } from "../audit/types.ts";
import type { ExpectedFinding, RunInfo } from "../evidence/run-info.ts";

export interface Expectation {
  readonly group: string;
  readonly met: boolean;
  /** A verdict and the violations' names, e.g. `violated (stale-leader-write)`. */
  readonly expected: string;
  readonly found: string;
  readonly verdict: Verdict;
}

/**
 * One a group that states an expectation; met where the verdict is the expected one, every violation is
 * one that was expected, and everything that was expected is there.
 */
export function compareExpectations(run: RunInfo, report: AuditReport): readonly Expectation[] {
  return run.groups.flatMap(({ name: group, expect }) => {
    if (expect === undefined) return [];
    const verdict = report.groups.find((summary) => summary.group === group)?.verdict ?? "unknown";
    const violations = violationsOf(report, group);
    const wanted = expect.findings;
    const met =
      verdict === expect.verdict &&
      violations.every((violation) => wanted.some((one) => isMeant(one, violation))) &&
      wanted.every((one) => violations.some((violation) => isMeant(one, violation)));
    const told = wanted.some((one) => typeof one !== "string" && one.while !== undefined);
    const found = violations.map(({ name, while: during }) => nameOf(name, told && during));
    return {
      ...{ group, met, verdict },
      expected: describe(expect.verdict, wanted.map(textOf)),
      found: describe(verdict, found),
    };
  });
}

function violationsOf(report: AuditReport, group: string): readonly Finding[] {
  return report.claims
    .filter((claim) => claim.group === group || claim.group === undefined)
    .flatMap((claim) => claim.findings)
    .filter((finding) => finding.grade === "violation" && (finding.group ?? group) === group);
}

function isMeant(expected: ExpectedFinding, { name, claim, while: during }: Finding): boolean {
  if (typeof expected === "string") return expected === name;
  return (
    expected.claim === claim &&
    (expected.finding === undefined || expected.finding === name) &&
    (expected.while === undefined || expected.while === during)
  );
}

function textOf(expected: ExpectedFinding): string {
  if (typeof expected === "string") return expected;
  return nameOf(expected.finding ?? `any of ${expected.claim}`, expected.while);
}

function nameOf(name: string, during: string | false | undefined): string {
  return during ? `${name} while ${during}` : name;
}

function describe(verdict: string, findings: readonly string[]): string {
  const names = [...new Set(findings)].sort();
  return names.length === 0 ? verdict : `${verdict} (${names.join(", ")})`;
}
