/**
 * A snapshot file (org.apache.zookeeper.server.persistence.FileSnap): sessions, ACL cache, tree, and
 * a checksum over all before it. From 3.6 on a digest and from 3.9 on the last zxid may follow, each
 * with a checksum of its own. A snapshot is whole or worthless: any damage is a TxnLogError.
 *
 * It is fuzzy: taken while transactions are applied, it may hold later ones than its name says.
 */

import { type SessionId, sessionId, type Zxid, zxid } from "../ids.ts";
import { adler32 } from "./adler32.ts";
import { JuteError, TxnLogError } from "./errors.ts";
import { JuteReader } from "./jute.ts";
import { skipAcl } from "./ops.ts";
import type { Snapshot, SnapshotNode } from "./types.ts";

/** "ZKSN" */
export const SNAPSHOT_MAGIC = 0x5a4b534e;
export const SNAPSHOT_VERSION = 2;
const SESSION_BYTES = 12;
const ACL_ENTRY_BYTES = 12;
/** long checksum, then the string "/". */
const SEAL_BYTES = 13;
const LAST_ZXID_BYTES = 8;
/** EphemeralType.CONTAINER_EPHEMERAL_OWNER: Long.MIN_VALUE. */
const CONTAINER_OWNER = 1n << 63n;
/** EphemeralType: a TTL node has 0xff on top, zero in the 16 reserved bits, and its TTL in the rest. */
const EXTENDED_AND_RESERVED_BITS = 0xffff_ffn << 40n;
const TTL_MARK = 0xffn << 56n;

interface Source {
  readonly server: string;
  readonly file: string;
}

/**
 * Decodes one `snapshot.<zxid>` file; node data are views of the bytes given. Throws TxnLogError with
 * the offset where the file is no snapshot, is compressed, ends early or fails a checksum.
 */
export function decodeSnapshot(bytes: Uint8Array, source: Source): Snapshot {
  const name = snapshotZxid(source);
  const reader = new JuteReader(bytes);
  try {
    readHeader(reader, source);
    const sessions = readSessions(reader);
    skipAclCache(reader);
    const nodes = readNodes(reader);
    readTrailers(reader, source);
    return { ...source, zxid: name, sessions, nodes };
  } catch (error) {
    if (!(error instanceof JuteError)) throw error;
    throw new TxnLogError(source, error.offset, error.message, { cause: error });
  }
}

function snapshotZxid(source: Source): Zxid {
  const match = /(?:^|\/)snapshot\.([0-9a-f]{1,16})(\.gz|\.snappy)?$/.exec(source.file);
  const digits = match?.[1];
  if (digits === undefined) {
    throw new TxnLogError(source, 0, "a name other than snapshot.<zxid>, found");
  }
  if (match?.[2] !== undefined) {
    throw new TxnLogError(source, 0, `a snapshot compressed as ${match[2]}, found`, {
      hint: "run the servers without zookeeper.snapshot.compression.method",
    });
  }
  return zxid(BigInt(`0x${digits}`));
}

function readHeader(reader: JuteReader, source: Source): void {
  if (reader.int("magic") !== SNAPSHOT_MAGIC) {
    throw new TxnLogError(source, 0, "no snapshot, the magic is not ZKSN,");
  }
  const version = reader.int("version");
  if (version !== SNAPSHOT_VERSION) {
    throw new TxnLogError(source, 4, `a snapshot of version ${version}, found`);
  }
  reader.long("dbid");
}

function readSessions(reader: JuteReader): ReadonlyMap<SessionId, number> {
  const sessions = new Map<SessionId, number>();
  for (let n = reader.count("sessions", SESSION_BYTES); n > 0; n -= 1) {
    const id = sessionId(reader.unsigned("session id"));
    sessions.set(id, reader.int("timeout"));
  }
  return sessions;
}

function skipAclCache(reader: JuteReader): void {
  for (let n = reader.count("acl cache", ACL_ENTRY_BYTES); n > 0; n -= 1) {
    reader.long("acl key");
    skipAcl(reader);
  }
}

/** Nodes in DataTree.serializeNode's order, parents first; the path "/" is the end, "" is the root. */
function readNodes(reader: JuteReader): readonly SnapshotNode[] {
  const nodes: SnapshotNode[] = [];
  for (;;) {
    const path = reader.string("path");
    if (path === "/") return nodes;
    nodes.push(readNode(reader, path === "" ? "/" : path));
  }
}

/** DataNode {data, acl key} and StatPersisted. */
function readNode(reader: JuteReader, path: string): SnapshotNode {
  const data = reader.buffer("data");
  reader.long("acl key");
  const czxid = zxid(reader.unsigned("czxid"));
  const mzxid = zxid(reader.unsigned("mzxid"));
  reader.long("ctime");
  reader.long("mtime");
  const version = reader.int("version");
  const cversion = reader.int("cversion");
  const aversion = reader.int("aversion");
  const ephemeralOwner = ownerOf(reader.unsigned("ephemeralOwner"));
  const pzxid = zxid(reader.unsigned("pzxid"));
  return { path, data, czxid, mzxid, pzxid, version, cversion, aversion, ephemeralOwner };
}

/**
 * EphemeralType.get: zero is persistent, Long.MIN_VALUE a container, 0xff0000… a TTL node, all else a
 * session. Server 255 makes session ids with 0xff on top too (allowed where extendedTypesEnabled is
 * off), but then the reserved bits hold part of a clock.
 */
function ownerOf(ephemeralOwner: bigint): SessionId | undefined {
  if (ephemeralOwner === 0n || ephemeralOwner === CONTAINER_OWNER) return undefined;
  if ((ephemeralOwner & EXTENDED_AND_RESERVED_BITS) === TTL_MARK) return undefined;
  return sessionId(ephemeralOwner);
}

function readTrailers(reader: JuteReader, source: Source): void {
  readSeal(reader, source);
  if (reader.remaining() > LAST_ZXID_BYTES + SEAL_BYTES) {
    // DataTree.ZxidDigest; before digest version 2 the digest is text.
    reader.long("digest zxid");
    if (reader.int("digest version") < 2) reader.string("digest");
    else reader.long("digest");
    readSeal(reader, source);
  }
  if (reader.remaining() > 0) {
    reader.long("last processed zxid");
    readSeal(reader, source);
  }
  if (reader.remaining() > 0) {
    throw new JuteError(`${reader.remaining()} bytes left over`, reader.at);
  }
}

/** The checksum runs over everything before it, earlier seals included (SnapStream.sealStream). */
function readSeal(reader: JuteReader, source: Source): void {
  const at = reader.at;
  const actual = adler32(reader.bytes, 0, at);
  const expected = reader.long("checksum");
  if (reader.string("end of checksum") !== "/" || expected !== BigInt(actual)) {
    throw new TxnLogError(source, at, "checksum mismatch");
  }
}
