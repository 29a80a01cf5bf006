/** Seeded drawing: every random choice of a run comes from its seed and the name of the choice. */

import { createHash } from "node:crypto";

const DENOMINATOR = 2 ** 32;

/**
 * A number in [0, 1) that depends on the seed and on what is drawn, never on the order of drawing, so
 * that groups that play side by side draw the same whichever comes first.
 */
export function draw(seed: string, what: string): number {
  const digest = createHash("sha256").update(`${seed}\n${what}`).digest();
  return digest.readUInt32BE(0) / DENOMINATOR;
}
