/**
 * run.json: what was run, on what, with which seed. Written before the first server starts and never
 * changed afterwards; all that the audit needs to know about groups, recipes and promises is in it.
 */

import { z } from "zod";
import { promisesSchema } from "../../contenders/contract.ts";
import {
  CLAIM_NAMES,
  FINDING_NAMES,
  FINDINGS,
  STALE_WHILE,
  WARNING_NAMES,
} from "./finding-names.ts";

export const RUN_SCHEMA_VERSION = 1;

/** Recipes of semantics 4: which children count and in what order. */
export const RECIPES = [
  "curator-latch",
  "curator-selector",
  "kazoo-lock",
  "kazoo-write-lock",
  "flink",
  "single",
  "sequential",
] as const;
export type RecipeName = (typeof RECIPES)[number];

/** Below a minimum the verdict is unknown (semantics 12): nothing was tested. */
export const minimumsSchema = z.object({
  /** Attempts decided under a term and settled after that term's end. */
  exposed: z.int().nonnegative().default(0),
  committedWrites: z.int().nonnegative().default(0),
  terms: z.int().nonnegative().default(0),
});

/**
 * A violation that is expected: a finding by name, or any of a claim, or the one of these that was committed
 * while another leads or nobody does (semantics 28).
 */
export const expectedFindingSchema = z.union([
  z.enum(FINDING_NAMES),
  z
    .strictObject({
      claim: z.enum(CLAIM_NAMES),
      finding: z.enum(FINDING_NAMES).optional(),
      while: z.enum(STALE_WHILE).optional(),
    })
    .refine(({ claim, finding }) => finding === undefined || FINDINGS[finding].claim === claim, {
      error: "a finding of that claim (`zklab list claims`)",
      path: ["finding"],
    })
    .refine((one) => one.while === undefined || one.claim === "leader-writes", {
      error: "only of leader-writes",
      path: ["while"],
    }),
]);
export type ExpectedFinding = z.infer<typeof expectedFindingSchema>;

/** What a scenario expects of a group; meeting it is the exit code's question, never the audit's. */
export const expectSchema = z.object({
  verdict: z.enum(["holds", "violated", "unknown"]),
  /** Exactly these violations. */
  findings: z.array(expectedFindingSchema),
});

export const groupInfoSchema = z.object({
  name: z.string(),
  strategy: z.string(),
  /** The program that ran instead of the strategy's own, with its arguments. */
  command: z.array(z.string()).optional(),
  /** The program does not speak the contract: it is judged by the servers' logs alone. */
  blackBox: z.boolean().optional(),
  options: z.record(z.string(), z.unknown()),
  promises: promisesSchema,
  recipe: z.enum(RECIPES),
  /** The recipe's directory; for `single` the leader znode is `<electionPath>/leader`. */
  electionPath: z.string(),
  /** Globs of guarded paths: `*` within one name, `**` any depth. */
  guarded: z.array(z.string()).min(1),
  contenders: z.array(z.string()),
  minimums: minimumsSchema,
  /** At which a leader writes of its own accord; 0: only when it is told to. */
  writesPerSecond: z.number().nonnegative().optional(),
  /** Runs made before this was kept, and bare logs, have none. */
  expect: expectSchema.optional(),
});
export type GroupInfo = z.infer<typeof groupInfoSchema>;

export const runInfoSchema = z.object({
  schema: z.literal(RUN_SCHEMA_VERSION),
  zklab: z.string(),
  scenario: z.object({ name: z.string(), description: z.string(), source: z.string() }),
  seed: z.string(),
  startedAt: z.string(),
  /** CLOCK_MONOTONIC nanoseconds at the run's time 0, decimal. */
  monotonicOrigin: z.string(),
  bootId: z.string(),
  runtime: z.string(),
  host: z.object({
    kernel: z.string(),
    cpus: z.int(),
    memoryBytes: z.number(),
    node: z.string(),
    java: z.string(),
  }),
  zookeeper: z.object({ version: z.string(), source: z.string() }),
  /** The compose project of an ensemble that somebody else started. */
  attached: z.string().optional(),
  tickTimeMs: z.int().positive(),
  sessionTimeoutMs: z.int().positive(),
  /** Within which a group must lead and act, and the ensemble serve, after the last heal; default: five session timeouts. */
  recoveryBudgetMs: z.int().positive().optional(),
  /** How long two running contenders may believe at once; default: one session timeout. */
  beliefOverlapBoundMs: z.int().nonnegative().optional(),
  /** Warnings that are violations in this run: the scenario's word (semantics 27). */
  raise: z.array(z.enum(WARNING_NAMES)).optional(),
  servers: z.array(
    z.object({
      /** Also a folder's name: it must not lead out of the run. */
      name: z.string().regex(/^[A-Za-z0-9][A-Za-z0-9_-]*$/),
      id: z.int(),
      address: z.string(),
      role: z.enum(["participant", "observer"]),
    }),
  ),
  groups: z.array(groupInfoSchema),
});
export type RunInfo = z.infer<typeof runInfoSchema>;
