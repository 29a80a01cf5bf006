/**
 * How fast an epoch is used up, and when it ends. The counter starts anew with every epoch, so a pair of
 * samples across a change of epoch says nothing about a rate: taken naively, 4,000,000,000 → 20 is a rate
 * below zero and a date in the past. Such pairs are dropped, as are pairs in which clock or counter went
 * back, and what they leave is said.
 */

import type { ZxidSplit } from "../ids.ts";
import type { Forecast, Rate, Sample } from "./types.ts";

/** Shorter stretches measure the lab's own timers; the pessimistic rate is taken over longer ones. */
const STRETCH_MS_MIN = 1_000;
const MS_PER_S = 1_000;

/** Undefined where no two samples can be compared. Samples in any order; equal times are one. */
export function rateOf(unordered: readonly Sample[]): Rate | undefined {
  const samples = [...unordered].sort((a, b) => a.at - b.at);
  let [transactions, ms, dropped, peak] = [0, 0, 0, 0];
  let stretch = { transactions: 0, ms: 0 };
  for (const [i, after] of samples.entries()) {
    const before = samples[i - 1];
    if (before === undefined) continue;
    const took = after.at - before.at;
    const made = after.counter - before.counter;
    if (after.epoch !== before.epoch || made < 0 || took <= 0) {
      dropped += 1;
      stretch = { transactions: 0, ms: 0 };
      continue;
    }
    transactions += made;
    ms += took;
    stretch = { transactions: stretch.transactions + made, ms: stretch.ms + took };
    if (stretch.ms < STRETCH_MS_MIN) continue;
    peak = Math.max(peak, (stretch.transactions / stretch.ms) * MS_PER_S);
    stretch = { transactions: 0, ms: 0 };
  }
  if (ms === 0) return undefined;
  const likely = (transactions / ms) * MS_PER_S;
  return { likely, pessimistic: Math.max(peak, likely), seconds: ms / MS_PER_S, dropped };
}

/** Where the newest sample stands in its epoch, and when that epoch ends. */
export function forecastOf(now: Sample, rate: Rate | undefined, split: ZxidSplit): Forecast {
  const last = 2 ** Number(split.counterBits) - 2;
  const transactionsLeft = Math.max(0, last - now.counter);
  const dateAt = (perSecond: number | undefined): number | undefined => {
    if (perSecond === undefined || perSecond <= 0) return undefined;
    return now.at + (transactionsLeft / perSecond) * MS_PER_S;
  };
  return {
    transactionsLeft,
    share: now.counter / last,
    likelyAt: dateAt(rate?.likely),
    pessimisticAt: dateAt(rate?.pessimistic),
  };
}

/** How often the epoch changed from one sample to the next. */
export function epochChanges(unordered: readonly Sample[]): number {
  const samples = [...unordered].sort((a, b) => a.at - b.at);
  return samples.filter((sample, i) => i > 0 && sample.epoch !== samples[i - 1]?.epoch).length;
}
