/**
 * What outlived a re-election: the contenders' sessions and their ephemerals. One is lost to it where it
 * expired soon after: a new leader starts all timers anew, so within two session timeouts. What expires
 * later has other reasons. One pass over the committed transactions for all re-elections.
 */

import { epochOf, type SessionId } from "../ids.ts";
import type { EpochCut, TxnRecord } from "../txnlog/types.ts";
import { Ephemerals } from "./ephemerals.ts";
import type { Kept } from "./types.ts";
import { isInRun } from "./window.ts";
import type { World } from "./world.ts";

const NS_PER_MS = 1e6;
const LOST_WITHIN_SESSIONS = 2;

export interface Survival {
  readonly sessions: Kept & { readonly opened: number };
  readonly ephemerals: Kept;
}

export const NOTHING_OPEN: Survival = {
  sessions: { open: 0, lost: 0, opened: 0 },
  ephemerals: { open: 0, lost: 0 },
};

/** By the epoch that followed. */
export function readSurvivals(
  world: World,
  changes: readonly { readonly next: EpochCut }[],
): ReadonlyMap<number, Survival> {
  const nextOf = new Map(changes.map(({ next }) => [next.epoch, next]));
  const passages: Passage[] = [];
  const ephemerals = new Ephemerals();
  const open = new Set<SessionId>();
  let passage: Passage | undefined;
  for (const { record } of world.history.committed) {
    const next = nextOf.get(epochOf(record.zxid));
    if (next !== undefined && passage?.next !== next) {
      const owned = ephemerals.living.map(({ session }) => session);
      passage = { next, open: new Set(open), owned, lost: new Set(), opened: 0 };
      passages.push(passage);
    }
    if (world.contenders.labSessions.has(record.session)) continue;
    ephemerals.apply(record);
    if (record.type === "createSession") open.add(record.session);
    if (record.type === "closeSession") open.delete(record.session);
    if (passage !== undefined && passage.next === next) take(world, passage, record);
  }
  return new Map(passages.map((one) => [one.next.epoch, survivalOf(one)]));
}

interface Passage {
  readonly next: EpochCut;
  /** When the epoch before it ended. */
  readonly open: ReadonlySet<SessionId>;
  /** The owners of the ephemerals that there were, one entry an ephemeral. */
  readonly owned: readonly SessionId[];
  readonly lost: Set<SessionId>;
  opened: number;
}

function take(world: World, passage: Passage, record: TxnRecord): void {
  const { type, cxid, session } = record;
  if (type !== "createSession" && type !== "closeSession") return;
  if (!isSoonAfter(world, record, passage.next)) return;
  if (type === "createSession") passage.opened += 1;
  else if (cxid === 0 && passage.open.has(session)) passage.lost.add(session);
}

function isSoonAfter(world: World, { zxid }: TxnRecord, next: EpochCut): boolean {
  if (!isInRun(zxid, world.window)) return false;
  const began = world.bracketOf(next.first)?.latest;
  const happened = world.bracketOf(zxid)?.earliest;
  const limit = LOST_WITHIN_SESSIONS * world.evidence.run.sessionTimeoutMs * NS_PER_MS;
  return began === undefined || happened === undefined || happened - began <= limit;
}

function survivalOf({ open, owned, lost, opened }: Passage): Survival {
  const mine = owned.filter((session) => open.has(session));
  const gone = mine.filter((session) => lost.has(session)).length;
  return {
    sessions: { open: open.size, lost: lost.size, opened },
    ephemerals: { open: mine.length, lost: gone },
  };
}
