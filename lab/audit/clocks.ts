/**
 * Whose times can be compared. Processes of one host share CLOCK_MONOTONIC, and the boot id tells that
 * they are of one host; where it differs, comparisons of times are never judged (semantics 24).
 */

import type { HistoryLine } from "../evidence/history.ts";
import type { RunInfo } from "../evidence/run-info.ts";

/** Incarnations that stamp their lines by another clock than the lab's. */
export function foreignClocks(lines: readonly HistoryLine[], run: RunInfo): ReadonlySet<string> {
  const foreign = new Set<string>();
  for (const { event } of lines)
    if (
      event.type === "contender" &&
      event.line.type === "hello" &&
      event.line.bootId !== run.bootId
    )
      foreign.add(event.incarnation);
  return foreign;
}
