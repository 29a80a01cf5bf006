/** The strategies that ship with zklab, by name: what runs them, what they promise, how they elect. */

import type { RecipeName } from "../lab/evidence/run-info.ts";
import type { Promises } from "./contract.ts";

export interface StrategyInfo {
  readonly name: string;
  readonly summary: string;
  readonly recipe: RecipeName;
  /** What it promises with these options; the contender's `hello` must say the same. */
  promises(options: Readonly<Record<string, unknown>>): Promises;
  /** Whether it needs the native client that `zklab setup` builds. */
  needsNativeClient(options: Readonly<Record<string, unknown>>): boolean;
}

const reported = { atMostOnce: false, reportsAttempts: true } as const;

export const STRATEGIES: readonly StrategyInfo[] = [
  {
    name: "naive",
    summary:
      "LeaderLatch as in Curator, raw writes, new session and retry (npm zookeeper; client: own)",
    recipe: "curator-latch",
    promises: (options) => ({ guard: options["guard"] === "path" ? "path" : "none", ...reported }),
    needsNativeClient: (options) => options["client"] !== "own",
  },
  {
    name: "latch-check",
    summary:
      "naive with option 1: each write is a transaction that checks the memorised latch path",
    recipe: "curator-latch",
    promises: (options) => ({ guard: options["guard"] === "none" ? "none" : "path", ...reported }),
    needsNativeClient: (options) => options["client"] === "stock",
  },
  {
    name: "ephemeral",
    summary:
      "option 2: one ephemeral /leader, writes bound to its session, expiry ends the contender",
    recipe: "single",
    promises: () => ({ guard: "session", ...reported }),
    needsNativeClient: () => false,
  },
];

export function findStrategy(name: string): StrategyInfo | undefined {
  return STRATEGIES.find((strategy) => strategy.name === name);
}
