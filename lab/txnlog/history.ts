/**
 * The committed history: the union of all servers' logs with each epoch's cut applied (semantics 2,
 * 15, 16, 18, 22, 23). Pure, and independent of the order of servers, files and records.
 *
 * With a sealing write the run ends there: what was logged after it is no part of the history, neither
 * committed nor undecided nor ghost. What was logged before the opening write is: it made the state
 * that the run began with.
 */

import { ZXID_SPLIT, type Zxid, type ZxidSplit } from "../ids.ts";
import { type CounterJump, findGaps, findHoles } from "./coverage.ts";
import { cutEpochs } from "./cuts.ts";
import { type EpochSpan, spansOf } from "./epochs.ts";
import { findProblems } from "./problems.ts";
import { cutStandalone, STANDALONE_SPLIT } from "./standalone.ts";
import type { CommittedHistory, EpochCut, HistoryTxn, ServerLogs, TxnRecord } from "./types.ts";
import { type LogUnion, type UnionEntry, uniteLogs } from "./union.ts";

export interface HistoryOptions {
  /** The lab's last write of the run, acknowledged. */
  readonly sealing?: Zxid;
  /** The lab's first. */
  readonly opening?: Zxid;
  /** Rollover injections as journalled; `from` and `to` are counters. */
  readonly jumps?: readonly CounterJump[];
  /** One server without an ensemble: no epochs (semantics 18). */
  readonly standalone?: boolean;
  readonly split?: ZxidSplit;
  /** Participants that the ensemble has; by default those whose logs are given (semantics 23). */
  readonly participants?: number;
}

/** Decides what was committed. Never throws for what the logs hold; memory is linear in the records. */
export function commitHistory(
  servers: readonly ServerLogs[],
  options: HistoryOptions = {},
): CommittedHistory {
  const { sealing, opening, jumps = [] } = options;
  const standalone = options.standalone === true;
  const split = standalone ? STANDALONE_SPLIT : (options.split ?? ZXID_SPLIT);
  const union = uniteLogs(servers, sealing);
  const spans = spansOf(union, split);
  const participants = membership(union, options);
  const { cuts, problems } = standalone
    ? { cuts: cutStandalone(union.servers, spans, sealing), problems: [] }
    : cutEpochs({ servers: union.servers, spans, sealing, participants, split });
  const parts = applyCuts(union, spans, cuts);
  const named = namer(union.servers);
  return {
    committed: parts.committed.map(named),
    undecided: parts.undecided.map(named),
    ghosts: parts.ghosts.map(named),
    epochs: cuts,
    gaps: findGaps(union, spans, cuts, { opening, jumps, split }),
    holes: findHoles(union, parts.committed),
    conflicts: conflictsIn([...parts.committed, ...parts.undecided]),
    duplicates: union.duplicates,
    problems: [
      ...findProblems(union, { opening, sealing, committed: parts.committed, split, standalone }),
      ...problems,
    ],
  };
}

/** How many vote; unknown once a reconfig was logged, for then it depends on the zxid. */
function membership(union: LogUnion, options: HistoryOptions): number | undefined {
  if (union.entries.some((entry) => entry.record.type === "reconfig")) return undefined;
  return (
    options.participants ?? union.servers.filter((server) => server.role === "participant").length
  );
}

interface Parts {
  readonly committed: UnionEntry[];
  readonly undecided: UnionEntry[];
  readonly ghosts: UnionEntry[];
}

function applyCuts(union: LogUnion, spans: readonly EpochSpan[], cuts: readonly EpochCut[]): Parts {
  const parts: Parts = { committed: [], undecided: [], ghosts: [] };
  for (const [i, { from, to }] of spans.entries()) {
    const cut = cuts[i];
    if (cut === undefined) continue;
    for (const entry of union.entries.slice(from, to)) {
      if (entry.zxid <= cut.lower) parts.committed.push(entry);
      else if (entry.zxid <= cut.upper) parts.undecided.push(entry);
      else parts.ghosts.push(entry);
    }
  }
  return parts;
}

/** Ghosts are left out: two leaders' uncommitted tails may well share a number (semantics 15). */
function conflictsIn(
  entries: readonly UnionEntry[],
): readonly { readonly zxid: Zxid; readonly records: readonly TxnRecord[] }[] {
  const conflicts: { zxid: Zxid; records: readonly TxnRecord[] }[] = [];
  for (const { zxid, variants } of entries) {
    if (variants !== undefined) conflicts.push({ zxid, records: variants });
  }
  return conflicts;
}

/** Gives every entry its servers' names; one list per combination of servers is kept and shared. */
function namer(servers: readonly ServerLogs[]): (entry: UnionEntry) => HistoryTxn {
  const lists = new Map<number, readonly string[]>();
  return ({ record, mask }) => {
    let names = lists.get(mask);
    if (names === undefined) {
      names = servers.filter((_, i) => (mask & (1 << i)) !== 0).map((server) => server.server);
      lists.set(mask, names);
    }
    return { record, servers: names };
  };
}
