/**
 * JDWP's data types: big-endian numbers, strings with a length, ids whose sizes the JVM tells (IDSizes)
 * and values behind a tag. The reader checks every length before it reads, and `end` that nothing is
 * left: an answer that is too short or too long is not the answer to what was asked.
 */

import { JdwpError } from "./errors.ts";

/** Bytes of each kind of id; what HotSpot says is 8 for all, before it has said so. */
export interface IdSizes {
  readonly field: number;
  readonly method: number;
  readonly object: number;
  readonly referenceType: number;
  readonly frame: number;
}
export const SIZES_BEFORE_ASKED: IdSizes = {
  field: 8,
  method: 8,
  object: 8,
  referenceType: 8,
  frame: 8,
};
export type IdKind = keyof IdSizes;

/** A reference is its object's id, 0 for null; longs and references are bigint, the rest numbers. */
export type Value =
  | { readonly tag: "reference"; readonly id: bigint }
  | { readonly tag: "long"; readonly value: bigint }
  | { readonly tag: "int"; readonly value: number }
  | { readonly tag: "boolean"; readonly value: boolean }
  | { readonly tag: "other"; readonly letter: string; readonly value: bigint };

/** Tags that stand for an object: object, array, string, thread, thread group, class loader, class. */
const REFERENCE_TAGS = "L[stglc";
/** Bytes of the primitive tags that are not decoded further: byte, char, float, double, short, void. */
const OTHER_BYTES: Readonly<Record<string, number>> = { B: 1, C: 2, F: 4, D: 8, S: 2, V: 0 };

export class JdwpReader {
  readonly #bytes: Buffer;
  readonly #sizes: IdSizes;
  #at = 0;

  constructor(bytes: Buffer, sizes: IdSizes = SIZES_BEFORE_ASKED) {
    this.#bytes = bytes;
    this.#sizes = sizes;
  }

  byte(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#take(4));
  }

  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#take(8));
  }

  id(kind: IdKind): bigint {
    return this.#unsigned(this.#sizes[kind]);
  }

  string(): string {
    const length = this.int();
    const at = this.#take(length);
    return this.#bytes.toString("utf8", at, at + length);
  }

  /** How many things follow, each of at least `bytesEach`: more than could follow are refused. */
  count(bytesEach: number): number {
    const count = this.int();
    const room = this.#bytes.length - this.#at;
    if (count < 0 || count * bytesEach > room) {
      throw new JdwpError("garbled", `read JDWP: ${count} things announced in ${room} bytes`);
    }
    return count;
  }

  /** A value with its tag before it. */
  value(): Value {
    const letter = String.fromCharCode(this.byte());
    if (REFERENCE_TAGS.includes(letter)) return { tag: "reference", id: this.id("object") };
    if (letter === "J") return { tag: "long", value: this.long() };
    if (letter === "I") return { tag: "int", value: this.int() };
    if (letter === "Z") return { tag: "boolean", value: this.byte() !== 0 };
    const bytes = OTHER_BYTES[letter];
    if (bytes === undefined) {
      throw new JdwpError("garbled", `read JDWP: ${JSON.stringify(letter)} is no tag of a value`);
    }
    return { tag: "other", letter, value: this.#unsigned(bytes) };
  }

  /** Throws where bytes are left over. */
  end(): void {
    const left = this.#bytes.length - this.#at;
    if (left !== 0) throw new JdwpError("garbled", `read JDWP: ${left} bytes left over`);
  }

  #unsigned(bytes: number): bigint {
    const at = this.#take(bytes);
    let value = 0n;
    for (let i = at; i < at + bytes; i += 1) value = (value << 8n) | BigInt(this.#bytes[i] ?? 0);
    return value;
  }

  #take(bytes: number): number {
    const at = this.#at;
    if (bytes < 0 || at + bytes > this.#bytes.length) {
      const found = `${bytes} bytes wanted at byte ${at} of ${this.#bytes.length}`;
      throw new JdwpError("garbled", `read JDWP: ${found}`);
    }
    this.#at += bytes;
    return at;
  }
}

export class JdwpWriter {
  readonly #parts: Buffer[] = [];
  readonly #sizes: IdSizes;

  constructor(sizes: IdSizes = SIZES_BEFORE_ASKED) {
    this.#sizes = sizes;
  }

  byte(value: number): this {
    return this.#unsigned(BigInt(value), 1);
  }

  int(value: number): this {
    return this.#unsigned(BigInt.asUintN(32, BigInt(value)), 4);
  }

  long(value: bigint): this {
    return this.#unsigned(BigInt.asUintN(64, value), 8);
  }

  id(kind: IdKind, value: bigint): this {
    return this.#unsigned(value, this.#sizes[kind]);
  }

  string(text: string): this {
    const bytes = Buffer.from(text, "utf8");
    this.int(bytes.length);
    this.#parts.push(bytes);
    return this;
  }

  bytes(): Buffer {
    return Buffer.concat(this.#parts);
  }

  #unsigned(value: bigint, bytes: number): this {
    const part = Buffer.alloc(bytes);
    for (let i = bytes - 1, rest = value; i >= 0; i -= 1, rest >>= 8n)
      part[i] = Number(rest & 255n);
    this.#parts.push(part);
    return this;
  }
}

/** Reads the answer to IDSizes; a size that no id can have is refused. */
export function readIdSizes(bytes: Buffer): IdSizes {
  const reader = new JdwpReader(bytes);
  const size = (): number => {
    const found = reader.int();
    if (found >= 1 && found <= 8) return found;
    throw new JdwpError("garbled", `read JDWP: an id of ${found} bytes`);
  };
  const [field, method, object, referenceType, frame] = [size(), size(), size(), size(), size()];
  reader.end();
  return { field, method, object, referenceType, frame };
}
