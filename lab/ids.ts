/**
 * The identifiers that travel through the whole lab, each its own type so that a zxid can never be
 * passed where a session id is meant. On disk and on the wire they are text that a person can grep:
 * zxids as `0x100000002`, sessions as 16 hex digits, times as decimal strings of nanoseconds.
 */

declare const brand: unique symbol;
type Branded<T, B extends string> = T & { readonly [brand]: B };

/** A ZooKeeper transaction id: unsigned 64 bits, epoch in the high part, counter in the low part. */
export type Zxid = Branded<bigint, "Zxid">;
/** A ZooKeeper session id, as unsigned 64 bits. */
export type SessionId = Branded<bigint, "SessionId">;
/** Nanoseconds of CLOCK_MONOTONIC since the run's time 0; exact as a number for 104 days. */
export type Nanos = Branded<number, "Nanos">;
/** A contender's name within its run: `<group>/<name>`, e.g. `naive/c1`. */
export type ContenderName = Branded<string, "ContenderName">;
/** One start of a contender: `<group>/<name>#<n>`, e.g. `naive/c1#2`. Sessions belong to these. */
export type Incarnation = Branded<string, "Incarnation">;

const MASK_64 = 0xffff_ffff_ffff_ffffn;
const HEX_ID = /^0x[0-9a-f]{1,16}$/;

export function zxid(value: bigint): Zxid {
  return BigInt.asUintN(64, value) as Zxid;
}

export function sessionId(value: bigint): SessionId {
  return BigInt.asUintN(64, value) as SessionId;
}

export function nanos(value: number): Nanos {
  return value as Nanos;
}

export function incarnation(contender: string, n: number): Incarnation {
  return `${contender}#${n}` as Incarnation;
}

export function contenderOf(of: Incarnation): ContenderName {
  return of.slice(0, of.lastIndexOf("#")) as ContenderName;
}

/** How a zxid divides into epoch and counter; 32 low bits today (ZOOKEEPER-2789 would make it 40). */
export interface ZxidSplit {
  readonly counterBits: bigint;
}
export const ZXID_SPLIT: ZxidSplit = { counterBits: 32n };

export function epochOf(id: Zxid, split: ZxidSplit = ZXID_SPLIT): number {
  return Number(id >> split.counterBits);
}

export function counterOf(id: Zxid, split: ZxidSplit = ZXID_SPLIT): number {
  return Number(id & ((1n << split.counterBits) - 1n));
}

export function makeZxid(epoch: number, counter: number, split: ZxidSplit = ZXID_SPLIT): Zxid {
  return zxid((BigInt(epoch) << split.counterBits) | BigInt(counter));
}

export function formatZxid(id: Zxid): string {
  return `0x${id.toString(16)}`;
}

export function formatSession(id: SessionId): string {
  return `0x${(id & MASK_64).toString(16).padStart(16, "0")}`;
}

/** Parses `0x…`; undefined where the text is anything else. */
export function parseZxid(text: string): Zxid | undefined {
  return HEX_ID.test(text) ? zxid(BigInt(text)) : undefined;
}

/** Parses `0x…`; undefined where the text is anything else. */
export function parseSession(text: string): SessionId | undefined {
  return HEX_ID.test(text) ? sessionId(BigInt(text)) : undefined;
}
