/**
 * The entry of a record: TxnHeader, the body that its type calls for, and from 3.6 on a TxnDigest.
 * Follows org.apache.zookeeper.server.util.SerializeUtils.deserializeTxn and zookeeper.jute of 3.4
 * to 3.9. Nothing may be left over but exactly one digest.
 */

import type { SessionId, Zxid } from "../ids.ts";
import { JuteError } from "./errors.ts";
import type { JuteReader } from "./jute.ts";
import { readOp } from "./ops.ts";
import { isRelabelled, readRelabelled, withoutSubOpTypes } from "./relabelled.ts";
import type { RecordSource, TxnOp, TxnRecord, TxnType } from "./types.ts";

/** ZooDefs.OpCode, as it stands in the header and in a multi's sub-operations. */
const TYPES: ReadonlyMap<number, TxnType> = new Map([
  [1, "create"],
  [2, "delete"],
  [5, "setData"],
  [7, "setAcl"],
  [13, "check"],
  [14, "multi"],
  [15, "create2"],
  [16, "reconfig"],
  [19, "createContainer"],
  [20, "deleteContainer"],
  [21, "createTTL"],
  [-1, "error"],
  [-10, "createSession"],
  [-11, "closeSession"],
]);

/** TxnDigest: int version, long treeDigest. */
const DIGEST_BYTES = 12;
const NO_OPS: readonly TxnOp[] = [];
const SUB_OP_BYTES = 8;

/** Decodes the entry under the cursor. Throws JuteError where it is not one that ZooKeeper writes. */
export function readEntry(reader: JuteReader, source: RecordSource): TxnRecord {
  const start = reader.at;
  const session = reader.unsigned("clientId") as SessionId;
  const cxid = reader.int("cxid");
  const zxid = reader.unsigned("zxid") as Zxid;
  const timeMs = reader.longAsNumber("time");
  const type = typeOf(reader.int("type"), reader.at - 4);
  const body = readBody(reader, type);
  const rejected = body.ops.some((op) => op.op === "error");
  const logged = reader.bytes.subarray(start, reader.at);
  const bytes = type === "multi" && rejected ? withoutSubOpTypes(logged) : logged;
  const digest = readDigest(reader);
  const { ops, timeoutMs, closes } = body;
  return {
    zxid,
    session,
    cxid,
    timeMs,
    type,
    ops,
    rejected,
    timeoutMs,
    closes,
    digest,
    bytes,
    source,
  };
}

interface Body {
  readonly ops: readonly TxnOp[];
  readonly timeoutMs: number | undefined;
  readonly closes: readonly string[] | undefined;
}

function readBody(reader: JuteReader, type: TxnType): Body {
  switch (type) {
    case "createSession":
      return { ops: NO_OPS, timeoutMs: reader.int("timeOut"), closes: undefined };
    case "closeSession":
      return { ops: NO_OPS, timeoutMs: undefined, closes: readClosed(reader) };
    case "reconfig":
      // A SetDataTxn of /zookeeper/config: membership, never a client's write (semantics 8).
      readOp(reader, "setData");
      return { ops: NO_OPS, timeoutMs: undefined, closes: undefined };
    case "multi":
      return { ops: readMulti(reader), timeoutMs: undefined, closes: undefined };
    case "create":
    case "create2":
    case "createTTL":
    case "createContainer":
    case "delete":
    case "deleteContainer":
    case "setData":
    case "setAcl":
    case "check":
    case "error":
      return { ops: [readOp(reader, type)], timeoutMs: undefined, closes: undefined };
  }
}

/**
 * CloseSessionTxn (3.6+, zookeeper.closeSessionTxn.enabled) or nothing at all. Nothing may still be
 * followed by a digest, and a digest of (1, "/abc"'s bytes) reads as one path: it is taken for paths
 * only where every one of them is a path. Digest versions are 2 and above, so the case is theoretical.
 */
function readClosed(reader: JuteReader): readonly string[] | undefined {
  if (reader.remaining() === 0) return undefined;
  const start = reader.at;
  try {
    const paths: string[] = [];
    for (let n = reader.count("paths2Delete", 4); n > 0; n -= 1) paths.push(reader.string("path"));
    const left = reader.remaining();
    if ((left === 0 || left === DIGEST_BYTES) && paths.every((path) => path.startsWith("/"))) {
      return paths;
    }
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
  }
  reader.moveTo(start, reader.end);
  return undefined;
}

/** MultiTxn: a vector of {int type, buffer with that type's body}. */
function readMulti(reader: JuteReader): readonly TxnOp[] {
  const ops: TxnOp[] = [];
  const end = reader.end;
  for (let n = reader.count("txns", SUB_OP_BYTES); n > 0; n -= 1) {
    const at = reader.at;
    const type = typeOf(reader.int("type"), at);
    const data = reader.buffer("data");
    const after = reader.at;
    reader.moveTo(after - data.length, after);
    ops.push(
      isRelabelled(type, data) ? readRelabelled(reader) : readOp(reader, subOpType(type, at)),
    );
    if (reader.remaining() !== 0) {
      throw new JuteError(`${reader.remaining()} bytes left over in a ${type} of a multi`, at);
    }
    reader.moveTo(after, end);
  }
  return ops;
}

function subOpType(type: TxnType, at: number): Parameters<typeof readOp>[1] {
  switch (type) {
    case "multi":
    case "createSession":
    case "closeSession":
    case "reconfig":
      throw new JuteError(`a ${type} inside a multi`, at);
    default:
      return type;
  }
}

function readDigest(reader: JuteReader): bigint | undefined {
  if (reader.remaining() === 0) return undefined;
  if (reader.remaining() !== DIGEST_BYTES) {
    throw new JuteError(`${reader.remaining()} bytes left over after the record`, reader.at);
  }
  reader.int("digest version");
  return reader.unsigned("treeDigest");
}

function typeOf(code: number, at: number): TxnType {
  const type = TYPES.get(code);
  if (type === undefined) throw new JuteError(`unknown record type ${code}`, at);
  return type;
}
