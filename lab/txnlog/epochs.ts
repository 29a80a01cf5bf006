/** The union cut up by epoch: what each logged, and how far each server's log of it goes. */

import { epochOf, type Zxid, type ZxidSplit } from "../ids.ts";
import type { LogUnion, UnionEntry } from "./union.ts";

export interface EpochSpan {
  readonly epoch: number;
  /** Lowest and highest logged zxid on any server. */
  readonly first: Zxid;
  readonly last: Zxid;
  /** Its entries are `entries.slice(from, to)`. */
  readonly from: number;
  readonly to: number;
  /** Highest logged zxid per server. */
  readonly lastOf: ReadonlyMap<string, Zxid>;
}

/** One span per epoch that any server logged a transaction of, ascending. */
export function spansOf(union: LogUnion, split: ZxidSplit): readonly EpochSpan[] {
  const spans: EpochSpan[] = [];
  const { entries } = union;
  let from = 0;
  while (from < entries.length) {
    const first = entries[from];
    if (first === undefined) break;
    const epoch = epochOf(first.zxid, split);
    let to = from + 1;
    for (; to < entries.length; to += 1) {
      const entry = entries[to];
      if (entry === undefined || epochOf(entry.zxid, split) !== epoch) break;
    }
    const last = entries[to - 1] ?? first;
    const lastOf = lastPerServer(union, entries, from, to);
    spans.push({ epoch, first: first.zxid, last: last.zxid, from, to, lastOf });
    from = to;
  }
  return spans;
}

function lastPerServer(
  union: LogUnion,
  entries: readonly UnionEntry[],
  from: number,
  to: number,
): ReadonlyMap<string, Zxid> {
  const lastOf = new Map<string, Zxid>();
  let missing = (1 << union.servers.length) - 1;
  for (let i = to - 1; i >= from && missing !== 0; i -= 1) {
    const entry = entries[i];
    if (entry === undefined) break;
    const found = entry.mask & missing;
    if (found === 0) continue;
    for (const [index, { server }] of union.servers.entries()) {
      if ((found & (1 << index)) !== 0) lastOf.set(server, entry.zxid);
    }
    missing &= ~found;
  }
  return lastOf;
}
