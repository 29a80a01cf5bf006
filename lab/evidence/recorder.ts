/**
 * The one recorder: every event of a run passes through here, gets its time, goes to history.jsonl
 * and to whoever waits for it. Appended synchronously, so that what was seen before a crash is there.
 */

import { closeSync, fsyncSync, openSync, writeSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import { assert, LabError } from "../errors.ts";
import { type Nanos, nanos } from "../ids.ts";
import { type HistoryEvent, historyEventSchema } from "./history.ts";

/** An event without its time; the recorder stamps it unless the source brought its own. */
export type Unstamped<E = HistoryEvent> = E extends HistoryEvent
  ? Omit<E, "at"> & { at?: number }
  : never;

interface Waiter {
  readonly offer: (event: HistoryEvent) => void;
  readonly reject: (error: LabError) => void;
}

export interface WaitOptions {
  /** What is waited for, as it stands in the error, e.g. "naive: a contender elected". */
  readonly name: string;
  readonly limitMs: number;
  readonly signal?: AbortSignal;
}

export class Recorder {
  /** CLOCK_MONOTONIC nanoseconds at the run's time 0. */
  readonly origin: bigint;
  readonly #descriptor: number;
  readonly #waiters = new Set<Waiter>();
  readonly #listeners = new Set<(event: HistoryEvent) => void>();
  readonly #file: string;
  #open = true;
  #failure: LabError | undefined;

  /** A history is begun once: `flags` is for tests that want a device. */
  constructor(file: string, origin: bigint, flags: "ax" | "w" = "ax") {
    this.origin = origin;
    this.#file = file;
    this.#descriptor = openSync(file, flags);
  }

  now(): Nanos {
    return this.relative(process.hrtime.bigint());
  }

  /** A CLOCK_MONOTONIC time of this host as nanoseconds since time 0. */
  relative(monotonic: bigint): Nanos {
    return nanos(Number(monotonic - this.origin));
  }

  record(event: Unstamped): void {
    if (!this.#open) return;
    const stamped = { at: this.now(), ...event } as HistoryEvent;
    const problem = historyEventSchema.safeParse(stamped).error;
    assert(problem === undefined, `history event ${JSON.stringify(stamped)}: ${problem?.message}`);
    try {
      writeSync(this.#descriptor, `${JSON.stringify(stamped)}\n`);
    } catch (cause) {
      this.#end(cause);
      return;
    }
    for (const listener of this.#listeners) listener(stamped);
    for (const waiter of [...this.#waiters]) waiter.offer(stamped);
  }

  /** Why the history ends before the run does: the disk is full, for one. Then nothing is waited for. */
  get failure(): LabError | undefined {
    return this.#failure;
  }

  /** A run that cannot be recorded proves nothing; it goes on only to heal and to clean up. */
  #end(cause: unknown): void {
    const found = cause instanceof Error ? cause.message : String(cause);
    const failure = new LabError("environment", `write ${this.#file}: ${found}`, {
      hint: "make room there, or name another place with --runs",
      cause,
    });
    this.#failure = failure;
    this.close();
    for (const waiter of [...this.#waiters]) waiter.reject(failure);
  }

  /** Calls back at every event from now on, in order; returns how to stop. */
  subscribe(listener: (event: HistoryEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Resolves at the first event from now on for which `pick` gives something; synchronously in order. */
  next<T>(pick: (event: HistoryEvent) => T | undefined, options: WaitOptions): Promise<T> {
    return new Promise((resolve, reject) => {
      const settle = (act: () => void): void => {
        this.#waiters.delete(waiter);
        clearTimeout(timer);
        options.signal?.removeEventListener("abort", onAbort);
        act();
      };
      const waiter: Waiter = {
        reject: (error) => settle(() => reject(error)),
        offer: (event) => {
          try {
            const picked = pick(event);
            if (picked !== undefined) settle(() => resolve(picked));
          } catch (error) {
            // What was waited for can no longer come.
            settle(() => reject(error instanceof Error ? error : new Error(String(error))));
          }
        },
      };
      const onAbort = (): void => settle(() => reject(options.signal?.reason as Error));
      const timer = setTimeout(() => {
        const waited = `wait for ${options.name}: not seen within ${options.limitMs} ms`;
        settle(() => reject(new LabError("timeout", waited)));
      }, options.limitMs);
      options.signal?.addEventListener("abort", onAbort);
      this.#waiters.add(waiter);
      if (options.signal?.aborted === true) onAbort();
      if (this.#failure !== undefined) waiter.reject(this.#failure);
    });
  }

  /** Asks until the answer is yes, at least once; the limit and the signal are those of `next`. */
  async poll(ask: () => Promise<boolean>, periodMs: number, options: WaitOptions): Promise<void> {
    const deadline = performance.now() + options.limitMs;
    while (!(await ask())) {
      options.signal?.throwIfAborted();
      if (this.#failure !== undefined) throw this.#failure;
      if (performance.now() > deadline) {
        throw new LabError(
          "timeout",
          `wait for ${options.name}: not so within ${options.limitMs} ms`,
        );
      }
      await delay(periodMs);
    }
  }

  close(): void {
    if (!this.#open) return;
    this.#open = false;
    try {
      fsyncSync(this.#descriptor);
    } catch (error) {
      // Of a history that broke off nothing more is promised.
      if (this.#failure === undefined) throw error;
    }
    closeSync(this.#descriptor);
  }
}
