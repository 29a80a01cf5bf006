/** What one fault cost each group in leadership, read from a run's history and its verdict. */

import type { AuditReport } from "../../lab/audit/types.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";

const NS_PER_MS = 1e6;

export interface LeaderChanges {
  readonly group: string;
  /** Leadership given up although session and latch lived on (semantics 14). */
  readonly needless: number;
  /** How often the next to believe was another contender than the last. */
  readonly moved: number;
  /** Nobody of the group believed, from the first belief to the end of the steps. */
  readonly withoutLeaderMs: number;
  /** The longest time between two acknowledged writes of the group: what a job feels. */
  readonly withoutWriteMs: number;
  /** Two believed, running and connected, for longer than the scenario allows. */
  readonly dual: number;
}

/** One for each group of the run, in the order of its verdict. */
export function leaderChanges(
  audit: AuditReport,
  history: readonly HistoryEvent[],
): readonly LeaderChanges[] {
  const stop = history.findIndex((event) => event.type === "stage" && event.stage === "stop");
  const played = stop < 0 ? history : history.slice(0, stop);
  const end = history[stop]?.at ?? history.at(-1)?.at ?? 0;
  const found = (group: string, claim: string, name: string): number =>
    audit.claims
      .filter((one) => one.group === group && one.claim === claim)
      .flatMap(({ findings }) => findings)
      .filter((finding) => finding.name === name).length;
  return audit.groups.map(({ group }) => {
    const own = played.filter(isOf(group));
    const { moved, withoutLeader } = readBeliefs(own, end);
    return {
      group,
      needless: found(group, "needed-revocations", "needless-revocation"),
      moved,
      withoutLeaderMs: Math.round(withoutLeader / NS_PER_MS),
      withoutWriteMs: Math.round(longestGap(own) / NS_PER_MS),
      dual: found(group, "single-belief", "dual-belief"),
    };
  });
}

type Said = Extract<HistoryEvent, { type: "contender" }>;

function isOf(group: string): (event: HistoryEvent) => event is Said {
  return (event): event is Said =>
    event.type === "contender" && event.incarnation.startsWith(`${group}/`);
}

function readBeliefs(own: readonly Said[], end: number): { moved: number; withoutLeader: number } {
  const believing = new Set<string>();
  let last: string | undefined;
  let aloneSince: number | undefined;
  let moved = 0;
  let withoutLeader = 0;
  for (const { at, incarnation, line } of own) {
    if (line.type !== "belief") continue;
    if (line.state === "revoked") {
      believing.delete(incarnation);
      if (believing.size === 0) aloneSince ??= at;
      continue;
    }
    believing.add(incarnation);
    withoutLeader += at - (aloneSince ?? at);
    aloneSince = undefined;
    if (last !== undefined && last !== incarnation) moved += 1;
    last = incarnation;
  }
  return { moved, withoutLeader: withoutLeader + (end - (aloneSince ?? end)) };
}

function longestGap(own: readonly Said[]): number {
  const acks = own.flatMap(({ at, line }) =>
    line.type === "op" && line.phase === "ok" ? [at] : [],
  );
  return Math.max(0, ...acks.slice(1).map((at, i) => at - (acks[i] ?? at)));
}
