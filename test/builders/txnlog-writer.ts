/**
 * Writes log files and snapshots byte for byte as ZooKeeper does (FileTxnLog.append, FileSnap), and
 * edits real ones record by record, leaving the rest as it was. For tests that need a history that
 * no healthy server would write.
 */

import { type SessionId, sessionId, type Zxid } from "../../lab/ids.ts";
import { adler32 } from "../../lab/txnlog/adler32.ts";
import { decodeLogFile, LOG_MAGIC, LOG_VERSION } from "../../lab/txnlog/decode.ts";
import { entryLength, FRAME_HEAD_BYTES, scanRecords } from "../../lab/txnlog/scan.ts";
import type { TxnOp, TxnRecord, TxnType } from "../../lab/txnlog/types.ts";
import { JuteWriter } from "./jute-writer.ts";

/** A record to be written: what a TxnRecord says, less what follows from it. A TxnRecord is one. */
export interface TxnInput {
  readonly zxid: Zxid;
  readonly type: TxnType;
  readonly session?: SessionId;
  readonly cxid?: number;
  readonly timeMs?: number;
  readonly ops?: readonly TxnOp[];
  readonly timeoutMs?: number | undefined;
  readonly closes?: readonly string[] | undefined;
  readonly digest?: bigint | undefined;
}

export interface LogOptions {
  readonly dbId?: bigint;
  /** Zeroes after the last record; ZooKeeper preallocates 64 MiB at a time. */
  readonly paddingBytes?: number;
}

/** A whole log file. */
export function encodeLogFile(records: readonly TxnInput[], options: LogOptions = {}): Uint8Array {
  const out = new JuteWriter();
  out
    .int(LOG_MAGIC)
    .int(LOG_VERSION)
    .long(options.dbId ?? 0n);
  for (const record of records) out.raw(encodeRecord(record));
  return out.raw(new Uint8Array(options.paddingBytes ?? 0)).done();
}

/** One record with checksum, length and end mark. */
export function encodeRecord(record: TxnInput): Uint8Array {
  return frame(encodeEntry(record));
}

/** Checksum, length, entry, 'B'. */
export function frame(entry: Uint8Array): Uint8Array {
  const checksum = BigInt(adler32(entry));
  return new JuteWriter().long(checksum).buffer(entry).byte(0x42).done();
}

const CODES: Readonly<Record<TxnType, number>> = {
  create: 1,
  delete: 2,
  setData: 5,
  setAcl: 7,
  check: 13,
  multi: 14,
  create2: 15,
  reconfig: 16,
  createContainer: 19,
  deleteContainer: 20,
  createTTL: 21,
  error: -1,
  createSession: -10,
  closeSession: -11,
};
/** TxnDigest's version since 3.6.0 (DigestCalculator.DIGEST_VERSION). */
const DIGEST_VERSION = 2;

/** Header, body and digest: what the checksum covers. */
export function encodeEntry(record: TxnInput): Uint8Array {
  const out = new JuteWriter();
  out
    .long(record.session ?? sessionId(0n))
    .int(record.cxid ?? 0)
    .long(record.zxid)
    .long(BigInt(record.timeMs ?? 0))
    .int(CODES[record.type]);
  writeBody(out, record);
  if (record.digest !== undefined) out.int(DIGEST_VERSION).long(record.digest);
  return out.done();
}

function writeBody(out: JuteWriter, record: TxnInput): void {
  const ops = record.ops ?? [];
  switch (record.type) {
    case "createSession":
      out.int(record.timeoutMs ?? 0);
      return;
    case "closeSession":
      if (record.closes !== undefined) out.vector(record.closes, (path) => out.string(path));
      return;
    case "reconfig":
      out.string("/zookeeper/config").buffer(new Uint8Array(0)).int(0);
      return;
    case "multi":
      out.vector(ops, (op) => {
        const sub = new JuteWriter();
        writeOp(sub, op);
        out.int(codeOf(op)).buffer(sub.done());
      });
      return;
    default: {
      const [op] = ops;
      if (op === undefined || ops.length > 1) throw new Error(`a ${record.type} takes one op`);
      writeOp(out, op);
    }
  }
}

