/** Jute as ZooKeeper writes it (org.apache.jute.BinaryOutputArchive): the pair of lab/txnlog/jute.ts. */

const utf8 = new TextEncoder();

export class JuteWriter {
  #bytes = new Uint8Array(256);
  #view = new DataView(this.#bytes.buffer);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  boolean(value: boolean): this {
    return this.byte(value ? 1 : 0);
  }

  byte(value: number): this {
    const at = this.#grow(1);
    this.#view.setUint8(at, value);
    return this;
  }

  int(value: number): this {
    const at = this.#grow(4);
    this.#view.setInt32(at, value);
    return this;
  }

  /** Signed or unsigned: the low 64 bits. */
  long(value: bigint): this {
    const at = this.#grow(8);
    this.#view.setBigInt64(at, BigInt.asIntN(64, value));
    return this;
  }

  buffer(value: Uint8Array): this {
    return this.int(value.length).raw(value);
  }

  string(value: string): this {
    return this.buffer(utf8.encode(value));
  }

  vector<T>(values: readonly T[], write: (value: T) => void): this {
    this.int(values.length);
    for (const value of values) write(value);
    return this;
  }

  raw(value: Uint8Array): this {
    const at = this.#grow(value.length);
    this.#bytes.set(value, at);
    return this;
  }

  done(): Uint8Array {
    return this.#bytes.slice(0, this.#length);
  }

  /** Makes room and returns where it begins; may replace the view, so call it first. */
  #grow(by: number): number {
    const at = this.#length;
    this.#length += by;
    if (this.#length > this.#bytes.length) {
      const larger = new Uint8Array(Math.max(this.#length, this.#bytes.length * 2));
      larger.set(this.#bytes);
      this.#bytes = larger;
      this.#view = new DataView(larger.buffer);
    }
    return at;
  }
}
