/**
 * What the logs must show of a rollover that the lab forced (semantics 19): the epoch ran to its very end,
 * and the next one that was established began at counter 1 (its number may skip). Otherwise another
 * election came in between, the injection took no effect, and the run is unknown.
 *
 * The end is asked of what was logged, not of what was committed: the last proposals of a leader that
 * steps down may have reached its own disk alone, and then the next leader never knew of them.
 */

import type { HistoryLine } from "../evidence/history.ts";
import { counterOf, epochOf, formatZxid } from "../ids.ts";
import type { CommittedHistory } from "../txnlog/types.ts";
import type { Window } from "./window.ts";

const COUNTER_LAST = 0xffff_fffe;

/** Why a forced rollover did not happen, one sentence each. */
export function* unprovenRollovers(
  lines: readonly HistoryLine[],
  { epochs }: CommittedHistory,
  { opening }: Window,
): Generator<string> {
  for (const { event } of lines) {
    // One of an earlier run on a kept ensemble is that run's to judge.
    if (event.type !== "jump" || (opening !== undefined && event.epoch < epochOf(opening)))
      continue;
    const at = epochs.findIndex(({ epoch }) => epoch === event.epoch);
    const [cut, next] = [epochs[at], epochs[at + 1]];
    const what = `the rollover of epoch ${event.epoch} forced on ${event.server}`;
    if (at < 0 || cut === undefined) yield `${what}: no server logged anything of that epoch`;
    else if (counterOf(cut.last) !== COUNTER_LAST)
      yield `${what}: the epoch ended at ${formatZxid(cut.last)}, before its end`;
    else if (next === undefined) yield `${what}: no epoch was established after it`;
    else if (counterOf(next.first) !== 1)
      yield `${what}: the next epoch began at ${formatZxid(next.first)}`;
  }
}
