/** The log reader on what real and broken files hold. */

import { deflateSync } from "node:zlib";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeZxid, sessionId } from "../../lab/ids.ts";
import { adler32 } from "../../lab/txnlog/adler32.ts";
import { decodeLogFile } from "../../lab/txnlog/decode.ts";
import { TxnLogError } from "../../lab/txnlog/errors.ts";
import type { TxnOp } from "../../lab/txnlog/types.ts";
import { JuteWriter } from "../builders/jute-writer.ts";
import { plainTxn } from "../builders/txnlog-arbitraries.ts";
import {
  cutFile,
  editEntry,
  encodeEntry,
  encodeLogFile,
  frame,
  insertRecord,
  removeRecord,
  replaceRecord,
  type TxnInput,
} from "../builders/txnlog-writer.ts";

const source = { server: "zk2", file: "log.100000001" };
const three = [plainTxn(1, 1), plainTxn(1, 2), plainTxn(1, 3)];

describe("decodeLogFile", () => {
  it("reads a record laid out by hand from zookeeper.jute", () => {
    // TxnHeader {clientId, cxid, zxid, time, type}, CreateSessionTxn {timeOut}, TxnDigest {2, …}.
    const entry = hex(
      "0100a5d1f8c20000 00000000 0000000100000001 0000019900000000 fffffff6 00000fa0 00000002 000000002a2a2a2a",
    );
    const log = decodeLogFile(concat(encodeLogFile([]), frame(entry)), source);
    expect(log.records[0]).toMatchObject({
      zxid: makeZxid(1, 1),
      session: sessionId(0x0100_a5d1_f8c2_0000n),
      type: "createSession",
      timeMs: 0x199_0000_0000,
      timeoutMs: 4000,
      digest: 0x2a2a_2a2an,
      rejected: false,
      source: { ...source, offset: 16 },
    });
  });

  it("calls a failed multi rejected, and keeps the types of the sub-operations before the failure", () => {
    const ops: readonly TxnOp[] = [
      { op: "setData", path: "/g", data: new Uint8Array([1]), version: 4 },
      { op: "error", code: -101 },
      { op: "error", code: -2 },
    ];
    const [record] = decode(encodeLogFile([{ zxid: makeZxid(1, 1), type: "multi", ops }])).records;
    expect(record).toMatchObject({ rejected: true, type: "multi" });
    expect(record?.ops).toEqual(ops);
  });

  it("takes both forms in which 3.9.5 servers logged one rejected multi for one record", () => {
    // zxid 0x100000076 as two followers and the leader of one ensemble logged it: the first type of
    // the multi is 5 (setData) and -1.
    const [follower, leader] = ["00000005", "ffffffff"].map((type) =>
      decode(
        concat(
          encodeLogFile([]),
          frame(
            hex(
              `0100002b361e00000000006f0000000100000076000001a204c7ac690000000e00000003${type}` +
                "0000001a000000092f66697273742f3131000000056e6576657200000003ffffffff00000004ffffff99" +
                "ffffffff00000004fffffffe000000020000000fe9560c30",
            ),
          ),
        ),
      ),
    );
    expect(follower?.tail.kind).toBe("clean");
    expect(follower?.records[0]).toMatchObject({
      rejected: true,
      ops: [
        { op: "setData", path: "/first/11", version: 3 },
        { op: "error", code: -103 },
        { op: "error", code: -2 },
      ],
    });
    expect(leader).toEqual(follower);
  });

  it("refuses an error of a multi that holds no operation", () => {
    const sub = new JuteWriter().int(1).int(-1).buffer(new Uint8Array(9)).done();
    const multi = encodeEntry({ zxid: makeZxid(1, 1), type: "multi" }).slice(0, 32);
    const log = decode(concat(encodeLogFile([]), frame(concat(multi, sub))));
    expect(log.tail).toMatchObject({
      kind: "corrupt",
      reason: expect.stringContaining("no operation"),
    });
  });

  it("tells a closeSession without body from one with, digest or not", () => {
    const close = (more: Partial<TxnInput>): TxnInput => {
      return { zxid: makeZxid(1, 1), type: "closeSession", ...more };
    };
    const closes = (more: Partial<TxnInput>): unknown => {
      const [record] = decode(encodeLogFile([close(more)])).records;
      return [record?.closes, record?.digest];
    };
    expect(closes({})).toEqual([undefined, undefined]);
    expect(closes({ digest: 5n })).toEqual([undefined, 5n]);
    expect(closes({ closes: [] })).toEqual([[], undefined]);
    expect(closes({ closes: [], digest: 5n })).toEqual([[], 5n]);
    expect(closes({ closes: ["/a", "/b/c"], digest: 5n })).toEqual([["/a", "/b/c"], 5n]);
    // Twelve bytes, as long as a digest.
    expect(closes({ closes: ["/abc"] })).toEqual([["/abc"], undefined]);
  });

  it("gives negative error codes, versions and times of the far future as they are", () => {
    const ops: readonly TxnOp[] = [{ op: "error", code: -110 }];
    const timeMs = 2 ** 52 + 1;
    const [record] = decode(
      encodeLogFile([{ zxid: makeZxid(1, 1), type: "error", ops, timeMs, cxid: -3 }]),
    ).records;
    expect(record).toMatchObject({ timeMs, cxid: -3, rejected: true, ops });
  });
});

