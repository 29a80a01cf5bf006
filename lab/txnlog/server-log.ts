/**
 * What a server says in its own log about the epochs that it led. The wording is the same from 3.4.5
 * to 3.9 but for spaces:
 *
 *   LOOKING                                                     QuorumPeer.run
 *   New election. My id =  1, proposed zxid=0x100000005         FastLeaderElection.lookForLeader
 *   LEADING - LEADER ELECTION TOOK - 213                        Leader.lead
 *   Have quorum of supporters, sids: [ 1,2 ]; starting up and setting last processed zxid: 0x200000000
 *                                                               Leader.startZkServer
 *   Peer state changed: leading - broadcast                     QuorumPeer.setZabState, from 3.6 on
 *   Shutdown called                                             Leader.shutdown
 *   zxid lower 32 bits have rolled over, forcing re-election…   Leader.propose
 *   Getting a snapshot from leader 0x400000005                  Learner.syncWithLeader
 *
 * "Have quorum" is printed after a quorum acknowledged NEWLEADER and before anything is proposed: the
 * epoch is established and this server leads it, even if no transaction follows. LEADING alone proves
 * nothing: the server may die in the sync phase (semantics 2 (a)). The zxid of the last "New election"
 * before it is that of the server's loaded database (QuorumPeer.getLastLoggedZxid), the very history
 * that the new epoch begins with.
 */

import { epochOf, ZXID_SPLIT, type Zxid, type ZxidSplit, zxid } from "../ids.ts";
import type { ServerMoment, WonElection } from "./types.ts";

export interface ServerLogFacts {
  /** Epochs that it led with a quorum behind it, in the order of the lines. */
  readonly ledEpochs: readonly number[];
  /** The history that it led them with; an epoch is missing here where the line is. */
  readonly elections: readonly WonElection[];
  /** Epochs that it ended because their counter was used up. */
  readonly rolledOver: readonly number[];
  /** Up to which zxid, at least, it was given a leader's whole tree instead of transactions. */
  readonly transfers: readonly Zxid[];
  /** The turns of its elections, where the lines are stamped. */
  readonly moments: readonly ServerMoment[];
}

const NEW_ELECTION = /\bNew election\. My id = +-?\d+, [pP]roposed zxid ?= ?0x([0-9a-f]{1,16})\b/;
const HAVE_QUORUM =
  /\bHave quorum of supporters(?:, sids: \[.*\])?; starting up and setting last processed zxid: 0x([0-9a-f]{1,16})\b/;
const ROLLED_OVER = /\bzxid lower 32 bits have rolled over, forcing re-election\b/;
const TRANSFER = /\bGetting a snapshot from leader 0x([0-9a-f]{1,16})\b/;
const STAMP = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)[,.](\d{3})\b/;
const TOOK = /\bLEADING - LEADER ELECTION TOOK - (\d{1,9})\b/;
const TURNS = [
  { turn: "looking", pattern: / - LOOKING$/ },
  { turn: "leaving", pattern: /\bShutdown called\b/ },
  { turn: "won", pattern: TOOK },
  { turn: "established", pattern: HAVE_QUORUM },
  { turn: "broadcast", pattern: /\bPeer state changed: leading - broadcast\b/ },
] as const;
/** Longer lines are no lines of these; keeps a hostile line from costing more than a glance. */
const LINE_CHARS_MAX = 4_096;

/** Reads the lines of one server's log, oldest first, restarts and all. Never throws. */
export function readServerLog(
  lines: Iterable<string>,
  split: ZxidSplit = ZXID_SPLIT,
): ServerLogFacts {
  const elections = new Map<number, WonElection>();
  const led = new Set<number>();
  const rolledOver = new Set<number>();
  const transfers: Zxid[] = [];
  const moments: ServerMoment[] = [];
  let lastZxid: Zxid | undefined;
  let leading: number | undefined;
  for (const line of lines) {
    if (line.length > LINE_CHARS_MAX) continue;
    const moment = momentOf(line, split);
    if (moment !== undefined) moments.push(moment);
    const election = hexAfter(NEW_ELECTION, line);
    if (election !== undefined) {
      lastZxid = election;
      leading = undefined;
      continue;
    }
    const transfer = hexAfter(TRANSFER, line);
    if (transfer !== undefined) transfers.push(transfer);
    const quorum = hexAfter(HAVE_QUORUM, line);
    if (quorum !== undefined) {
      leading = epochOf(quorum, split);
      led.add(leading);
      if (lastZxid !== undefined) elections.set(leading, { epoch: leading, lastZxid });
      lastZxid = undefined;
    } else if (leading !== undefined && ROLLED_OVER.test(line)) {
      rolledOver.add(leading);
    }
  }
  return {
    ledEpochs: [...led],
    elections: [...elections.values()],
    rolledOver: [...rolledOver],
    transfers,
    moments,
  };
}

function momentOf(line: string, split: ZxidSplit): ServerMoment | undefined {
  const found = TURNS.find(({ pattern }) => pattern.test(line));
  const [, date, time, ms] = (found && STAMP.exec(line)) ?? [];
  if (found === undefined || date === undefined) return undefined;
  const atMs = Date.parse(`${date}T${time}.${ms}Z`);
  if (Number.isNaN(atMs)) return undefined;
  const took = TOOK.exec(line)?.[1];
  const quorum = hexAfter(HAVE_QUORUM, line);
  return {
    turn: found.turn,
    atMs,
    ...(took === undefined ? {} : { tookMs: Number(took) }),
    ...(quorum === undefined ? {} : { epoch: epochOf(quorum, split) }),
  };
}

function hexAfter(pattern: RegExp, line: string): Zxid | undefined {
  const digits = pattern.exec(line)?.[1];
  return digits === undefined ? undefined : zxid(BigInt(`0x${digits}`));
}
