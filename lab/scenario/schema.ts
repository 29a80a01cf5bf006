/**
 * The scenario language: groups of contenders on one ensemble, steps that aim faults at observed
 * moments, and what each group is expected to show. One schema gives types, validation and the
 * published JSON Schema.
 */

import { z } from "zod";
import { findStrategy, STRATEGIES } from "../../contenders/catalogue.ts";
import { FAILPOINTS } from "../../contenders/contract.ts";
import { FAULTS, findFault } from "../../faults/catalogue.ts";
import { isTargetWord, TARGET_WORDS } from "../../faults/targets.ts";
import { minimumsSchema } from "../evidence/run-info.ts";
import { absoluteDurationSchema, durationSchema } from "./duration.ts";

const CONTENDERS_MAX = 50;
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,40}$/, "a name of lower-case letters, digits and -");
const names = (list: readonly { name: string }[]): string =>
  list.map((item) => item.name).join(", ");

const target = z.string().refine(isTargetWord, {
  error: `a target: ${TARGET_WORDS.join(", ")} or a contender such as c1`,
});

/** Seen in the history of the group that the step runs for. */
const condition = z.strictObject({
  /** `any`: some contender believes to lead. `other`: one other than at the step before, with a newer term. */
  elected: z.enum(["any", "other"]).optional(),
  /** This many writes of the group are acknowledged, counted from the start of the run. */
  writes: z.int().positive().optional(),
  /** The op that was held is settled: acknowledged, refused or given up. */
  settled: z.literal("held").optional(),
});

const oneCondition = condition.refine((value) => Object.keys(value).length === 1, {
  error: "exactly one condition: elected, writes or settled",
});

const faultName = z.string().refine((value) => findFault(value) !== undefined, {
  error: `a fault that zklab has: ${names(FAULTS)}`,
});

const groupStep = z.union(
  [
    z.strictObject({ run: durationSchema }),
    z.strictObject({ await: oneCondition, within: durationSchema }),
    /** Stands the target at a failpoint at its next op and waits until it says so. */
    z.strictObject({
      hold: z.strictObject({
        target,
        at: z.enum(FAILPOINTS),
        how: z.enum(["whole", "sender"]),
        within: durationSchema,
      }),
    }),
    z.strictObject({ release: target }),
    /** Injects, waits for `until`, and heals; heals at the limit too. */
    z.strictObject({
      inject: z.strictObject({
        fault: faultName,
        target,
        until: oneCondition,
        limit: durationSchema,
      }),
    }),
    z.strictObject({ resign: target }),
  ],
  { error: "a step: run, await + within, hold, release, inject or resign" },
);
export type GroupStep = z.infer<typeof groupStep>;
export type Condition = z.infer<typeof condition>;

/** The same steps for every group, side by side. */
const step = z.strictObject({ "each-group": z.array(groupStep).min(1) });
export type Step = z.infer<typeof step>;

const groupSchema = z.strictObject({
  strategy: z.string().refine((value) => findStrategy(value) !== undefined, {
    error: `a strategy that zklab has: ${names(STRATEGIES)}`,
  }),
  options: z.record(z.string(), z.unknown()).default({}),
  contenders: z.int().min(1).max(CONTENDERS_MAX).default(3),
  minimums: minimumsSchema.partial().strict().default({}),
  expect: z.strictObject({
    verdict: z.enum(["holds", "violated", "unknown"]),
    /** Exactly these findings, by name; none where it is left out. */
    findings: z.array(z.string()).default([]),
  }),
});
export type ScenarioGroup = z.infer<typeof groupSchema>;

export const scenarioSchema = z.strictObject({
  name,
  description: z.string().min(1),
  servers: z.union([z.literal(1), z.literal(3), z.literal(5)]).default(3),
  tickTime: absoluteDurationSchema.default("500 ms"),
  sessionTimeout: absoluteDurationSchema.default("2 s"),
  writesPerSecond: z.number().min(0).max(10_000).default(20),
  groups: z.record(name, groupSchema).refine((groups) => Object.keys(groups).length > 0, {
    error: "at least one group",
  }),
  steps: z.array(step).min(1),
});
export type Scenario = z.infer<typeof scenarioSchema>;

export const suiteSchema = z.strictObject({
  name,
  description: z.string().min(1),
  scenarios: z.array(name).min(1),
});
export type Suite = z.infer<typeof suiteSchema>;