describe("decodeLogFile refuses", () => {
  it.each([
    { name: "a snapshot", bytes: hex("5a4b534e 00000002 ffffffffffffffff"), says: "magic" },
    { name: "zeroes", bytes: new Uint8Array(64), says: "magic 0x00000000" },
    {
      name: "another version",
      bytes: hex("5a4b4c47 00000003 0000000000000000"),
      says: "version 3",
    },
  ])("$name, with the file and the byte", ({ bytes, says }) => {
    expect(() => decode(bytes)).toThrow(TxnLogError);
    expect(() => decode(bytes)).toThrow(/^zk2: log\.100000001: .* at byte [04]$/);
    expect(() => decode(bytes)).toThrow(says);
  });
});

describe("decodeLogFile: tails", () => {
  const whole = encodeLogFile(three);

  it("takes a file that its server never got to write the header of for an empty one", () => {
    for (const length of [0, 3, 15]) {
      expect(decode(cutFile(whole, length))).toMatchObject({
        records: [],
        tail: { kind: "torn", offset: 0, reason: `the file ends ${length} bytes into its header` },
      });
    }
  });

  it("calls a half-written record before the padding torn, as a killed server leaves it", () => {
    const cut = concat(cutFile(whole, whole.length - 20), new Uint8Array(4096));
    const log = decode(cut);
    expect(log.records).toHaveLength(2);
    expect(log.tail).toMatchObject({
      kind: "torn",
      reason: expect.stringContaining("no end mark"),
    });
  });

  it("calls a checksum without its entry before the padding torn", () => {
    const [, , third] = decode(whole).records;
    const start = third?.source.offset ?? 0;
    const log = decode(concat(cutFile(whole, start + 10), new Uint8Array(4096)));
    expect(log.tail).toMatchObject({ kind: "torn", offset: start });
  });

  it.each([
    { name: "in its checksum", at: 5 },
    { name: "that makes its length shorter", at: 11, bit: 1 },
    { name: "that makes its length reach into the padding", at: 10, bit: 4 },
    { name: "that makes its length reach past the file", at: 8, bit: 6 },
    { name: "that makes its length negative", at: 8, bit: 7 },
    { name: "in its data", at: 50 },
    { name: "in its end mark", at: -1 },
  ])("calls a record in the middle with a flipped bit $name corrupt", ({ at, bit = 0 }) => {
    const padded = encodeLogFile(three, { paddingBytes: 8192 });
    const [first, second, third] = decode(padded).records;
    const start = (at < 0 ? third : second)?.source.offset ?? 0;
    padded[start + at] = (padded[start + at] ?? 0) ^ (1 << bit);
    const log = decode(padded);
    expect(log.records.map((r) => r.zxid)).toEqual([first?.zxid]);
    expect(log.tail).toMatchObject({ kind: "corrupt", offset: second?.source.offset });
  });

  it("calls bytes after the padding corrupt: ZooKeeper would silently end its log there", () => {
    const lostSector = concat(encodeLogFile(three, { paddingBytes: 4096 }), whole.subarray(16));
    const log = decode(lostSector);
    expect(log.records).toHaveLength(3);
    expect(log.tail).toMatchObject({ kind: "corrupt", offset: whole.length });
    expect(log.tail).toHaveProperty("reason", expect.stringContaining("is not zero"));
  });

  it("ends the file at a record of an unknown type, and names type and zxid", () => {
    const odd = editEntry(whole, makeZxid(1, 2), (entry) => {
      const copy = entry.slice();
      copy.set([0, 0, 0, 99], 28);
      return copy;
    });
    const log = decode(odd);
    expect(log.records).toHaveLength(1);
    expect(log.tail).toHaveProperty(
      "reason",
      expect.stringMatching(/^unknown record type 99 \(zxid 0x100000002, byte \d+\)$/),
    );
  });

  it.each([
    { name: "a byte left over", edit: (e: Uint8Array) => concat(e, new Uint8Array(1)) },
    { name: "half a digest", edit: (e: Uint8Array) => concat(e, new Uint8Array(8)) },
    { name: "two digests", edit: (e: Uint8Array) => concat(e, new Uint8Array(24)) },
    { name: "a body cut short", edit: (e: Uint8Array) => e.slice(0, -1) },
  ])("ends the file at a record with $name though its checksum be right", ({ edit }) => {
    const log = decode(editEntry(whole, makeZxid(1, 2), edit));
    expect(log.records).toHaveLength(1);
    expect(log.tail).toMatchObject({
      kind: "corrupt",
      reason: expect.stringContaining("0x100000002"),
    });
  });

  it("refuses lengths inside a body that reach outside its record", () => {
    for (const length of [0x7fff_ffff, -2, 1000]) {
      const entry = encodeEntry({
        zxid: makeZxid(1, 1),
        type: "delete",
        ops: [{ op: "delete", path: "/a" }],
      });
      new DataView(entry.buffer).setInt32(32, length);
      const log = decode(
        concat(encodeLogFile([]), frame(entry), encodeLogFile(three).subarray(16)),
      );
      expect(log).toMatchObject({ records: [], tail: { kind: "corrupt", offset: 16 } });
    }
  });

  it("keeps no 64 MiB of padding alive for a few records", () => {
    const [record] = decode(encodeLogFile(three, { paddingBytes: 1 << 20 })).records;
    expect(record?.bytes.buffer.byteLength).toBeLessThan(4096);
  });
});

