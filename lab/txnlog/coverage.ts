/** What is missing from the logs: numbers that are nowhere (gaps), and on some servers only (holes). */

import { epochOf, makeZxid, type Zxid, type ZxidSplit, zxid } from "../ids.ts";
import type { EpochSpan } from "./epochs.ts";
import type { EpochCut, ServerLogs } from "./types.ts";
import type { LogUnion, UnionEntry } from "./union.ts";

/** A journalled rollover injection: the leader's counter was moved from `from` to `to` (semantics 16). */
export interface CounterJump {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

/** Both ends are missing themselves. */
export interface Gap {
  readonly from: Zxid;
  readonly to: Zxid;
}

/**
 * Counters of an epoch that no server logged, from its first up to its cut: a leader logs every zxid
 * that it takes, errors included, so an epoch's union is contiguous. Only the first epoch of all may
 * begin later, at the log's start, and not later than the opening write.
 */
export function findGaps(
  union: LogUnion,
  spans: readonly EpochSpan[],
  cuts: readonly EpochCut[],
  options: {
    readonly opening: Zxid | undefined;
    readonly jumps: readonly CounterJump[];
    readonly split: ZxidSplit;
  },
): readonly Gap[] {
  const gaps: Gap[] = [];
  for (const [i, span] of spans.entries()) {
    const cut = cuts[i];
    if (cut === undefined) continue;
    const jumps = options.jumps.filter((jump) => jump.epoch === span.epoch);
    const add = (from: bigint, to: bigint): void => {
      gaps.push(...withoutJumps({ from: zxid(from), to: zxid(to) }, jumps, options.split));
    };
    let expected: bigint =
      i === 0 ? startOf(span, options) : makeZxid(span.epoch, 1, options.split);
    for (const entry of union.entries.slice(span.from, span.to)) {
      if (entry.zxid > cut.upper) break;
      if (entry.zxid > expected) add(expected, entry.zxid - 1n);
      if (entry.zxid >= expected) expected = entry.zxid + 1n;
    }
    if (expected <= cut.upper) add(expected, cut.upper);
  }
  return gaps;
}

/** Where the first epoch's evidence must begin. */
function startOf(
  span: EpochSpan,
  options: { readonly opening: Zxid | undefined; readonly split: ZxidSplit },
): Zxid {
  const { opening, split } = options;
  if (opening === undefined || opening >= span.first) return span.first;
  return epochOf(opening, split) === span.epoch ? opening : makeZxid(span.epoch, 1, split);
}

function withoutJumps(gap: Gap, jumps: readonly CounterJump[], split: ZxidSplit): readonly Gap[] {
  let rest: Gap[] = [gap];
  for (const jump of jumps) {
    const from = makeZxid(jump.epoch, jump.from + 1, split);
    const to = makeZxid(jump.epoch, jump.to, split);
    rest = rest.flatMap((part): Gap[] => {
      if (to < part.from || from > part.to) return [part];
      const left: Gap[] = part.from < from ? [{ from: part.from, to: zxid(from - 1n) }] : [];
      const right: Gap[] = to < part.to ? [{ from: zxid(to + 1n), to: part.to }] : [];
      return [...left, ...right];
    });
  }
  return rest;
}

/**
 * Committed transactions that a server's log leaves out inside what one of its files covers: from the
 * file's first record to its highest. Between files a server may have been away or fed by a snapshot;
 * a state transfer without a restart leaves a hole in one file too, which is why holes only warn.
 */
export function findHoles(
  union: LogUnion,
  committed: readonly UnionEntry[],
): readonly { readonly server: string; readonly zxid: Zxid }[] {
  const holes: { server: string; zxid: Zxid }[] = [];
  for (const [index, server] of union.servers.entries()) {
    const covered = coverage(server);
    let at = 0;
    for (const entry of committed) {
      while ((covered[at]?.to ?? entry.zxid) < entry.zxid) at += 1;
      const range = covered[at];
      if (range === undefined) break;
      // A server that logged another record of that zxid has a conflict and no hole.
      const logged = (entry.anyMask & (1 << index)) !== 0;
      if (!logged && entry.zxid >= range.from) {
        holes.push({ server: server.server, zxid: entry.zxid });
      }
    }
  }
  return holes;
}

/** The ranges that a server's files cover, ascending and not overlapping. */
function coverage(server: ServerLogs): readonly Gap[] {
  const ranges: { from: Zxid; to: Zxid }[] = [];
  for (const { records } of server.files) {
    const [first] = records;
    if (first === undefined) continue;
    let to = first.zxid;
    for (const record of records) if (record.zxid > to) to = record.zxid;
    const previous = ranges.at(-1);
    if (previous !== undefined && first.zxid <= previous.to) {
      if (to > previous.to) previous.to = to;
    } else {
      ranges.push({ from: first.zxid, to });
    }
  }
  return ranges;
}
