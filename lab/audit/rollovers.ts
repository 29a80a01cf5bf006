/**
 * What the evidence must show of a rollover that the lab forced (semantics 19): the line of a server that
 * led the epoch, the epoch's end as it was set, and the next established epoch begun at counter 1 (its
 * number may skip). Otherwise another election came in between, the injection took no effect, and the run is
 * unknown. Two things are asked otherwise than one would first write:
 *  - The end is asked of what was logged, not of what was committed: the last proposals of a leader that
 *    steps down may have reached its own disk alone, and then the next leader never knew of them.
 *  - Moved to the end itself, the counter has nothing left: the next transaction is one too many and is
 *    never logged, so the last record of the epoch is one from before the jump.
 */

import type { HistoryEvent, HistoryLine } from "../evidence/history.ts";
import { counterOf, epochOf, formatZxid } from "../ids.ts";
import type { CommittedHistory, ServerLogs } from "../txnlog/types.ts";
import type { Window } from "./window.ts";

const COUNTER_LAST = 0xffff_fffe;

export interface RolloverEvidence {
  readonly lines: readonly HistoryLine[];
  readonly servers: readonly ServerLogs[];
  readonly history: Pick<CommittedHistory, "epochs">;
  readonly window: Window;
}

/** Why a forced rollover is not shown to have happened, one sentence each. */
export function* unprovenRollovers(evidence: RolloverEvidence): Generator<string> {
  const { opening } = evidence.window;
  for (const { event } of evidence.lines) {
    // One of an earlier run on a kept ensemble is that run's to judge.
    if (event.type !== "jump" || (opening !== undefined && event.epoch < epochOf(opening)))
      continue;
    const why = whyUnproven(event, evidence);
    if (why !== undefined)
      yield `the rollover of epoch ${event.epoch} forced on ${event.server}: ${why}`;
  }
}

/** Whether the evidence shows that this epoch ended by a rollover that the lab forced. */
export function isProvenRollover({ evidence, history, window }: ProofOf, epoch: number): boolean {
  const { history: lines, servers } = evidence;
  return lines.some(
    ({ event }) =>
      event.type === "jump" &&
      event.epoch === epoch &&
      whyUnproven(event, { lines, servers, history, window }) === undefined,
  );
}

interface ProofOf {
  readonly evidence: {
    readonly history: readonly HistoryLine[];
    readonly servers: readonly ServerLogs[];
  };
  readonly history: Pick<CommittedHistory, "epochs">;
  readonly window: Window;
}

function whyUnproven(
  { epoch, from, to }: Extract<HistoryEvent, { type: "jump" }>,
  { servers, history: { epochs } }: RolloverEvidence,
): string | undefined {
  const at = epochs.findIndex((cut) => cut.epoch === epoch);
  const [cut, next] = at < 0 ? [] : [epochs[at], epochs[at + 1]];
  if (!servers.some(({ rolledOver = [] }) => rolledOver.includes(epoch)))
    return "no server's own log says that it rolled over";
  if (cut === undefined) return "no server logged anything of that epoch";
  const last = counterOf(cut.last);
  if (last !== COUNTER_LAST && !(to === COUNTER_LAST && last <= from))
    return `the epoch ended at ${formatZxid(cut.last)}, and not at its end`;
  if (next === undefined) return "no epoch was established after it";
  return counterOf(next.first) === 1
    ? undefined
    : `the next epoch began at ${formatZxid(next.first)}`;
}
