/**
 * The timeline as values: what is drawn, before anything is drawn. Times are milliseconds since the
 * run's time 0, rounded to microseconds; every span lies within the timeline's own from and to.
 */

import type { WriteView } from "../../audit/types.ts";

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ServerSpan extends Span {
  readonly state: "leader" | "follower" | "observer" | "standalone" | "electing" | "unreachable";
  readonly epoch: number | undefined;
}

/** A fault as one node felt it, between the proof of its effect and the proof of its healing. */
export interface AfflictionSpan extends Span {
  readonly injection: string;
  readonly fault: string;
  /** The process did not run at all: it could not know, and could not act. */
  readonly stops: boolean;
}

export interface ServerLane {
  readonly server: string;
  readonly spans: readonly ServerSpan[];
  readonly afflictions: readonly AfflictionSpan[];
}

/** What a contender acted on, from `elected` to `revoked`, its exit, or the end of the run. */
export interface BeliefSpan extends Span {
  readonly key: string;
  readonly incarnation: string;
  readonly token: string;
  /** Why it ended: the reason given, `exited`, or undefined where the run ended first. */
  readonly ended: string | undefined;
}

/**
 * What was true, from the committed tree. The span is the widest that the brackets allow; between
 * `surelyFromMs` and `surelyToMs` (where the first is the smaller) the term was certainly in force.
 */
export interface TermSpan extends Span {
  readonly key: string;
  readonly term: string;
  readonly incarnation: string | undefined;
  readonly znode: string;
  readonly token: string;
  readonly surelyFromMs: number;
  readonly surelyToMs: number;
  /** What ended it; undefined: in force at the end of the run. */
  readonly endedBy: string | undefined;
  readonly openStart: boolean;
  readonly openEnd: boolean;
}

/** Belief without truth. */
export interface LieSpan extends Span {
  /** The belief's. */
  readonly key: string;
  readonly incarnation: string;
  readonly stopped: boolean;
  /** False within the bracket in which its term ended: it may have led still. */
  readonly sure: boolean;
}

export interface HeldSpan extends Span {
  readonly failpoint: string;
  readonly op: string | undefined;
}

export interface WriteMark {
  readonly key: string;
  readonly atMs: number;
  readonly plusMinusMs: number;
  readonly zxid: string;
  readonly op: string | undefined;
  readonly path: string;
  readonly judgement: WriteView["judgement"];
  /** When its first attempt was invoked; only for writes that are not good. */
  readonly decidedMs: number | undefined;
  /** When each further attempt was invoked, up to the one that was committed; only where not good. */
  readonly againMs: readonly number[];
}

/** An attempt that did not get through: the guard or the client did its work. */
export interface RefusalMark {
  readonly atMs: number;
  readonly op: string;
  readonly by: "server" | "client";
  readonly code: string;
}

export interface ContenderLane {
  /** `<group>/<name>`, or `<group>/other sessions` for what belongs to no known contender. */
  readonly contender: string;
  readonly alive: readonly Span[];
  readonly beliefs: readonly BeliefSpan[];
  readonly terms: readonly TermSpan[];
  readonly lies: readonly LieSpan[];
  readonly afflictions: readonly AfflictionSpan[];
  readonly held: readonly HeldSpan[];
  readonly writes: readonly WriteMark[];
  readonly refusals: readonly RefusalMark[];
}

export interface GroupLanes {
  readonly group: string;
  readonly strategy: string;
  readonly contenders: readonly ContenderLane[];
}

export interface FaultLane {
  readonly injection: string;
  readonly fault: string;
  readonly target: string;
  readonly resolved: readonly string[];
  readonly armedMs: number;
  readonly inForceMs: number | undefined;
  readonly healedMs: number | undefined;
  readonly outcome: "healed" | "ineffective" | "never fired" | "in force at the end";
  readonly proof: string | undefined;
}

/** Where a finding is on the timeline, and what bears witness to it. */
export interface FindingMark {
  readonly id: string;
  readonly atMs: number;
  /** The part of the timeline that shows the whole story. */
  readonly window: Span;
  /** The part of it that decides: from where belief may be wrong to the write. */
  readonly focus: Span;
  /** Where the writer's term ended: the other of the two zxids that decide. */
  readonly lost: Pick<ZxidTick, "atMs" | "zxid"> | undefined;
  /** Keys of the write, of the writer's belief and of the term that was in force. */
  readonly keys: readonly string[];
  readonly writer: string | undefined;
  readonly leader: string | undefined;
}

export interface ZxidTick {
  readonly atMs: number;
  readonly zxid: string;
  readonly bad: boolean;
}

export interface Timeline extends Span {
  readonly openingMs: number | undefined;
  readonly sealingMs: number | undefined;
  /** When the lab began to stop the contenders: terms and beliefs that begin later are not drawn. */
  readonly stoppingMs: number | undefined;
  readonly faults: readonly FaultLane[];
  readonly servers: readonly ServerLane[];
  readonly groups: readonly GroupLanes[];
  readonly findings: readonly FindingMark[];
  readonly zxids: readonly ZxidTick[];
  /** What was left out and why, as sentences. */
  readonly notices: readonly string[];
}

/** How much is drawn; what is beyond is left out with a notice. */
export interface TimelineLimits {
  readonly writesDrawnMax: number;
  /** Of these at most so many that were not good: each is an element with words of its own. */
  readonly badWritesDrawnMax: number;
  /** Beliefs, terms, lies and the like, each kind, shared out evenly over the lanes. */
  readonly barsDrawnMax: number;
  readonly refusalsDrawnMax: number;
  readonly contendersDrawnMax: number;
  readonly faultsDrawnMax: number;
  readonly findingsDrawnMax: number;
  readonly zxidTicksMax: number;
}
export const TIMELINE_LIMITS: TimelineLimits = {
  writesDrawnMax: 6_000,
  badWritesDrawnMax: 1_500,
  barsDrawnMax: 1_000,
  refusalsDrawnMax: 1_000,
  contendersDrawnMax: 60,
  faultsDrawnMax: 100,
  findingsDrawnMax: 200,
  zxidTicksMax: 8,
};
