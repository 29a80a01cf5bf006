/** What `zklab risk` sees and says. Times are milliseconds since 1970, of this machine's clock. */

import type { ServerMode } from "../client/four-letter-word.ts";

/** One server as it answered once. */
export type Look = Answered | Silent;

export interface Answered {
  readonly server: string;
  readonly at: number;
  readonly via: "zabstate" | "srvr";
  readonly mode: ServerMode;
  readonly epoch: number;
  readonly counter: number;
  readonly version: string | undefined;
  /** From AdminServer's `monitor`, where there is one. */
  readonly election: ElectionTimes | undefined;
}

/** It gave no position: down, refusing, slow, not serving, or no ZooKeeper; `why` says which. */
export interface Silent {
  readonly server: string;
  readonly at: number;
  readonly why: string;
  /** It is there and looks for a leader. */
  readonly electing: boolean;
}

/** As the server sums them up since it started; undefined where its version has no such number. */
export interface ElectionTimes {
  /** The vote only, in ms. */
  readonly voteMaxMs: number | undefined;
  /** From LOOKING to BROADCAST, in ms (3.7 on). */
  readonly unavailableMaxMs: number | undefined;
  readonly count: number | undefined;
}

/** Where the ensemble was at a moment: the furthest that any server had got. */
export interface Sample {
  readonly at: number;
  readonly epoch: number;
  readonly counter: number;
}

export interface Rate {
  /** Transactions a second over all pairs that count. */
  readonly likely: number;
  /** The highest of any stretch of at least a second. */
  readonly pessimistic: number;
  /** Seconds that the rate is taken over. */
  readonly seconds: number;
  /** Pairs that were dropped: an epoch changed, the counter or the clock went back. */
  readonly dropped: number;
}

export interface Forecast {
  readonly transactionsLeft: number;
  /** Share of the epoch that is used, 0 to 1. */
  readonly share: number;
  /** When the counter runs out, ms since 1970; undefined: never at this rate, or not known. */
  readonly likelyAt: number | undefined;
  readonly pessimisticAt: number | undefined;
}

export type Severity = "ok" | "warning" | "critical" | "unknown";

export interface Risk {
  readonly name: string;
  readonly severity: Severity;
  /** What was found, in numbers. */
  readonly found: string;
  /** What to do, one line. */
  readonly advice: string;
}

export interface RiskReport {
  readonly at: number;
  readonly servers: readonly Look[];
  readonly leader: string | undefined;
  readonly epoch: number | undefined;
  readonly counter: number | undefined;
  readonly rate: Rate | undefined;
  readonly forecast: Forecast | undefined;
  /** Epoch changes in the samples that were looked at. */
  readonly leaderChanges: number;
  /** The longest time without any server that served, ms, as seen from here. */
  readonly gapMs: number;
  readonly risks: readonly Risk[];
  /** 100: nothing to do; every warning takes 15 off, every critical risk 40. */
  readonly score: number;
  readonly severity: Severity;
}
