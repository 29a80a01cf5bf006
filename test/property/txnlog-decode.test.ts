/** What holds for every log file: it reads back, and no damage is taken for content or for an exception. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { sessionId } from "../../lab/ids.ts";
import { decodeLogFile } from "../../lab/txnlog/decode.ts";
import { TxnLogError } from "../../lab/txnlog/errors.ts";
import { FRAME_HEAD_BYTES } from "../../lab/txnlog/scan.ts";
import type { LogFile, TxnRecord } from "../../lab/txnlog/types.ts";
import { arbitraryTxns } from "../builders/txnlog-arbitraries.ts";
import { cutFile, encodeLogFile, encodeRecord, type TxnInput } from "../builders/txnlog-writer.ts";

const source = { server: "zk1", file: "log.100000001" };
const padding = fc.constantFrom(0, 1, 7, 12, 13, 4096);

describe("decodeLogFile", () => {
  it("gives back every transaction that was written, whatever the padding", () => {
    fc.assert(
      fc.property(arbitraryTxns(), padding, fc.nat(3), (txns, paddingBytes, shift) => {
        const bytes = encodeLogFile(txns, { dbId: -1n, paddingBytes });
        const log = decodeLogFile(shifted(bytes, shift), source);
        expect(log.records.map(asInput)).toEqual(txns.map(normal));
        expect(log.tail).toEqual({
          kind: paddingBytes === 0 ? "clean" : "padding",
          offset: bytes.length - paddingBytes,
        });
        expect(log.dbId).toBe(-1n);
      }),
    );
  });

  it("keeps header and body, without the digest, as the bytes to compare by", () => {
    fc.assert(
      fc.property(arbitraryTxns(), (txns) => {
        const { records } = decodeLogFile(encodeLogFile(txns), source);
        for (const [i, record] of records.entries()) {
          const { digest: _, ...plain } = txns[i] ?? fail();
          if (record.type === "multi" && record.rejected) continue;
          const entry = encodeRecord(plain).slice(FRAME_HEAD_BYTES, -1);
          expect(record.bytes).toEqual(entry);
        }
        expect(records).toHaveLength(txns.length);
      }),
    );
  });

  it("reads a prefix of a file cut anywhere, and says torn unless it is cut between records", () => {
    fc.assert(
      fc.property(arbitraryTxns(), fc.double({ min: 0, max: 1, noNaN: true }), (txns, part) => {
        const bytes = encodeLogFile(txns);
        const cutAt = Math.floor(part * bytes.length);
        const log = decodeLogFile(cutFile(bytes, cutAt), source);
        const ends = recordEnds(txns);
        const whole = ends.filter((end) => end <= cutAt).length - 1;
        expect(log.records).toHaveLength(Math.max(whole, 0));
        // A stretch of zeroes shorter than a record's head cannot be told from padding.
        const rest = bytes.subarray(log.tail.offset, cutAt);
        const zeroes = rest.length < FRAME_HEAD_BYTES && rest.every((byte) => byte === 0);
        if (ends.includes(cutAt)) expect(log.tail).toEqual({ kind: "clean", offset: cutAt });
        else expect(log.tail.kind).toBe(zeroes && cutAt >= 16 ? "padding" : "torn");
      }),
    );
  });

  it("reads a prefix of a file cut anywhere and preallocated, and never calls it corrupt", () => {
    fc.assert(
      fc.property(arbitraryTxns(), fc.double({ min: 0, max: 1, noNaN: true }), (txns, part) => {
        const bytes = encodeLogFile(txns);
        const cutAt = 16 + Math.floor(part * (bytes.length - 16));
        const log = decodeLogFile(padded(cutFile(bytes, cutAt), 4096), source);
        expect(log.records.map((r) => r.zxid)).toEqual(
          txns.slice(0, log.records.length).map((t) => t.zxid),
        );
        const whole = recordEnds(txns).filter((end) => end <= cutAt).length - 1;
        // The cut may fall into zeroes that padding completes; never before a whole record.
        expect(log.records.length).toBeGreaterThanOrEqual(whole);
        expect(["torn", "padding"]).toContain(log.tail.kind);
      }),
    );
  });

  it("calls a flipped bit anywhere in an entry or its checksum corrupt, at that very record", () => {
    fc.assert(
      fc.property(arbitraryTxns(), fc.nat(), fc.nat(7), padding, (txns, at, bit, paddingBytes) => {
        fc.pre(txns.length > 0);
        const victim = at % txns.length;
        const bytes = encodeLogFile(txns, { paddingBytes });
        const start = recordEnds(txns)[victim] ?? fail();
        const entryBytes = encodeRecord(txns[victim] ?? fail()).length - FRAME_HEAD_BYTES - 1;
        // The checksum's eight bytes and the entry; not the length, not the mark.
        const where = at % (8 + entryBytes);
        flip(bytes, start + (where < 8 ? where : where + 4), bit);
        const log = decodeLogFile(bytes, source);
        expect(log.records).toHaveLength(victim);
        expect(log.tail).toMatchObject({ kind: "corrupt", offset: start });
      }),
    );
  });

  it("never throws anything but TxnLogError, and reads no record after a flipped bit", () => {
    fc.assert(
      fc.property(arbitraryTxns(), fc.nat(), fc.nat(7), padding, (txns, at, bit, paddingBytes) => {
        const bytes = encodeLogFile(txns, { paddingBytes });
        const where = at % bytes.length;
        flip(bytes, where, bit);
        const log = decodeOrRefuse(bytes);
        if (log === undefined) {
          expect(where).toBeLessThan(8);
          return;
        }
        const before = recordEnds(txns).filter((end) => end <= where).length - 1;
        expect(log.records.length).toBeLessThanOrEqual(txns.length);
        if (where >= 16 && before < txns.length) {
          expect(log.records).toHaveLength(before);
          const last = before === txns.length - 1;
          expect(last ? ["torn", "corrupt"] : ["corrupt"]).toContain(log.tail.kind);
        }
      }),
    );
  });

  it("survives any bytes after a good header", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (noise) => {
        const log = decodeLogFile(padded(encodeLogFile([]), noise), source);
        expect(log.records).toEqual([]);
      }),
    );
  });
});

function decodeOrRefuse(bytes: Uint8Array): LogFile | undefined {
  try {
    return decodeLogFile(bytes, source);
  } catch (error) {
    expect(error).toBeInstanceOf(TxnLogError);
    return undefined;
  }
}

/** What a written input reads back as. */
function normal(txn: TxnInput): Required<TxnInput> {
  return {
    zxid: txn.zxid,
    type: txn.type,
    session: txn.session ?? sessionId(0n),
    cxid: txn.cxid ?? 0,
    timeMs: txn.timeMs ?? 0,
    ops:
      txn.type === "reconfig"
        ? []
        : (txn.ops ?? []).map((op) => ("data" in op ? { ...op, data: op.data.slice() } : op)),
    timeoutMs: txn.timeoutMs,
    closes: txn.closes,
    digest: txn.digest,
  };
}

function asInput(record: TxnRecord): Required<TxnInput> {
  expect(record.rejected).toBe(record.ops.some((op) => op.op === "error"));
  return normal(record);
}

/** Offsets at which the file may be cut without tearing a record; the first is the header's end. */
function recordEnds(txns: readonly TxnInput[]): readonly number[] {
  const ends = [16];
  for (const txn of txns) ends.push((ends.at(-1) ?? 16) + encodeRecord(txn).length);
  return ends;
}

function flip(bytes: Uint8Array, at: number, bit: number): void {
  bytes[at] = (bytes[at] ?? 0) ^ (1 << bit);
}

function padded(bytes: Uint8Array, more: number | Uint8Array): Uint8Array {
  const tail = typeof more === "number" ? new Uint8Array(more) : more;
  const all = new Uint8Array(bytes.length + tail.length);
  all.set(bytes);
  all.set(tail, bytes.length);
  return all;
}

/** The same bytes at another alignment within their buffer. */
function shifted(bytes: Uint8Array, by: number): Uint8Array {
  return padded(new Uint8Array(by), bytes).subarray(by);
}

function fail(): never {
  throw new Error("the test indexed past its own input");
}
