/**
 * The strategies that ship with zklab: right ones, and wrong turns named for what they do. Each is a
 * family (how it elects) and defaults; a scenario may set single options.
 */

import type { RecipeName } from "../lab/evidence/run-info.ts";
import type { Promises } from "./contract.ts";
import {
  type CuratorOptions,
  curatorOptionsSchema,
  type LatchOptions,
  latchOptionsSchema,
  type SingleOptions,
  singleOptionsSchema,
} from "./options.ts";

interface Common {
  readonly name: string;
  readonly summary: string;
}
export type StrategyInfo =
  | (Common & { readonly family: "latch"; readonly defaults: LatchOptions })
  | (Common & { readonly family: "curator"; readonly defaults: CuratorOptions })
  | (Common & { readonly family: "single"; readonly defaults: SingleOptions });

const LATCH: LatchOptions = {
  client: "own",
  guard: "none",
  names: "protected",
  onSuspended: "revoke",
  onReconnected: "recheck",
  onSilence: "wait",
  write: "set",
};
const OPTION_1: LatchOptions = { ...LATCH, guard: "path" };
const OPTION_2: SingleOptions = { session: "ends", write: "set" };

export const STRATEGIES: readonly StrategyInfo[] = [
  {
    name: "naive",
    summary: "LeaderLatch as in Curator, raw writes, a new session and a retry, on npm zookeeper",
    family: "latch",
    defaults: { ...LATCH, client: "stock" },
  },
  {
    name: "latch-check",
    summary: "option 1: each write is a transaction that checks the memorised latch path",
    family: "latch",
    defaults: OPTION_1,
  },
  {
    name: "ephemeral",
    summary: "option 2: an ephemeral /leader, writes bound to its session, expiry ends it",
    family: "single",
    defaults: OPTION_2,
  },
  {
    name: "curator-latch",
    summary:
      "Curator's own LeaderLatch in a JVM, raw writes with Curator's retries; guard: path is option 1",
    family: "curator",
    defaults: { errorPolicy: "standard", guard: "none" },
  },
  {
    name: "latch-check-reread",
    summary: "wrong turn: option 1 that re-reads its own latch path at each attempt",
    family: "latch",
    defaults: { ...LATCH, guard: "path-reread" },
  },
  {
    name: "latch-check-unprotected",
    summary: "wrong turn: option 1 on names without a GUID, which can come back",
    family: "latch",
    defaults: { ...OPTION_1, names: "unprotected" },
  },
  {
    name: "check-then-write",
    summary: "wrong turn: looks whether its latch is there, then writes, in two requests",
    family: "latch",
    defaults: { ...LATCH, guard: "path-before" },
  },
  {
    name: "session-bound",
    summary: "wrong turn: a latch whose writes are bound to the session and to nothing else",
    family: "latch",
    defaults: { ...LATCH, guard: "session" },
  },
  {
    name: "ephemeral-renewed",
    summary: "wrong turn: option 2 with a renewed session and a retry",
    family: "single",
    defaults: { ...OPTION_2, session: "renewed" },
  },
];

export function findStrategy(name: string): StrategyInfo | undefined {
  return STRATEGIES.find((strategy) => strategy.name === name);
}

const SCHEMAS = {
  latch: latchOptionsSchema,
  curator: curatorOptionsSchema,
  single: singleOptionsSchema,
} as const;

/** What is wrong with a scenario's options for this strategy, one sentence each; none: all good. */
export function optionProblems(strategy: StrategyInfo, options: unknown): readonly string[] {
  const parsed = SCHEMAS[strategy.family].partial().safeParse(options);
  if (!parsed.success) {
    return parsed.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
  }
  if (strategy.family !== "latch") return [];
  const { client, guard, onSilence } = latchOptions(strategy, options);
  if (client === "own") return [];
  const problems: string[] = [];
  if (guard === "path" || guard === "path-reread")
    problems.push(`guard: ${guard} needs transactions, which client: stock does not have`);
  if (onSilence === "leave")
    problems.push("onSilence: leave needs client: own, since stock cannot leave a session");
  return problems;
}

/** Throws a zod error where the options are not the strategy's. */
export function latchOptions(strategy: StrategyInfo, options: unknown): LatchOptions {
  const given = latchOptionsSchema.partial().parse(options);
  return latchOptionsSchema.parse({ ...strategy.defaults, ...given });
}

export function singleOptions(strategy: StrategyInfo, options: unknown): SingleOptions {
  const given = singleOptionsSchema.partial().parse(options);
  return singleOptionsSchema.parse({ ...strategy.defaults, ...given });
}

export function curatorOptions(strategy: StrategyInfo, options: unknown): CuratorOptions {
  const given = curatorOptionsSchema.partial().parse(options);
  return curatorOptionsSchema.parse({ ...strategy.defaults, ...given });
}

export function recipeOf(strategy: StrategyInfo): RecipeName {
  return strategy.family === "single" ? "single" : "curator-latch";
}

/** What it promises with these options: what its author takes it to be, the wrong turns included. */
export function promisesOf(strategy: StrategyInfo, options: unknown): Promises {
  const common = { atMostOnce: false, reportsAttempts: true } as const;
  if (strategy.family === "single") return { guard: "session", ...common };
  if (strategy.family === "curator")
    return { guard: curatorOptions(strategy, options).guard, ...common };
  const { guard } = latchOptions(strategy, options);
  if (guard === "path-reread" || guard === "path-before") return { guard: "path", ...common };
  return { guard, ...common };
}

/** Whether it needs the native client that `zklab setup` builds. */
export function needsNativeClient(strategy: StrategyInfo, options: unknown): boolean {
  return strategy.family === "latch" && latchOptions(strategy, options).client === "stock";
}
