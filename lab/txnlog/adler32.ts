/** Adler-32 as in java.util.zip.Adler32, the checksum of log records and snapshots. */

const MODULUS = 65_521;
/** Most bytes that may be summed before the sums must be reduced to stay below 2^32 (zlib's NMAX). */
const BLOCK_BYTES = 5_552;

/** The checksum of `bytes[from, to)` as an unsigned 32-bit number, continuing from `seed`. */
export function adler32(bytes: Uint8Array, from = 0, to = bytes.length, seed = 1): number {
  let a = seed & 0xffff;
  let b = seed >>> 16;
  let at = from;
  while (at < to) {
    const stop = Math.min(at + BLOCK_BYTES, to);
    // Sixteen at a time: b grows by 16 a plus the bytes weighted by how often each is summed.
    for (const unrolled = stop - 15; at < unrolled; at += 16) {
      b += a += bytes[at] as number;
      b += a += bytes[at + 1] as number;
      b += a += bytes[at + 2] as number;
      b += a += bytes[at + 3] as number;
      b += a += bytes[at + 4] as number;
      b += a += bytes[at + 5] as number;
      b += a += bytes[at + 6] as number;
      b += a += bytes[at + 7] as number;
      b += a += bytes[at + 8] as number;
      b += a += bytes[at + 9] as number;
      b += a += bytes[at + 10] as number;
      b += a += bytes[at + 11] as number;
      b += a += bytes[at + 12] as number;
      b += a += bytes[at + 13] as number;
      b += a += bytes[at + 14] as number;
      b += a += bytes[at + 15] as number;
    }
    for (; at < stop; at += 1) b += a += bytes[at] as number;
    a %= MODULUS;
    b %= MODULUS;
  }
  return ((b << 16) | a) >>> 0;
}
