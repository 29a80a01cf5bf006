/**
 * The frames of a log file: where each record's entry stands, and how the file ends. Bodies are not
 * looked into, so that any reader (records as objects, columns) can share it.
 *
 * On disk a record is `long adler32, int length, length bytes (the entry), 0x42`. The checksum covers
 * the entry alone (FileTxnLog.append; its class comment says otherwise and is wrong). Files are
 * preallocated with zeroes, so a record that was being written when the server died has zeroes where
 * its end should be, and is followed by zeroes only.
 *
 * torn    = the end of the last record was never written: nothing that the server acknowledged.
 * corrupt = bytes that were written and are wrong, or good bytes after a place where the log should
 *           have ended. ZooKeeper itself takes a zero length or a missing mark for the end of the file
 *           and reads no further (FileTxnIterator.next): so do we, but we say what is there.
 */

import { adler32 } from "./adler32.ts";
import type { LogTail } from "./types.ts";

/** `int magic, int version, long dbid`. */
export const FILE_HEADER_BYTES = 16;
/** Checksum and length before the entry, and the mark after it. */
export const FRAME_HEAD_BYTES = 12;
const FRAME_BYTES = FRAME_HEAD_BYTES + 1;
/** 'B', written after every entry (persistence.Util.writeTxnBytes). */
export const END_MARK = 0x42;
/** TxnHeader: clientId 8, cxid 4, zxid 8, time 8, type 4. No entry is shorter. */
export const TXN_HEADER_BYTES = 32;
/** How much may be checksummed in looking for good records after a bad one. */
const SEARCH_BUDGET_BYTES = 64 * 1024 * 1024;

export interface Scan {
  /** Offset of each good record's checksum field, ascending; its entry begins 12 bytes later. */
  readonly offsets: readonly number[];
  readonly tail: LogTail;
}

/** Finds the good records from `from` on. Never throws, never reads past the end. */
export function scanRecords(bytes: Uint8Array, from = FILE_HEADER_BYTES): Scan {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const offsets: number[] = [];
  let at = from;
  while (at < bytes.length) {
    const problem = frameProblem(bytes, view, at);
    if (problem !== undefined) return { offsets, tail: tailAt(bytes, view, at, problem) };
    offsets.push(at);
    at += FRAME_BYTES + view.getInt32(at + 8);
  }
  return { offsets, tail: { kind: "clean", offset: at } };
}

/** The length of the entry of a good record. */
export function entryLength(view: DataView, offset: number): number {
  return view.getInt32(offset + 8);
}

type FrameProblem =
  | { readonly kind: "end" }
  | { readonly kind: "cut"; readonly reason: string }
  | { readonly kind: "unmarked"; readonly reason: string; readonly markAt: number }
  | { readonly kind: "bad"; readonly reason: string };

function frameProblem(bytes: Uint8Array, view: DataView, at: number): FrameProblem | undefined {
  const left = bytes.length - at;
  if (left < FRAME_HEAD_BYTES) {
    return isZero(bytes, at)
      ? { kind: "end" }
      : { kind: "cut", reason: `the file ends ${left} bytes into a record` };
  }
  const length = view.getInt32(at + 8);
  if (length === 0) return { kind: "end" };
  if (length < 0) return { kind: "bad", reason: `an entry length of ${length}` };
  const markAt = at + FRAME_HEAD_BYTES + length;
  if (markAt >= bytes.length) {
    return {
      kind: "cut",
      reason: `an entry of ${length} bytes, and the file ends after ${left - FRAME_HEAD_BYTES}`,
    };
  }
  if (bytes[markAt] !== END_MARK) {
    const reason = `no end mark after an entry of ${length} bytes`;
    return { kind: "unmarked", reason, markAt };
  }
  if (length < TXN_HEADER_BYTES) {
    return { kind: "bad", reason: `an entry of ${length} bytes, shorter than its header` };
  }
  // The field is a Java long that holds an unsigned 32-bit sum: its high half is always zero.
  const expected = view.getUint32(at + 4);
  const actual = adler32(bytes, at + FRAME_HEAD_BYTES, markAt);
  if (view.getUint32(at) !== 0 || expected !== actual) {
    return { kind: "bad", reason: "checksum mismatch" };
  }
  return undefined;
}

/** What a bad frame means depends on what follows it: see the module comment. */
function tailAt(bytes: Uint8Array, view: DataView, at: number, problem: FrameProblem): LogTail {
  const corrupt = (reason: string): LogTail => ({ kind: "corrupt", offset: at, reason });
  if (problem.kind === "bad") return corrupt(problem.reason);
  if (problem.kind === "end") {
    const stray = firstNonZero(bytes, at);
    if (stray === undefined) return { kind: "padding", offset: at };
    if (isZero(bytes, at + FRAME_HEAD_BYTES)) {
      return { kind: "torn", offset: at, reason: "a checksum, and nothing after it" };
    }
    // ZooKeeper would take this for the end of its log, and forget what follows.
    return corrupt(`the log ends here, yet byte ${stray} is not zero`);
  }
  const next = goodRecordAfter(bytes, view, at);
  if (next !== undefined) return corrupt(`${problem.reason}, yet a good record follows at ${next}`);
  if (problem.kind === "unmarked" && !isZero(bytes, problem.markAt)) {
    return corrupt(`${problem.reason}, and what follows is not padding`);
  }
  return { kind: "torn", offset: at, reason: problem.reason };
}

/** The first byte after `at` from which a whole record with a right checksum can be read. */
function goodRecordAfter(bytes: Uint8Array, view: DataView, at: number): number | undefined {
  let budget = SEARCH_BUDGET_BYTES;
  const last = bytes.length - FRAME_BYTES - TXN_HEADER_BYTES;
  for (let from = at + 1; from <= last; from += 1) {
    // A record begins with the four zero bytes of its checksum's high half.
    if (view.getUint32(from) !== 0) continue;
    const length = view.getInt32(from + 8);
    if (length === 0 && view.getUint32(from + 4) === 0) {
      // Zeroes, perhaps all of the padding: go on at the end of them.
      const stray = firstNonZero(bytes, from);
      if (stray === undefined) return undefined;
      from = Math.max(from, stray - FRAME_HEAD_BYTES);
      continue;
    }
    if (length < TXN_HEADER_BYTES || length > bytes.length - from - FRAME_BYTES) continue;
    if (bytes[from + FRAME_HEAD_BYTES + length] !== END_MARK) continue;
    budget -= length;
    if (budget < 0) return from;
    if (frameProblem(bytes, view, from) === undefined) return from;
  }
  return undefined;
}

function isZero(bytes: Uint8Array, from: number): boolean {
  return firstNonZero(bytes, from) === undefined;
}

/** Looks four bytes at a time: the padding of a preallocated file is 64 MiB of zeroes. */
function firstNonZero(bytes: Uint8Array, from: number): number | undefined {
  let at = from;
  while (at < bytes.length && (bytes.byteOffset + at) % 4 !== 0) {
    if (bytes[at] !== 0) return at;
    at += 1;
  }
  if (at === bytes.length) return undefined;
  const words = new Int32Array(bytes.buffer, bytes.byteOffset + at, (bytes.length - at) >> 2);
  let word = 0;
  while (word < words.length && words[word] === 0) word += 1;
  for (at += word * 4; at < bytes.length; at += 1) {
    if (bytes[at] !== 0) return at;
  }
  return undefined;
}
