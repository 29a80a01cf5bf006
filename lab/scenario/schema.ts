/**
 * The scenario language: groups of contenders on one ensemble, steps that aim faults at observed
 * moments, and what each group is expected to show. One schema gives types, validation and the
 * published JSON Schema.
 */

import { z } from "zod";
import { findStrategy, optionProblems, STRATEGIES } from "../../contenders/catalogue.ts";
import { FINDINGS, type FindingName, WARNING_NAMES } from "../evidence/finding-names.ts";
import {
  type ExpectedFinding,
  expectedFindingSchema,
  minimumsSchema,
} from "../evidence/run-info.ts";
import { absoluteDurationSchema, durationSchema } from "./duration.ts";
import { stepSchema } from "./steps.ts";

const CONTENDERS_MAX = 50;
const name = z
  .string()
  .regex(/^[a-z0-9][a-z0-9-]{0,40}$/, "a name of lower-case letters, digits and -");

const STRATEGY_NAMES = STRATEGIES.map((strategy) => strategy.name);

const groupSchema = z
  .strictObject({
    strategy: z
      .string()
      .refine((value) => findStrategy(value) !== undefined, {
        error: `a strategy that zklab has: ${STRATEGY_NAMES.join(", ")}`,
      })
      .meta({ enum: STRATEGY_NAMES }),
    options: z.record(z.string(), z.unknown()).default({}),
    /**
     * A program of your own that speaks the contract, with its arguments, instead of the strategy's
     * own; the strategy still says the recipe and what is promised. Paths are absolute.
     */
    command: z.array(z.string().min(1).max(4_096)).min(1).max(100).optional(),
    /**
     * The program says nothing, or nothing of the contract, on stdout, and hears nothing on stdin: it is
     * stopped by SIGTERM, and judged by the servers' logs alone, each session its own contender.
     */
    blackBox: z.boolean().default(false),
    contenders: z.int().min(1).max(CONTENDERS_MAX).default(3),
    /** Overrides the scenario's; 0: writes only on the step `write`. */
    writesPerSecond: z.number().min(0).max(10_000).optional(),
    /** How the lab makes the election znode; ZooKeeper reaps a container once it is empty. */
    electionParent: z.enum(["persistent", "container"]).default("persistent"),
    minimums: minimumsSchema.partial().strict().default({}),
    expect: z.strictObject({
      verdict: z.enum(["holds", "violated", "unknown"]),
      /** Exactly these violations; none where it is left out. */
      findings: z.array(expectedFindingSchema).default([]),
    }),
  })
  .superRefine((group, context) => {
    if (group.blackBox && group.command === undefined) {
      const message = "only of a program of your own: name its command";
      context.addIssue({ code: "custom", path: ["blackBox"], message });
    }
    const strategy = findStrategy(group.strategy);
    if (strategy === undefined) return;
    for (const message of optionProblems(strategy, group.options)) {
      context.addIssue({ code: "custom", path: ["options"], message });
    }
  });
export type ScenarioGroup = z.infer<typeof groupSchema>;

export const scenarioSchema = z
  .strictObject({
    name,
    description: z.string().min(1),
    servers: z.union([z.literal(1), z.literal(3), z.literal(5)]).default(3),
    tickTime: absoluteDurationSchema.default("500 ms"),
    sessionTimeout: absoluteDurationSchema.default("2 s"),
    /** Java system properties of every server, e.g. znode.container.checkIntervalMs. */
    serverProperties: z
      .record(
        z.string().regex(/^[A-Za-z][A-Za-z0-9._]*$/),
        z.union([z.string(), z.number(), z.boolean()]),
      )
      .default({}),
    writesPerSecond: z.number().min(0).max(10_000).default(20),
    budgets: z
      .strictObject({
        /** After the last heal every group leads and acts within it, and the ensemble serves; default: 5 sessions. */
        recovery: durationSchema.optional(),
        /** How long two running contenders may believe at once; default: 1 session. */
        beliefOverlap: durationSchema.optional(),
      })
      .default({}),
    /** Warnings that are violations in this scenario. */
    raise: z.array(z.enum(WARNING_NAMES)).default([]),
    groups: z.record(name, groupSchema).refine((groups) => Object.keys(groups).length > 0, {
      error: "at least one group",
    }),
    steps: z.array(stepSchema).min(1),
  })
  .superRefine((scenario, context) => {
    scenario.steps.forEach((step, i) => {
      if ("group" in step && scenario.groups[step.group] === undefined) {
        const message = `no such group: ${step.group}; there are ${Object.keys(scenario.groups).join(", ")}`;
        context.addIssue({ code: "custom", path: ["steps", i, "group"], message });
      }
    });
    for (const [group, { expect }] of Object.entries(scenario.groups))
      expect.findings.forEach((expected, i) => {
        const message = whyNeverViolated(expected, scenario.raise);
        const path = ["groups", group, "expect", "findings", i];
        if (message !== undefined) context.addIssue({ code: "custom", path, message });
      });
  });
export type Scenario = z.infer<typeof scenarioSchema>;

/** A finding of a lower grade can be waited for for ever. */
function whyNeverViolated(
  expected: ExpectedFinding,
  raised: readonly FindingName[],
): string | undefined {
  const name = typeof expected === "string" ? expected : expected.finding;
  if (name === undefined || raised.includes(name)) return undefined;
  const { grade } = FINDINGS[name];
  if (grade === "violation") return undefined;
  const instead =
    grade === "warning" ? `raise: [${name}] makes it one` : "it makes a verdict unknown";
  return `${name} is no violation; ${instead}`;
}

export const suiteSchema = z.strictObject({
  name,
  description: z.string().min(1),
  scenarios: z.array(name).min(1),
});
export type Suite = z.infer<typeof suiteSchema>;
