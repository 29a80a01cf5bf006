/** A contender's voice: contract lines on stdout, each written whole before the call returns. */

import { writeSync } from "node:fs";
import type { ContractLine } from "./contract.ts";

/** A contract line without what the emitter adds. */
export type Unnumbered<L = ContractLine> = L extends ContractLine ? Omit<L, "seq" | "at"> : never;

export class Emitter {
  #seq = 0;

  /** Stamps, numbers and writes one line. Synchronous: what was said before a SIGKILL was said. */
  emit(line: Unnumbered): void {
    const at = process.hrtime.bigint().toString();
    const { type, ...rest } = line;
    const bytes = Buffer.from(`${JSON.stringify({ type, seq: this.#seq, at, ...rest })}\n`);
    this.#seq += 1;
    for (let done = 0; done < bytes.length; ) done += writeSome(bytes.subarray(done));
  }
}

/** stdout may be a full pipe set non-blocking by a parent; then wait for its reader. */
function writeSome(bytes: Buffer): number {
  try {
    return writeSync(1, bytes);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "EAGAIN")) throw error;
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1);
    return 0;
  }
}