function codeOf(op: TxnOp): number {
  return CODES[op.op === "create" ? op.variant : op.op];
}

function writeOp(out: JuteWriter, op: TxnOp): void {
  switch (op.op) {
    case "create":
      out.string(op.path).buffer(op.data);
      writeOpenAcl(out);
      if (op.variant === "create" || op.variant === "create2") out.boolean(op.ephemeral);
      if (op.parentCVersion !== undefined) out.int(op.parentCVersion);
      if (op.ttlMs !== undefined) out.long(op.ttlMs);
      return;
    case "delete":
      out.string(op.path);
      return;
    case "setData":
      out.string(op.path).buffer(op.data).int(op.version);
      return;
    case "setAcl":
      out.string(op.path);
      writeOpenAcl(out);
      out.int(op.version);
      return;
    case "check":
      out.string(op.path).int(op.version);
      return;
    case "error":
      out.int(op.code);
  }
}

/** OPEN_ACL_UNSAFE: the reader leaves ACLs out. */
export function writeOpenAcl(out: JuteWriter): void {
  out.vector([31], (perms) => out.int(perms).string("world").string("anyone"));
}

/** The file without every record of that zxid. Throws where there is none. */
export function removeRecord(bytes: Uint8Array, zxid: Zxid): Uint8Array {
  return editEntry(bytes, zxid, () => undefined);
}

/** The file with every record of that zxid written anew; ACLs become world:anyone. */
export function replaceRecord(
  bytes: Uint8Array,
  zxid: Zxid,
  edit: (record: TxnRecord) => TxnInput,
): Uint8Array {
  const { records } = decodeLogFile(bytes, { server: "edited", file: "log" });
  const record = records.find((candidate) => candidate.zxid === zxid);
  if (record === undefined) throw new Error(`no record of zxid ${zxid} to replace`);
  return editEntry(bytes, zxid, () => encodeEntry(edit(record)));
}

/** The file with one more record, before the first of that zxid or after the last record. */
export function insertRecord(bytes: Uint8Array, record: TxnInput, before?: Zxid): Uint8Array {
  const scan = scanRecords(bytes);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at =
    before === undefined
      ? scan.tail.offset
      : scan.offsets.find((offset) => zxidAt(view, offset) === before);
  if (at === undefined) throw new Error(`no record of zxid ${before} to insert before`);
  return concat([bytes.subarray(0, at), encodeRecord(record), bytes.subarray(at)]);
}

/** The file cut at that byte. */
export function cutFile(bytes: Uint8Array, offset: number): Uint8Array {
  return bytes.slice(0, offset);
}

/** The file with the entries of that zxid as `edit` gives them back; undefined takes the record out. */
export function editEntry(
  bytes: Uint8Array,
  zxid: Zxid,
  edit: (entry: Uint8Array) => Uint8Array | undefined,
): Uint8Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const parts: Uint8Array[] = [];
  let copied = 0;
  for (const offset of scanRecords(bytes).offsets) {
    if (zxidAt(view, offset) !== zxid) continue;
    const start = offset + FRAME_HEAD_BYTES;
    const end = start + entryLength(view, offset);
    const entry = edit(bytes.subarray(start, end));
    parts.push(bytes.subarray(copied, offset));
    if (entry !== undefined) parts.push(frame(entry));
    copied = end + 1;
  }
  if (parts.length === 0) throw new Error(`no record of zxid ${zxid} to edit`);
  return concat([...parts, bytes.subarray(copied)]);
}

function zxidAt(view: DataView, offset: number): bigint {
  return view.getBigUint64(offset + FRAME_HEAD_BYTES + 12);
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const out = new JuteWriter();
  for (const part of parts) out.raw(part);
  return out.done();
}
