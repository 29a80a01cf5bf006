/**
 * Jute, ZooKeeper's serialisation (org.apache.jute.BinaryInputArchive): big-endian numbers, buffers
 * and strings with a 32-bit length, -1 for null. Every read is bounded by the region that the reader
 * was given, so that no length field, however wrong, reads outside it.
 */

import { JuteError } from "./errors.ts";

const text = new TextDecoder("utf-8", { ignoreBOM: true });
const NO_BYTES = new Uint8Array(0);
/** Longest string that is built from char codes; TextDecoder costs more a call, a path is ~40 bytes. */
const SHORT_TEXT_BYTES = 96;
/** Scratch space, one array for each length. */
const SHORT_TEXTS = Array.from({ length: SHORT_TEXT_BYTES + 1 }, (_, n) =>
  new Array<number>(n).fill(0),
);

/** A cursor over `bytes[at, end)`. Reads throw JuteError where the region is too short. */
export class JuteReader {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
  end: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.length) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.at = at;
    this.end = end;
  }

  /** Puts the cursor over another region of the same bytes; saves an object per record. */
  moveTo(at: number, end: number): void {
    this.at = at;
    this.end = end;
  }

  remaining(): number {
    return this.end - this.at;
  }

  boolean(what: string): boolean {
    const value = this.bytes[this.take(1, what)];
    return value !== 0;
  }

  int(what: string): number {
    return this.view.getInt32(this.take(4, what));
  }

  /** A signed 64-bit number as a bigint. */
  long(what: string): bigint {
    return this.view.getBigInt64(this.take(8, what));
  }

  /** The same bits read as unsigned: zxids and session ids. */
  unsigned(what: string): bigint {
    return this.view.getBigUint64(this.take(8, what));
  }

  /** A signed 64-bit number below 2^53 in magnitude as a number (times in ms); others lose low bits. */
  longAsNumber(what: string): number {
    const at = this.take(8, what);
    return this.view.getInt32(at) * 0x1_0000_0000 + this.view.getUint32(at + 4);
  }

  /** A view of the bytes, never a copy. Null (length -1) and empty are the same to us. */
  buffer(what: string): Uint8Array {
    const length = this.length(what);
    if (length === 0) return NO_BYTES;
    const at = this.take(length, what);
    return this.bytes.subarray(at, at + length);
  }

  /** UTF-8; what is not UTF-8 becomes U+FFFD, as in ZooKeeper. */
  string(what: string): string {
    const length = this.length(what);
    const at = this.take(length, what);
    return utf8(this.bytes, at, at + length);
  }

  /** Passes over a buffer or string. */
  skip(what: string): void {
    this.take(this.length(what), what);
  }

  /**
   * The number of elements of a vector, each at least `elementBytes` long: a count that cannot fit
   * is refused before anything is made for it.
   */
  count(what: string, elementBytes: number): number {
    const at = this.at;
    const count = this.int(what);
    if (count < -1 || count > this.remaining() / elementBytes) {
      throw new JuteError(`${what}: a count of ${count} does not fit`, at);
    }
    return Math.max(count, 0);
  }

  private length(what: string): number {
    const at = this.at;
    const length = this.int(what);
    if (length < -1) throw new JuteError(`${what}: a length of ${length}`, at);
    return Math.max(length, 0);
  }

  private take(bytes: number, what: string): number {
    const at = this.at;
    if (bytes > this.end - at) {
      throw new JuteError(`${what}: ${bytes} bytes wanted, ${this.end - at} left`, at);
    }
    this.at = at + bytes;
    return at;
  }
}

/** ASCII in one call: appending char by char would build a rope of ten times the size. */
function utf8(bytes: Uint8Array, from: number, to: number): string {
  const length = to - from;
  if (length > SHORT_TEXT_BYTES) return text.decode(bytes.subarray(from, to));
  const codes = SHORT_TEXTS[length] ?? [];
  for (let i = 0; i < length; i += 1) {
    const byte = bytes[from + i] as number;
    if (byte >= 0x80) return text.decode(bytes.subarray(from, to));
    codes[i] = byte;
  }
  return String.fromCharCode.apply(null, codes);
}