describe("the log writer's edits", () => {
  const whole = encodeLogFile(three, { paddingBytes: 100 });
  const counters = (bytes: Uint8Array): readonly number[] =>
    decode(bytes).records.map((record) => record.cxid);

  it("take out, change and put in one record and leave the rest as it was", () => {
    const at = makeZxid(1, 2);
    expect(counters(removeRecord(whole, at))).toEqual([1, 3]);
    expect(counters(replaceRecord(whole, at, (record) => ({ ...record, cxid: 9 })))).toEqual([
      1, 9, 3,
    ]);
    expect(counters(insertRecord(whole, plainTxn(1, 7), at))).toEqual([1, 7, 2, 3]);
    expect(counters(insertRecord(whole, plainTxn(1, 7)))).toEqual([1, 2, 3, 7]);
    expect(decode(removeRecord(whole, at)).tail.kind).toBe("padding");
    expect(replaceRecord(whole, at, (record) => record)).toEqual(whole);
  });

  it("refuse a zxid that is not there", () => {
    expect(() => removeRecord(whole, makeZxid(2, 2))).toThrow("no record of zxid");
  });
});

describe("adler32", () => {
  it("agrees with zlib's for any bytes", () => {
    const sizes = [0, 1, 15, 16, 17, 5551, 5552, 5553, 100_000];
    for (const size of sizes) {
      expect(adler32(new Uint8Array(size).fill(255))).toBe(
        zlibAdler(new Uint8Array(size).fill(255)),
      );
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        expect(adler32(bytes)).toBe(zlibAdler(bytes));
      }),
    );
  });
});

/** A zlib stream ends with the Adler-32 of what it holds. */
function zlibAdler(bytes: Uint8Array): number {
  const stream = deflateSync(bytes);
  return stream.readUInt32BE(stream.length - 4);
}

function decode(bytes: Uint8Array): ReturnType<typeof decodeLogFile> {
  return decodeLogFile(bytes, source);
}

function hex(digits: string): Uint8Array {
  return Uint8Array.from(Buffer.from(digits.replaceAll(" ", ""), "hex"));
}

function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const out = new JuteWriter();
  for (const part of parts) out.raw(part);
  return out.done();
}
