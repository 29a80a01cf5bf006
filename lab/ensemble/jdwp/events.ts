/**
 * What a JVM tells of its own accord. Only breakpoints are asked for; the start and the death of the
 * JVM come unasked. After an event of a kind that was never asked for the rest of its packet cannot be
 * read, since each kind has its own length.
 */

import { type IdSizes, JdwpReader } from "./codec.ts";

export const BREAKPOINT = 2;
const VM_START = 90;
const VM_DEATH = 99;

export interface BreakpointHit {
  readonly request: number;
  /** It stands until it is resumed. */
  readonly thread: bigint;
  readonly type: bigint;
  readonly method: bigint;
}

/** The breakpoints in one composite event. Throws JdwpError("garbled") where it is cut short. */
export function readEvents(body: Buffer, sizes: IdSizes): readonly BreakpointHit[] {
  const reader = new JdwpReader(body, sizes);
  reader.byte();
  const hits: BreakpointHit[] = [];
  for (let left = reader.count(5); left > 0; left -= 1) {
    const kind = reader.byte();
    const request = reader.int();
    if (kind === BREAKPOINT) {
      const thread = reader.id("object");
      reader.byte();
      const [type, method] = [reader.id("referenceType"), reader.id("method")];
      reader.long();
      hits.push({ request, thread, type, method });
    } else if (kind === VM_START) reader.id("object");
    else if (kind !== VM_DEATH) return hits;
  }
  return hits;
}
