/**
 * What each re-election of the ensemble cost, as numbers beside the verdict: nothing is judged by them.
 * Three views of one gap, which differ by a factor of ten (facts 3): the vote alone; from LOOKING to
 * BROADCAST, on the server that won; and what clients felt, from the last write acknowledged in the old
 * epoch to the first in the new one. The fourth, how long no server led, is read from the lines of two
 * servers, whose clock must be one: it is on one host.
 */

import { epochOf, parseZxid } from "../ids.ts";
import type { EpochCut } from "../txnlog/types.ts";
import { turnsOf } from "./re-election-turns.ts";
import { isProvenRollover } from "./rollovers.ts";
import { NOTHING_OPEN, readSurvivals, type Survival } from "./survivals.ts";
import type { FeltGap, ReElectionView } from "./types.ts";
import type { World } from "./world.ts";

const NS_PER_MS = 1e6;

/** One for each established epoch of the run that followed another. */
export function readReElections(world: World): readonly ReElectionView[] {
  const { opening } = world.window;
  const { epochs } = world.history;
  const changes = epochs.flatMap((ended, i) => {
    const next = epochs[i + 1];
    const isOurs = opening !== undefined && ended.epoch >= epochOf(opening);
    return next === undefined || !isOurs ? [] : [{ ended, next }];
  });
  if (changes.length === 0) return [];
  const acks = acknowledgements(world);
  const survivals = readSurvivals(world, changes);
  return changes.map((change) => view(world, acks, change, survivals));
}

interface Change {
  readonly ended: EpochCut;
  readonly next: EpochCut;
}

function view(
  world: World,
  acks: readonly Acks[],
  change: Change,
  survivals: ReadonlyMap<number, Survival>,
): ReElectionView {
  const { ended, next } = change;
  const turns = turnsOf(world.evidence.servers, ended.epoch, next.epoch);
  return {
    from: ended.epoch,
    to: next.epoch,
    leaderBefore: turns.leaderBefore,
    leaderAfter: turns.leaderAfter,
    cause: causeOf(world, change),
    voteMs: turns.voteMs,
    lookingToBroadcastMs: turns.lookingToBroadcastMs,
    withoutLeaderMs: turns.withoutLeaderMs,
    felt: acks.flatMap((own) => feltBy(own, change)),
    ...(survivals.get(next.epoch) ?? NOTHING_OPEN),
  };
}

/** `rollover` only where the evidence proves it; else the faults that were in force at the time. */
function causeOf(world: World, { ended, next }: Change): string | undefined {
  if (isProvenRollover(world, ended.epoch)) return "rollover";
  const earliest = world.bracketOf(ended.last)?.earliest ?? Number.NEGATIVE_INFINITY;
  const latest = world.bracketOf(next.first)?.latest ?? Number.POSITIVE_INFINITY;
  const servers = new Set(world.evidence.servers.map(({ server }) => server));
  const inForce = new Map<string, string>();
  const causes = new Set<string>();
  for (const { event } of world.evidence.history) {
    if (event.type !== "fault" || event.at > latest) continue;
    if (!(event.resolved ?? []).some((name) => servers.has(name))) continue;
    // What was healed before the epoch's last write had happened ended nothing.
    if (event.phase === "healed" && event.at < earliest) inForce.delete(event.injection);
    else if (event.phase === "in-force") inForce.set(event.injection, event.fault);
  }
  for (const fault of inForce.values()) causes.add(fault);
  return causes.size === 0 ? undefined : [...causes].sort().join(", ");
}

interface Ack {
  readonly who: string;
  readonly at: number;
  readonly epoch: number;
}

/** In order of time; the lab's own probe is of no group. */
interface Acks {
  readonly group: string | undefined;
  readonly acks: readonly Ack[];
}

/**
 * Acknowledged writes with the epoch that they were committed in. A group that writes only when it is told
 * to felt nothing while it had nothing to write: in `idle` its last write was 7 s before the rollover.
 */
function acknowledgements({ evidence, groups }: World): readonly Acks[] {
  const inOrder = (acks: readonly Ack[]): Ack[] => [...acks].sort((a, b) => a.at - b.at);
  const probes = evidence.history.flatMap(({ event }) => {
    const id = event.type === "probe" ? parseZxid(event.zxid) : undefined;
    return id === undefined ? [] : [{ who: "the lab", at: event.at, epoch: epochOf(id) }];
  });
  const writing = groups.filter(({ info }) => info.writesPerSecond !== 0);
  const ofGroups = writing.map(({ info, ops }) => ({
    group: info.name,
    acks: inOrder(
      [...ops.values()].flatMap(({ incarnation, attempts }) =>
        attempts.flatMap(({ outcome }) =>
          outcome?.phase === "ok" && outcome.zxid !== undefined
            ? [{ who: incarnation, at: outcome.at, epoch: epochOf(outcome.zxid) }]
            : [],
        ),
      ),
    ),
  }));
  return [...ofGroups, { group: undefined, acks: inOrder(probes) }];
}

/** Of a group, since a job feels whoever of it leads; where leadership stayed it is one contender's gap. */
function feltBy({ group, acks }: Acks, { ended, next }: Change): readonly FeltGap[] {
  const last = acks.findLast(({ epoch }) => epoch <= ended.epoch);
  const first = acks.find(({ epoch }) => epoch >= next.epoch);
  if (last === undefined || first === undefined || first.epoch !== next.epoch) return [];
  const ms = Math.round((first.at - last.at) / NS_PER_MS);
  return [{ group, before: last.who, after: first.who, ms }];
}
