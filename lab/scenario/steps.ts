/** The steps of the scenario language, and the conditions that they wait for. */

import { z } from "zod";
import { FAILPOINTS } from "../../contenders/contract.ts";
import { FAULTS, findFault } from "../../faults/catalogue.ts";
import { type FaultOptions, type NodeKind, nodesOf } from "../../faults/fault.ts";
import {
  isEnsembleWord,
  isServerWord,
  isTargetWord,
  SERVER_WORDS,
  TARGET_WORDS,
} from "../../faults/targets.ts";
import { durationSchema } from "./duration.ts";

const target = z.string().refine(isTargetWord, {
  error: `a target: ${TARGET_WORDS.join(", ")} or a contender such as c1`,
});
const faultTarget = z.string().refine((word) => isTargetWord(word) || isServerWord(word), {
  error: `a target: ${TARGET_WORDS.join(", ")}, a contender such as c1, ${SERVER_WORDS.join(", ")} or a server such as zk1`,
});
const serverName = z.string().regex(/^(zk[1-9]|any)$/, "a server such as zk1, or any");

/** Observed, or read from the ensemble; judged for the group that the step runs for. */
const conditionShape = z.strictObject({
  /** any: some contender believes to lead. other: one with a term newer than when the last fault, hold or resignation began. */
  elected: z.enum(["any", "other"]).optional(),
  /** This contender does not believe to lead. */
  revoked: target.optional(),
  /** This contender stands at a failpoint. */
  held: target.optional(),
  /** The op that was held is settled: acknowledged, refused or given up. */
  settled: z.literal("held").optional(),
  /** This many writes of the group are acknowledged, counted from the start of the run. */
  writes: z.int().positive().optional(),
  /** This many more writes of the group are acknowledged than when the step began. */
  moreWrites: z.int().positive().optional(),
  /** This many ops of the group are decided, counted from the start of the run. */
  ops: z.int().positive().optional(),
  /** The group's election znode does not exist (a container that was reaped). */
  gone: z.literal("election").optional(),
  /** A server has this role. */
  role: z
    .strictObject({ server: serverName, is: z.enum(["leader", "follower", "unreachable"]) })
    .optional(),
  /** An epoch newer than when the step began. */
  epoch: z.literal("next").optional(),
  /** This much time, from when the step began: how long a fault is to last. */
  passed: durationSchema.optional(),
  /** A line of a server's log, from now on, that contains this text. */
  log: z.strictObject({ server: serverName, contains: z.string().min(1).max(500) }).optional(),
});
export type Condition = z.infer<typeof conditionShape>;

export const conditionSchema = conditionShape.refine((value) => Object.keys(value).length === 1, {
  error: `exactly one condition: ${Object.keys(conditionShape.shape).join(", ")}`,
});

const FAULT_NAMES = FAULTS.map((fault) => fault.name);
const faultName = z
  .string()
  .refine((value) => findFault(value) !== undefined, {
    error: `a fault that zklab has: ${FAULT_NAMES.join(", ")}`,
  })
  .meta({ enum: FAULT_NAMES });

const run = z.strictObject({
  run: z.union([
    durationSchema,
    z.strictObject({ between: z.tuple([durationSchema, durationSchema]) }),
  ]),
});
/** A time in which the scenario has nothing to write: what contenders write all the same is counted. */
const idle = z.strictObject({
  idle: z.strictObject({ for: durationSchema, perMinute: z.number().nonnegative().default(0) }),
});
const awaiting = z.strictObject({ await: conditionSchema, within: durationSchema });
/** Stands the target at a failpoint at its nth op from now and waits until it says so. */
const hold = z.strictObject({
  hold: z.strictObject({
    target,
    at: z.enum(FAILPOINTS),
    nth: z.int().positive().default(1),
    how: z.enum(["whole", "sender"]),
    within: durationSchema,
  }),
});
const release = z.strictObject({ release: target });
const injectShape = z
  .strictObject({
    fault: faultName,
    target: faultTarget,
    /** The fault's own, e.g. `left` of a rollover. */
    options: z.record(z.string(), z.unknown()).default({}),
    until: conditionSchema,
    limit: durationSchema,
  })
  .superRefine(({ fault: name, target: word, options }, context) => {
    const fault = findFault(name);
    if (fault === undefined) return;
    const kind = kindOf(word);
    if (!nodesOf(fault).includes(kind)) {
      const wanted = nodesOf(fault).map((one) => KIND_WORDS[one]);
      const message = `${name} acts on ${wanted.join(" or ")}, and ${word} is ${KIND_WORDS[kind]}`;
      context.addIssue({ code: "custom", path: ["target"], message });
    }
    const problems = faultOptionProblems(name, options);
    for (const message of problems) {
      context.addIssue({ code: "custom", path: ["options"], message });
    }
    const why = problems.length === 0 ? fault.targetProblem?.(options, kind) : undefined;
    if (why !== undefined) {
      const message = `${word} is a ${kind}, and ${why}`;
      context.addIssue({ code: "custom", path: ["target"], message });
    }
  });
