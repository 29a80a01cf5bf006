/**
 * The union of all servers' logs, keyed by zxid: who logged what. One server's log is not the history
 * (3.4 followers leave out the sync phase, 3.8.0 leaves holes, repeats itself and is out of order),
 * so nothing here depends on the order of servers, files or records.
 */

import { assert } from "../errors.ts";
import type { Zxid } from "../ids.ts";
import type { LogFile, ServerLogs, TxnRecord } from "./types.ts";

/** Records of one zxid. Almost always one variant, logged by several servers. */
export interface UnionEntry {
  readonly zxid: Zxid;
  /** The record on the most servers; of equals, that of the first server by name. */
  readonly record: TxnRecord;
  /** Bit i: server i of `servers` logged that very record. */
  readonly mask: number;
  /** Bit i: server i logged some record of that zxid. */
  readonly anyMask: number;
  /** Every record that differs in header or body, where there is more than one. */
  readonly variants: readonly TxnRecord[] | undefined;
}

export interface LogUnion {
  /** By name, each with its files by their first zxid. */
  readonly servers: readonly ServerLogs[];
  /** Ascending by zxid. */
  readonly entries: readonly UnionEntry[];
  readonly duplicates: readonly { readonly server: string; readonly zxid: Zxid }[];
}

/** A mask is a small integer, so that millions of entries stay cheap. */
const SERVERS_MAX = 30;

/** Unites the records up to `until` (all, where it is undefined). Memory is linear in the records. */
export function uniteLogs(servers: readonly ServerLogs[], until: Zxid | undefined): LogUnion {
  assert(servers.length <= SERVERS_MAX, `more than ${SERVERS_MAX} servers in one history`);
  const ordered = [...servers]
    .sort((a, b) => compare(a.server, b.server))
    .map((server) => ({ ...server, files: inOrder(server.files) }));
  const heaps = new Map<Zxid, Heap>();
  const duplicates: { server: string; zxid: Zxid }[] = [];
  for (const [index, server] of ordered.entries()) {
    for (const file of server.files) {
      for (const record of file.records) {
        if (until !== undefined && record.zxid > until) continue;
        if (!put(heaps, record, 1 << index)) {
          duplicates.push({ server: server.server, zxid: record.zxid });
        }
      }
    }
  }
  return { servers: ordered, entries: inZxidOrder(heaps), duplicates };
}

/** The records of one zxid while they are being collected. */
interface Heap {
  record: TxnRecord;
  mask: number;
  others: { record: TxnRecord; mask: number }[] | undefined;
}

/** False where the server has logged this very record before. */
function put(heaps: Map<Zxid, Heap>, record: TxnRecord, bit: number): boolean {
  const heap = heaps.get(record.zxid);
  if (heap === undefined) {
    heaps.set(record.zxid, { record, mask: bit, others: undefined });
    return true;
  }
  for (const variant of [heap, ...(heap.others ?? [])]) {
    if (!sameBytes(variant.record.bytes, record.bytes)) continue;
    const isNew = (variant.mask & bit) === 0;
    variant.mask |= bit;
    return isNew;
  }
  heap.others ??= [];
  heap.others.push({ record, mask: bit });
  return true;
}

function inZxidOrder(heaps: ReadonlyMap<Zxid, Heap>): readonly UnionEntry[] {
  // A typed array sorts bigints an order of magnitude faster than a comparator does.
  const zxids = BigUint64Array.from(heaps.keys()).sort();
  const entries: UnionEntry[] = [];
  for (const key of zxids) {
    const zxid = key as Zxid;
    const heap = heaps.get(zxid);
    assert(heap !== undefined, "a zxid without records");
    const { record, mask } = mostLogged(heap);
    const all = [heap, ...(heap.others ?? [])];
    const anyMask = all.reduce((union, variant) => union | variant.mask, 0);
    const variants = all.length === 1 ? undefined : all.map((variant) => variant.record);
    entries.push({ zxid, record, mask, anyMask, variants });
  }
  return entries;
}

function mostLogged(heap: Heap): { record: TxnRecord; mask: number } {
  let best: { record: TxnRecord; mask: number } = heap;
  for (const other of heap.others ?? []) {
    if (bitCount(other.mask) > bitCount(best.mask)) best = other;
  }
  return best;
}

/** By the zxid of their first record, empty ones by name: a directory lists log.100 before log.2. */
function inOrder(files: readonly LogFile[]): readonly LogFile[] {
  const start = (file: LogFile): bigint => file.records[0]?.zxid ?? zxidInName(file.file);
  return [...files].sort((a, b) => compare(start(a), start(b)) || compare(a.file, b.file));
}

function zxidInName(file: string): bigint {
  const digits = /\.([0-9a-f]{1,16})$/.exec(file)?.[1];
  return digits === undefined ? 0n : BigInt(`0x${digits}`);
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i += 1) if (a[i] !== b[i]) return false;
  return true;
}

function bitCount(mask: number): number {
  let count = 0;
  for (let rest = mask; rest !== 0; rest &= rest - 1) count += 1;
  return count;
}

function compare<T extends string | bigint>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
