/** What the safety claims of one group share. */

import type { TxnRecord } from "../../txnlog/types.ts";
import type { Tally } from "../findings.ts";
import type { FindingName, Grade } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";

/**
 * Incomplete evidence and unmet minimums make every safety claim unknown at best: a missing file could
 * hold the stale write, and without the danger nothing was tested.
 */
export function doubtOf(world: World, group: GroupWorld, tally: Tally): void {
  const [first, ...more] = world.doubts.about(group.info.name);
  if (first !== undefined) {
    const rest = more.length === 0 ? "" : ` (and ${more.length} more, see complete-evidence)`;
    tally.doubt(`the evidence is not complete: ${first}${rest}`);
  }
  for (const shortfall of group.shortfalls) tally.doubt(`too little was tested: ${shortfall}`);
}

/** The exposed ops and how they ended, as numbers beside the verdict. */
export function countExposure(group: GroupWorld, tally: Tally): void {
  const { exposed, unplaced, unknownTokens } = group.exposure;
  tally.exposed = exposed.length;
  for (const end of ["committedStale", "fencedByServer", "refusedByClient", "otherwise"] as const)
    tally.count(end, exposed.filter((each) => each.end === end).length);
  if (unplaced > 0) tally.count("unplaced", unplaced);
  if (unknownTokens > 0) tally.count("unknownTokens", unknownTokens);
}

/** A warning is a violation where the scenario raised it (semantics 27). */
export function gradeOfWarning(world: World, name: FindingName): Grade {
  return world.evidence.run.raise?.some((raised) => raised === name) ? "violation" : "warning";
}

/** One transaction, whatever became of its body: session, cxid, type and the leader's time agree. */
export function sameHeader(records: readonly TxnRecord[]): boolean {
  const [first] = records;
  return records.every(
    (record) =>
      record.session === first?.session &&
      record.cxid === first.cxid &&
      record.type === first.type &&
      record.timeMs === first.timeMs,
  );
}
