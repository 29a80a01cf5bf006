/** A writer at a known rate, and what it saw acknowledged: the arithmetic that a forecast is held against. */

import { setTimeout as delay } from "node:timers/promises";
import { ZooKeeper, ZooKeeperError } from "../../../lab/client/index.ts";
import { counterOf, epochOf } from "../../../lab/ids.ts";

export interface Acknowledged {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly epoch: number;
  readonly counter: number;
}

const PATH = "/steady";

const open = (servers: string): Promise<ZooKeeper> =>
  ZooKeeper.connect({ servers, sessionTimeoutMs: 10_000 });

/** A client is one session: where a gap outlasted it, no later write can be taken. */
function isOver(error: unknown): boolean {
  return error instanceof ZooKeeperError && error.zkName === "SessionExpired";
}

export class SteadyWriter implements AsyncDisposable {
  readonly acknowledged: Acknowledged[] = [];
  readonly #servers: string;
  #client: ZooKeeper;
  #running = true;
  readonly #done: Promise<void>;

  private constructor(servers: string, client: ZooKeeper, perSecond: number) {
    this.#servers = servers;
    this.#client = client;
    this.#done = this.#write(1_000 / perSecond);
  }

  static async start(servers: string, perSecond: number): Promise<SteadyWriter> {
    const client = await open(servers);
    await client.create(PATH, "");
    return new SteadyWriter(servers, client, perSecond);
  }

  /** By the clock and not by the last answer, so that a slow one is made good. */
  async #write(periodMs: number): Promise<void> {
    let due = performance.now();
    while (this.#running) {
      due += periodMs;
      try {
        const { zxid } = await this.#client.setData(PATH, "");
        const at = performance.timeOrigin + performance.now();
        this.acknowledged.push({ at, epoch: epochOf(zxid), counter: counterOf(zxid) });
      } catch (error) {
        // A re-election: what was in flight is not known, and the next one is due.
        if (isOver(error)) this.#client = await open(this.#servers).catch(() => this.#client);
      }
      const early = due - performance.now();
      if (early > 0) await delay(early);
      // Behind by more than a second there is nothing to make good: it was without a server.
      else if (early < -1_000) due = performance.now();
    }
  }

  get last(): Acknowledged | undefined {
    return this.acknowledged.at(-1);
  }

  /** Transactions a second between two moments, all of one epoch. */
  rateIn(from: number, to: number): number {
    const inside = this.acknowledged.filter(({ at }) => at >= from && at <= to);
    const [first, last] = [inside[0], inside.at(-1)];
    if (first === undefined || last === undefined || first.epoch !== last.epoch) return Number.NaN;
    return ((last.counter - first.counter) / (last.at - first.at)) * 1_000;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#running = false;
    await this.#done;
    await this.#client.close();
  }
}
