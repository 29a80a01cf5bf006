/**
 * Looks again and again: keeps the samples that count, the longest time without service, and what was
 * stored by earlier watches. One watcher is one ensemble.
 */

import { setTimeout as delay } from "node:timers/promises";
import { formatAddress, type ServerAddress } from "../client/servers.ts";
import { appendSample, readSamples } from "./history.ts";
import { judgeRisk, sampleOf } from "./judge.ts";
import { type LookOptions, lookAtAll } from "./look.ts";
import type { Thresholds } from "./thresholds.ts";
import type { Look, RiskReport, Sample } from "./types.ts";

export interface WatchOptions {
  readonly servers: readonly ServerAddress[];
  readonly look: LookOptions;
  readonly thresholds: Thresholds;
  /** Samples older than this are of no account for rate and changes. */
  readonly horizonMs: number;
  /** Where samples are stored and earlier ones read from. */
  readonly history: string | undefined;
}

export class Watch {
  /** The servers in a fixed order: whose samples are stored. */
  readonly ensemble: string;
  /** Lines of the history file that are no samples. */
  readonly badLines: number;
  readonly #options: WatchOptions;
  #samples: Sample[];
  #looks: readonly Look[] = [];
  #servedAt: number | undefined;
  #gapMs = 0;
  #lastEpoch: number | undefined;
  #changesSeen = 0;

  constructor(options: WatchOptions) {
    this.#options = options;
    this.ensemble = options.servers.map(formatAddress).sort().join(",");
    const since = options.look.now() - options.horizonMs;
    const stored =
      options.history === undefined
        ? { samples: [], badLines: 0 }
        : readSamples(options.history, this.ensemble, since);
    this.#samples = [...stored.samples];
    this.badLines = stored.badLines;
  }

  /** One look at every server. */
  async look(): Promise<void> {
    const { servers, look, history, horizonMs } = this.#options;
    this.#looks = await lookAtAll(servers, look);
    const now = look.now();
    if (this.#looks.some((one) => "mode" in one)) {
      this.#servedAt = now;
    } else if (this.#servedAt !== undefined) {
      this.#gapMs = Math.max(this.#gapMs, now - this.#servedAt);
    }
    const sample = sampleOf(this.#looks);
    if (sample === undefined) return;
    if (this.#lastEpoch !== undefined && this.#lastEpoch !== sample.epoch) this.#changesSeen += 1;
    this.#lastEpoch = sample.epoch;
    this.#samples = [...this.#samples.filter(({ at }) => at >= now - horizonMs), sample];
    if (history !== undefined) appendSample(history, this.ensemble, sample);
  }

  /** Changes of epoch since this watch began. */
  get changesSeen(): number {
    return this.#changesSeen;
  }

  report(): RiskReport {
    return judgeRisk({
      at: this.#options.look.now(),
      looks: this.#looks,
      samples: this.#samples,
      gapMs: this.#gapMs,
      thresholds: this.#options.thresholds,
    });
  }

  /** Looks over a window, evenly, at its beginning and its end at least; then reports. */
  async over(windowMs: number, periodMs: number, signal: AbortSignal): Promise<RiskReport> {
    const { now } = this.#options.look;
    // The first question of all is slow, and so its time is vague: asked once for nothing.
    await lookAtAll(this.#options.servers, this.#options.look);
    const end = now() + windowMs;
    await this.look();
    while (now() < end) {
      await delay(Math.min(periodMs, Math.max(1, end - now())), undefined, { signal });
      await this.look();
    }
    return this.report();
  }
}