const KIND_WORDS: Readonly<Record<NodeKind, string>> = {
  contender: "a contender",
  server: "a server",
  ensemble: "the ensemble (all-servers)",
};

function kindOf(word: string): NodeKind {
  if (isEnsembleWord(word)) return "ensemble";
  return isServerWord(word) ? "server" : "contender";
}
/** Injects, waits for `until`, and heals; at the limit it heals and the run is cut short. */
const inject = z.strictObject({ inject: injectShape });

/** What is wrong with the options that a scenario gives a fault, as sentences. */
function faultOptionProblems(name: string, options: FaultOptions): readonly string[] {
  const schema = findFault(name)?.options ?? z.strictObject({});
  const { error } = schema.safeParse(options);
  return (error?.issues ?? []).map(({ path, message }) =>
    path.length === 0 ? message : `${path.join(".")}: ${message}`,
  );
}
const resign = z.strictObject({ resign: target });
const write = z.strictObject({ write: target });
/** stop: told to end, and waited for. start: the one stopped last, as a new incarnation. */
const stop = z.strictObject({ stop: target });
const start = z.strictObject({ start: z.literal("stopped") });

const simple = [run, idle, awaiting, hold, release, inject, resign, write, stop, start] as const;
const STEP_WORDS =
  "run, idle, await + within, hold, release, inject, resign, write, stop, start or parallel";

const simpleStep = z.union(simple, { error: `a step: ${STEP_WORDS}` });
/** Lanes of steps side by side; the step ends when all have. */
const parallel = z.strictObject({ parallel: z.array(z.array(simpleStep).min(1)).min(2) });

export const groupStepSchema = z.union([...simple, parallel], { error: `a step: ${STEP_WORDS}` });
export type GroupStep = z.infer<typeof groupStepSchema>;

/** Conditions that no group is asked for. */
const OF_ENSEMBLE = ["role", "epoch", "log", "passed"] as const;

function isOfEnsemble(condition: Condition): boolean {
  return OF_ENSEMBLE.some((word) => condition[word] !== undefined);
}

const ensembleCondition = conditionSchema.refine(isOfEnsemble, {
  error: `outside a group a condition of the ensemble: ${OF_ENSEMBLE.join(", ")}`,
});
/** What a scenario does to the servers, apart from any group. */
const ensembleSteps = [
  run,
  idle,
  z.strictObject({ await: ensembleCondition, within: durationSchema }),
  z.strictObject({
    inject: injectShape
      .refine(({ target: word }) => isServerWord(word), {
        path: ["target"],
        error: `outside a group a server: ${SERVER_WORDS.join(", ")} or one such as zk1`,
      })
      .refine(({ until }) => isOfEnsemble(until), {
        path: ["until"],
        error: `outside a group a condition of the ensemble: ${OF_ENSEMBLE.join(", ")}`,
      }),
  }),
] as const;

/** The same steps for every group, side by side; steps for one group; or one for the ensemble. */
export const stepSchema = z.union(
  [
    z.strictObject({ "each-group": z.array(groupStepSchema).min(1) }),
    z.strictObject({ group: z.string(), steps: z.array(groupStepSchema).min(1) }),
    ...ensembleSteps,
  ],
  {
    error:
      "each-group: a list of steps, group: a name with steps: a list, or for the ensemble run, idle, await + within or inject",
  },
);
export type Step = z.infer<typeof stepSchema>;
