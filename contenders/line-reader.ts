/** Splits a contender's stdout into lines, bounded: one that never ends costs 64 KiB and one report. */

import { LINE_BYTES_MAX } from "./contract.ts";

export interface LineSinks {
  onLine(text: string): void;
  onBad(reason: string, sample: string): void;
}

const NEWLINE = 0x0a;

export class LineReader {
  readonly #sinks: LineSinks;
  readonly #decoder = new TextDecoder("utf-8", { fatal: true });
  #pieces: Buffer[] = [];
  #length = 0;
  #skipping = false;

  constructor(sinks: LineSinks) {
    this.#sinks = sinks;
  }

  push(chunk: Buffer): void {
    let from = 0;
    for (let end = chunk.indexOf(NEWLINE); end >= 0; end = chunk.indexOf(NEWLINE, from)) {
      this.#keep(chunk.subarray(from, end));
      this.#finish();
      from = end + 1;
    }
    this.#keep(chunk.subarray(from));
  }

  /** The stream ended: what is left is a line without its newline. */
  end(): void {
    if (this.#length > 0) this.#finish();
  }

  #keep(piece: Buffer): void {
    if (this.#skipping || piece.length === 0) return;
    if (this.#length + piece.length > LINE_BYTES_MAX) {
      const sample = Buffer.concat([...this.#pieces, piece.subarray(0, LINE_BYTES_MAX)]);
      this.#sinks.onBad(`longer than ${LINE_BYTES_MAX} bytes`, sample.toString("latin1", 0, 200));
      this.#skipping = true;
      this.#pieces = [];
      this.#length = 0;
      return;
    }
    this.#pieces.push(piece);
    this.#length += piece.length;
  }

  #finish(): void {
    const bytes = this.#pieces.length === 1 ? this.#pieces[0] : Buffer.concat(this.#pieces);
    const skipped = this.#skipping;
    this.#pieces = [];
    this.#length = 0;
    this.#skipping = false;
    if (skipped || bytes === undefined || bytes.length === 0) return;
    try {
      this.#sinks.onLine(this.#decoder.decode(bytes));
    } catch {
      this.#sinks.onBad("not UTF-8", bytes.toString("latin1", 0, 200));
    }
  }
}
