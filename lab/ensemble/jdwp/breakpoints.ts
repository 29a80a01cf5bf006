/**
 * Breakpoints of one debugger: each stops the thread that comes to a method's first instruction, that
 * thread alone, until it is resumed. A hit that comes before anybody waits for it is kept.
 */

import type { JdwpReader, JdwpWriter } from "./codec.ts";
import { JdwpError } from "./errors.ts";
import { BREAKPOINT, type BreakpointHit } from "./events.ts";
import type { ClassId, Method } from "./mirror.ts";

export interface Breakpoint {
  readonly request: number;
  /** Resolves at the next hit, with its thread suspended. */
  hit(limitMs: number): Promise<BreakpointHit>;
  clear(): Promise<void>;
}

/** Sends a command (its set and number) and gives its answer to read. */
export type Ask = (
  what: string,
  set: number,
  number: number,
  write: (writer: JdwpWriter) => void,
) => Promise<JdwpReader>;

const SUSPEND_EVENT_THREAD = 1;
const LOCATION_ONLY = 7;
const TYPE_CLASS = 1;
/** Hits that nobody waited for; past it the oldest are forgotten. */
const HITS_KEPT_MAX = 1_000;

export class Breakpoints {
  readonly #name: string;
  readonly #ask: Ask;
  readonly #hits: BreakpointHit[] = [];
  readonly #waiting = new Set<(hit: BreakpointHit) => boolean>();

  constructor(name: string, ask: Ask) {
    this.#name = name;
    this.#ask = ask;
  }

  async set(type: ClassId, method: Method): Promise<Breakpoint> {
    const reader = await this.#ask("set a breakpoint", 15, 1, (w) => {
      w.byte(BREAKPOINT).byte(SUSPEND_EVENT_THREAD).int(1);
      w.byte(LOCATION_ONLY).byte(TYPE_CLASS);
      w.id("referenceType", type).id("method", method.id).long(0n);
    });
    const request = reader.int();
    reader.end();
    return {
      request,
      hit: (limitMs) => this.#nextHit(request, method.name, limitMs),
      clear: async () => {
        const cleared = await this.#ask("clear a breakpoint", 15, 2, (w) => {
          w.byte(BREAKPOINT).int(request);
        });
        cleared.end();
      },
    };
  }

  take(hits: readonly BreakpointHit[]): void {
    for (const hit of hits) {
      const taken = [...this.#waiting].some((offer) => offer(hit));
      if (!taken) this.#hits.push(hit);
    }
    this.#hits.splice(0, Math.max(0, this.#hits.length - HITS_KEPT_MAX));
  }

  #nextHit(request: number, method: string, limitMs: number): Promise<BreakpointHit> {
    const early = this.#hits.findIndex((hit) => hit.request === request);
    const [hit] = early < 0 ? [] : this.#hits.splice(early, 1);
    if (hit !== undefined) return Promise.resolve(hit);
    return new Promise((resolve, reject) => {
      const offer = (one: BreakpointHit): boolean => {
        if (one.request !== request) return false;
        clearTimeout(timer);
        this.#waiting.delete(offer);
        resolve(one);
        return true;
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(offer);
        const found = `no thread came to ${method} within ${limitMs} ms`;
        reject(new JdwpError("late", `${this.#name}: wait at a breakpoint: ${found}`));
      }, limitMs);
      this.#waiting.add(offer);
    });
  }
}
