/**
 * Every zxid that any server logged, with what became of it; and which zxids one log file *covers*.
 * Cover is asked of a single file: a log whose tail was cut and whose next file begins later has records
 * on both sides of a zxid and still cannot testify that it was never there (semantics 16: deleting whole
 * files or tails may move verdicts towards unknown only).
 */

import type { Zxid } from "../ids.ts";
import type { CommittedHistory, HistoryTxn, ServerLogs } from "../txnlog/types.ts";

export type Fate = "committed" | "undecided" | "ghost";

export interface Logged {
  readonly txn: HistoryTxn;
  readonly fate: Fate;
}

export interface Union {
  readonly at: (zxid: Zxid) => Logged | undefined;
  /** A file with records on both sides of a zxid, as `server/file`; undefined: nothing testifies to its absence. */
  readonly coverOf: (zxid: Zxid) => string | undefined;
  readonly hasConflict: (zxid: Zxid) => boolean;
}

export function readUnion(history: CommittedHistory, servers: readonly ServerLogs[]): Union {
  const byZxid = new Map<Zxid, Logged>();
  for (const txn of history.ghosts) byZxid.set(txn.record.zxid, { txn, fate: "ghost" });
  for (const txn of history.undecided) byZxid.set(txn.record.zxid, { txn, fate: "undecided" });
  for (const txn of history.committed) byZxid.set(txn.record.zxid, { txn, fate: "committed" });
  const conflicts = new Set(history.conflicts.map((conflict) => conflict.zxid));
  const spans = servers.flatMap((server) => server.files.flatMap(spanOf));
  return {
    at: (zxid) => byZxid.get(zxid),
    coverOf: (zxid) => spans.find((span) => span.low < zxid && zxid < span.high)?.name,
    hasConflict: (zxid) => conflicts.has(zxid),
  };
}

interface Span {
  readonly name: string;
  readonly low: Zxid;
  readonly high: Zxid;
}

function spanOf(file: ServerLogs["files"][number]): Span[] {
  let low: Zxid | undefined;
  let high: Zxid | undefined;
  for (const { zxid } of file.records) {
    if (low === undefined || zxid < low) low = zxid;
    if (high === undefined || zxid > high) high = zxid;
  }
  if (low === undefined || high === undefined) return [];
  return [{ name: `${file.server}/${file.file}`, low, high }];
}
