/**
 * Why something could not be judged, each reason once: a run that was cut short has the same reason for
 * every claim of every group, and a list of sixty lines tells nobody anything.
 */

import type { AuditReport } from "../audit/types.ts";
import type { EvidenceProblem } from "../evidence/evidence.ts";

/** `reason (whom it concerns)`, in the audit's order. Problems of the evidence come first, as they are. */
export function openReasons(
  report: AuditReport,
  problems: readonly EvidenceProblem[],
): readonly string[] {
  const concerned = new Map<string, Set<string>>();
  const derived = new Set<string>();
  for (const { claim, group, verdict, reasons } of report.claims) {
    if (verdict !== "unknown") continue;
    for (const reason of reasons) {
      derived.add(`${group === undefined ? claim : `${group}: ${claim}`}: ${reason}`);
      concerned.set(reason, (concerned.get(reason) ?? new Set()).add(group ?? claim));
    }
  }
  const known = new Set(problems.map(({ says }) => says));
  const grouped = [...concerned]
    .filter(([reason]) => !known.has(reason))
    .map(([reason, whom]) => `${reason} (${[...whom].join(", ")})`);
  const others = report.reasons.filter((reason) => !derived.has(reason) && !isTold(reason));
  return [...new Set([...problems.map(({ says }) => says), ...others, ...grouped])];
}

/** That a claim is violated stands in findings and tables; `and n more` counts what is grouped here. */
function isTold(reason: string): boolean {
  return /: \d+ violations?$/.test(reason) || /^and \d+ more$/.test(reason);
}
