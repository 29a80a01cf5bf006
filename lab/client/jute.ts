/**
 * Jute, ZooKeeper's serialisation, as far as the client protocol needs it: big-endian ints and longs,
 * length-prefixed buffers and strings, counted vectors. The reader trusts nothing: every length is
 * checked against what is left before a byte is read, and a record that leaves bytes over is an error.
 */

/** Bytes that are not the record they should be. Made by the reader only; says where and what. */
export class JuteError extends Error {
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(`${message} at byte ${offset}`);
    this.name = "JuteError";
    this.offset = offset;
  }
}

/** Writes one record into memory that grows as needed. */
export class JuteWriter {
  #bytes = Buffer.allocUnsafe(128);
  #length = 0;

  int(value: number): this {
    this.#length = this.#room(4).writeInt32BE(value, this.#length);
    return this;
  }

  /** Takes signed and unsigned 64-bit values alike: what counts is the low 64 bits. */
  long(value: bigint): this {
    this.#length = this.#room(8).writeBigInt64BE(BigInt.asIntN(64, value), this.#length);
    return this;
  }

  bool(value: boolean): this {
    this.#length = this.#room(1).writeUInt8(value ? 1 : 0, this.#length);
    return this;
  }

  buffer(value: Uint8Array): this {
    this.int(value.length);
    this.#room(value.length).set(value, this.#length);
    this.#length += value.length;
    return this;
  }

  string(value: string): this {
    return this.buffer(Buffer.from(value, "utf8"));
  }

  vector<T>(values: readonly T[], write: (value: T) => void): this {
    this.int(values.length);
    for (const value of values) write(value);
    return this;
  }

  get length(): number {
    return this.#length;
  }

  /** What was written so far, as bytes of its own. */
  finish(): Buffer {
    return Buffer.from(this.#bytes.subarray(0, this.#length));
  }

  #room(more: number): Buffer {
    const needed = this.#length + more;
    if (needed > this.#bytes.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#bytes.length * 2));
      this.#bytes.copy(grown, 0, 0, this.#length);
      this.#bytes = grown;
    }
    return this.#bytes;
  }
}

/** Reads one record; every method throws JuteError where the bytes cannot be what is asked for. */
export class JuteReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get remaining(): number {
    return this.#bytes.length - this.#offset;
  }

  int(): number {
    return this.#bytes.readInt32BE(this.#advance(4, "int"));
  }

  /** A long as signed 64 bits; zxids and session ids are made unsigned by lab/ids.ts. */
  long(): bigint {
    return this.#bytes.readBigInt64BE(this.#advance(8, "long"));
  }

  bool(): boolean {
    const at = this.#advance(1, "boolean");
    const value = this.#bytes[at];
    if (value !== 0 && value !== 1) throw new JuteError(`boolean of value ${value}`, at);
    return value === 1;
  }

  /** A buffer as a view of the frame (no copy). Null (length -1), as Java writes it, reads as empty. */
  buffer(): Buffer {
    const length = this.int();
    if (length === -1) return this.#bytes.subarray(0, 0);
    if (length < 0) throw new JuteError(`buffer of length ${length}`, this.#offset - 4);
    const start = this.#advance(length, `buffer of ${length} bytes`);
    return this.#bytes.subarray(start, start + length);
  }

  /**
   * A string. Bytes that are no UTF-8 become U+FFFD, as in Java: ZooKeeper writes characters outside
   * the basic plane as two 3-byte sequences, and an ACL id of that kind is no reason to hang up.
   */
  string(): string {
    return this.buffer().toString("utf8");
  }

  /** A vector; the count is checked against the bytes left before anything is allocated. */
  vector<T>(elementBytesMin: number, read: () => T): T[] {
    const at = this.#offset;
    const count = this.int();
    if (count === -1) return [];
    if (count < 0 || count * elementBytesMin > this.remaining) {
      throw new JuteError(`vector of ${count} elements with ${this.remaining} bytes left`, at);
    }
    return Array.from({ length: count }, read);
  }

  /** Asserts that the record is consumed. */
  end(): void {
    if (this.remaining !== 0) {
      throw new JuteError(`${this.remaining} bytes left over`, this.#offset);
    }
  }

  #advance(length: number, what: string): number {
    if (length > this.remaining) {
      throw new JuteError(`${what} with ${this.remaining} bytes left`, this.#offset);
    }
    const start = this.#offset;
    this.#offset += length;
    return start;
  }
}
