/** The records of the protocol that more than one operation uses, in values of the lab's own types. */
import { createHash } from "node:crypto";
import { type SessionId, sessionId, type Zxid, zxid } from "../ids.ts";
import type { JuteReader, JuteWriter } from "./jute.ts";

/** A znode's Stat. Times are milliseconds since 1970 by the leader's wall clock. */
export interface Stat {
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly ctimeMs: number;
  readonly mtimeMs: number;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /**
   * The owner of an ephemeral, 0 for other nodes; container and TTL nodes keep their mark here
   * (EphemeralType), so an owner is one only if the node is known to be ephemeral.
   */
  readonly ephemeralOwner: SessionId;
  readonly dataLength: number;
  readonly numChildren: number;
}

export function readStat(reader: JuteReader): Stat {
  const czxid = zxid(reader.long());
  const mzxid = zxid(reader.long());
  const ctimeMs = Number(reader.long());
  const mtimeMs = Number(reader.long());
  const version = reader.int();
  const cversion = reader.int();
  const aversion = reader.int();
  const ephemeralOwner = sessionId(reader.long());
  const dataLength = reader.int();
  const numChildren = reader.int();
  const pzxid = zxid(reader.long());
  return {
    czxid,
    mzxid,
    pzxid,
    ctimeMs,
    mtimeMs,
    version,
    cversion,
    aversion,
    ephemeralOwner,
    dataLength,
    numChildren,
  };
}

/** One ACL entry; `perms` is a sum of PERMS. */
export interface Acl {
  readonly perms: number;
  readonly scheme: string;
  readonly id: string;
}

export const PERMS = { read: 1, write: 2, create: 4, delete: 8, admin: 16, all: 31 } as const;
export const OPEN_ACL: readonly Acl[] = [{ perms: PERMS.all, scheme: "world", id: "anyone" }];
/** All to whoever this session has authenticated as. */
export const CREATOR_ACL: readonly Acl[] = [{ perms: PERMS.all, scheme: "auth", id: "" }];

/** The id of the digest scheme for credentials `user:password`. */
export function digestId(credentials: string): string {
  const user = credentials.slice(0, credentials.indexOf(":"));
  return `${user}:${createHash("sha1").update(credentials).digest("base64")}`;
}

const ACL_BYTES_MIN = 12;

export function writeAcls(writer: JuteWriter, acls: readonly Acl[]): void {
  writer.vector(acls, (acl) => {
    writer.int(acl.perms).string(acl.scheme).string(acl.id);
  });
}

export function readAcls(reader: JuteReader): Acl[] {
  return reader.vector(ACL_BYTES_MIN, () => {
    const perms = reader.int();
    const scheme = reader.string();
    return { perms, scheme, id: reader.string() };
  });
}

export interface ConnectRequest {
  readonly lastSeenZxid: Zxid;
  readonly timeoutMs: number;
  readonly sessionId: SessionId;
  readonly password: Uint8Array;
}

export function writeConnectRequest(writer: JuteWriter, request: ConnectRequest): void {
  const protocolVersion = 0;
  writer.int(protocolVersion).long(request.lastSeenZxid).int(request.timeoutMs);
  writer.long(request.sessionId).buffer(request.password);
  const readOnly = false;
  writer.bool(readOnly);
}

/** `timeoutMs` 0 says that the session asked for has expired, or that its password is wrong. */
export interface ConnectResponse {
  readonly timeoutMs: number;
  readonly sessionId: SessionId;
  readonly password: Buffer;
}

export function readConnectResponse(reader: JuteReader): ConnectResponse {
  reader.int(); // protocol version, always 0
  const timeoutMs = reader.int();
  const id = sessionId(reader.long());
  const password = Buffer.from(reader.buffer());
  if (reader.remaining > 0) reader.bool(); // read-only: absent before 3.4, never true for us
  reader.end();
  return { timeoutMs, sessionId: id, password };
}

export interface ReplyHeader {
  readonly xid: number;
  /** Signed: -1 or 0 where the reply belongs to no transaction (pings, most notifications). */
  readonly zxid: bigint;
  readonly err: number;
}

export function readReplyHeader(reader: JuteReader): ReplyHeader {
  const xid = reader.int();
  const at = reader.long();
  return { xid, zxid: at, err: reader.int() };
}
