/** The turns of one re-election, from the lines of the servers' own logs (see txnlog/server-log.ts). */

import type { ServerLogs, ServerMoment } from "../txnlog/types.ts";

export interface Turns {
  readonly leaderBefore: string | undefined;
  readonly leaderAfter: string | undefined;
  /** The winner's own figure (the metric `election_time`). */
  readonly voteMs: number | undefined;
  /** On the winner, from its last LOOKING (the metric `unavailable_time`). */
  readonly lookingToBroadcastMs: number | undefined;
  /** From the old leader's leaving, or where it left no line (killed, stopped) the first LOOKING, to BROADCAST. */
  readonly withoutLeaderMs: number | undefined;
}

export function turnsOf(servers: readonly ServerLogs[], ended: number, next: number): Turns {
  const before = findReign(servers, ended);
  const after = findReign(servers, next);
  const until = after?.broadcastMs;
  const span = (from: number | undefined): number | undefined =>
    from === undefined || until === undefined || until < from ? undefined : until - from;
  // A leader that was paused leaves only when it wakes up, long after its successor has begun.
  const left = before?.leftMs;
  const hasLeft = left !== undefined && until !== undefined && left <= until;
  return {
    leaderBefore: before?.server,
    leaderAfter: after?.server,
    voteMs: after?.voteMs,
    lookingToBroadcastMs: span(after?.lookingMs),
    withoutLeaderMs: span(hasLeft ? left : firstLooking(servers, before, after)),
  };
}

interface Reign {
  readonly server: string;
  readonly lookingMs: number | undefined;
  readonly voteMs: number | undefined;
  readonly broadcastMs: number;
  readonly leftMs: number | undefined;
}

/** Who led an epoch, and the lines around it. */
function findReign(servers: readonly ServerLogs[], epoch: number): Reign | undefined {
  for (const { server, moments = [] } of servers) {
    const at = moments.findIndex((one) => one.turn === "established" && one.epoch === epoch);
    const established = moments[at];
    if (established === undefined) continue;
    const sought = moments.slice(0, at);
    const looking = sought.findLast(({ turn }) => turn === "looking");
    const since = looking === undefined ? sought : sought.slice(sought.indexOf(looking));
    const reign = untilLooking(moments.slice(at + 1));
    return {
      server,
      lookingMs: looking?.atMs,
      voteMs: since.findLast(({ turn }) => turn === "won")?.tookMs,
      // Before 3.6 no line says BROADCAST: a quorum of supporters is the last that is told.
      broadcastMs: (reign.find(({ turn }) => turn === "broadcast") ?? established).atMs,
      leftMs: reign.find(({ turn }) => turn === "leaving")?.atMs,
    };
  }
  return undefined;
}

function untilLooking(moments: readonly ServerMoment[]): readonly ServerMoment[] {
  const end = moments.findIndex(({ turn }) => turn === "looking");
  return end < 0 ? moments : moments.slice(0, end);
}

/** When the first server began the search that ended in the new leader. */
function firstLooking(
  servers: readonly ServerLogs[],
  before: Reign | undefined,
  after: Reign | undefined,
): number | undefined {
  if (before === undefined || after === undefined) return undefined;
  const searches = servers.flatMap(
    ({ moments = [] }) =>
      moments.findLast(
        ({ turn, atMs }) =>
          turn === "looking" && atMs > before.broadcastMs && atMs <= after.broadcastMs,
      )?.atMs ?? [],
  );
  return searches.length === 0 ? undefined : Math.min(...searches);
}
