/**
 * The history: what contenders and the lab said, in one append-only file (history.jsonl) on one clock.
 * It is testimony about belief, ops and faults; what was committed is in the servers' logs alone.
 */

import { z } from "zod";
import { contractLineSchema } from "../../contenders/contract.ts";

export const HISTORY_SCHEMA_VERSION = 1;

/** Nanoseconds of CLOCK_MONOTONIC since the run's time 0 (run.json); may be negative for a kept ensemble. */
const at = z.number().int();
const hexId = z.string().regex(/^0x[0-9a-f]{1,16}$/);
const incarnation = z.string().regex(/^[^#\s]+#[1-9][0-9]*$/, "an incarnation such as naive/c1#1");

/** What a fault's target resolved to, and how its effect was proven. */
export const injectionPhases = [
  "armed",
  "injecting",
  "in-force",
  "healing",
  "healed",
  "ineffective",
] as const;

export const historyEventSchema = z.discriminatedUnion("type", [
  /** A line that a contender printed, as validated; its own `at` is turned into the run's clock. */
  z.object({ type: z.literal("contender"), at, incarnation, line: contractLineSchema }),
  /**
   * The contenders' clock, where it is another than the lab's, read at the run's start and end: theirs
   * less ours, give or take the error. What they say is turned into the lab's clock by the first reading.
   */
  z.object({
    type: z.literal("clock"),
    at,
    aheadNs: z.string().regex(/^-?[0-9]{1,20}$/),
    errorNs: z.int().nonnegative(),
    bootId: z.string(),
  }),
  /** A line that was no contract line: counted, kept raw in contenders/<name>.stdout. */
  z.object({
    type: z.literal("bad-line"),
    at,
    incarnation,
    reason: z.string(),
    sample: z.string().max(200),
  }),
  /** The supervisor's view of a contender's process. */
  z.object({
    type: z.literal("process"),
    at,
    incarnation,
    state: z.enum(["started", "exited"]),
    pid: z.int().optional(),
    code: z.int().nullable().optional(),
    signal: z.string().nullable().optional(),
  }),
  /** A server as the lab observes it. */
  z.object({
    type: z.literal("server"),
    at,
    server: z.string(),
    state: z.enum([
      "started",
      "exited",
      "leader",
      "follower",
      "observer",
      "standalone",
      "unreachable",
    ]),
    epoch: z.int().optional(),
    pid: z.int().optional(),
  }),
  /** One fault, step by step. `armed` is journalled before its trigger can fire. */
  z.object({
    type: z.literal("fault"),
    at,
    injection: z.string(),
    fault: z.string(),
    phase: z.enum(injectionPhases),
    target: z.string(),
    /** incarnations or servers that the target word resolved to. */
    resolved: z.array(z.string()).optional(),
    pids: z.array(z.int()).optional(),
    /** How effect or healing was proven, or why it was not. */
    proof: z.string().optional(),
  }),
  /**
   * The leader's counter is about to be moved: what lies above `from` and up to `to` will never be used
   * (semantics 16, 20). `server` is `earlier` for one made before this run, on a kept ensemble.
   */
  z.object({
    type: z.literal("jump"),
    at,
    server: z.string(),
    epoch: z.int().nonnegative(),
    from: z.int().nonnegative(),
    to: z.int().positive(),
  }),
  /** The lab's own sessions and writes: they bound the run (semantics 22). */
  z.object({ type: z.literal("lab-session"), at, session: hexId }),
  z.object({ type: z.literal("opening"), at, zxid: hexId, path: z.string() }),
  z.object({ type: z.literal("sealing"), at, zxid: hexId, path: z.string() }),
  /** Servers on which the lab saw the sealing write logged before it stopped them. */
  z.object({ type: z.literal("sealed"), at, servers: z.array(z.string()) }),
  /** An acknowledged write of the lab's probe: brackets zxids in time (semantics 31). */
  z.object({ type: z.literal("probe"), at, invokedAt: z.number().int(), zxid: hexId }),
  /** From `begun` to `ended` the scenario declares that nobody has anything to write (semantics 32). */
  z.object({
    type: z.literal("idle"),
    at,
    phase: z.enum(["begun", "ended"]),
    /** Undefined: every group. */
    group: z.string().optional(),
    /** Zxids that a contender may use a minute. */
    perMinute: z.number().nonnegative(),
  }),
  z.object({ type: z.literal("stage"), at, stage: z.string(), detail: z.string().optional() }),
]);
export type HistoryEvent = z.infer<typeof historyEventSchema>;
export type ContenderEvent = Extract<HistoryEvent, { type: "contender" }>;
export type FaultEvent = Extract<HistoryEvent, { type: "fault" }>;

/** One line of history.jsonl with its number (1-based), so that a finding can point at it. */
export interface HistoryLine {
  readonly line: number;
  readonly event: HistoryEvent;
}

/** The event's fields of one contract line type, for readers that want one kind only. */
export { incarnation as incarnationSchema };
