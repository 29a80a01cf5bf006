/** Numbers of a risk report for people. */

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;

/** `49.7 days`, `5.2 h`, `31 min`, `40 s`: near the end, days are too coarse to act by. */
export function lengthInWords(ms: number): string {
  if (ms >= 2 * DAY_MS) return `${(ms / DAY_MS).toFixed(1)} days`;
  if (ms >= 2 * HOUR_MS) return `${(ms / HOUR_MS).toFixed(1)} h`;
  if (ms >= 2 * MINUTE_MS) return `${Math.round(ms / MINUTE_MS)} min`;
  return `${Math.max(0, Math.round(ms / 1_000))} s`;
}

/** Rounded down: an epoch that is not used up is never `100 %`. */
export function percentUsed(share: number, digits: number): string {
  const scale = 10 ** digits;
  return `${(Math.floor(share * 100 * scale) / scale).toFixed(digits)} %`;
}
