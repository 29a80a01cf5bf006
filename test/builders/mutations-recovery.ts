/**
 * Mutations of what happens after the last heal: a minute passes, and nobody leads, acts or serves, or the
 * next in line leads and does not know it.
 */

import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
import type { ContenderEvent } from "./evidence-edits.ts";
import { oneOf } from "./evidence-edits.ts";
import type { Mutation } from "./mutation.ts";

const MINUTE_NS = 60e9;

export const RECOVERY_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "a minute after the last heal in which the leader does nothing": (evidence) => {
    const stop = indexOf(evidence, ({ type }) => type === "stage");
    // Its probes go on: the ensemble serves.
    const idle = healedBefore(evidence, stop, ({ type }) => type !== "probe");
    return { evidence: idle, violations: ["leader-idle"] };
  },
  "a minute after the last heal in which nobody leads": (evidence) => {
    const stop = indexOf(evidence, ({ type }) => type === "stage");
    const untold = { ...evidence, history: evidence.history.filter((_, i) => i !== stop) };
    const last = indexOf(untold, ({ type }) => type === "probe");
    const alone = healedBefore(untold, last, ({ type }) => type !== "probe");
    return { evidence: alone, violations: ["leaderless"] };
  },
  "a minute after the last heal in which nothing is acknowledged": (evidence) => {
    const stop = indexOf(evidence, ({ type }) => type === "stage");
    return { evidence: healedBefore(evidence, stop, () => true), violations: ["no-quorum"] };
  },
  "a minute in which the next in line leads and never learns of it": (evidence, pick) => {
    const left = oneOf(successions(evidence), pick);
    return left && { evidence: forAMinute(evidence, left), violations: ["orphan-term"] };
  },
};

interface Succession {
  /** The leader that goes first when all are told to stop. */
  readonly incarnation: string;
  /** Where the history says that its last write was acknowledged. */
  readonly acted: number;
  /** The second probe behind its end: the next in line is still in front. */
  readonly probe: number;
}

/** Elections with a queue: where the leader goes, somebody else's znode is first at once. */
function successions(evidence: Evidence): readonly Succession[] {
  const { history, run } = evidence;
  const queues = new Set(
    run.groups.flatMap(({ name, recipe }) => (recipe === "single" ? [] : [name])),
  );
  return history.flatMap(({ event }, i) => {
    if (!isStop(event) || !queues.has(groupOf(event))) return [];
    const probe = i + 2;
    const acted = history.findLastIndex(
      (each) =>
        each.event.type === "contender" &&
        each.event.incarnation === event.incarnation &&
        each.event.line.type === "op" &&
        each.event.line.phase === "ok",
    );
    const isProbed = [1, 2].every((n) => history[i + n]?.event.type === "probe");
    return isProbed && acted >= 0 ? [{ incarnation: event.incarnation, acted, probe }] : [];
  });
}

function isStop(event: HistoryEvent): event is ContenderEvent {
  return (
    event.type === "contender" &&
    event.line.type === "belief" &&
    event.line.state === "revoked" &&
    event.line.reason === "stop"
  );
}

function groupOf({ incarnation }: ContenderEvent): string {
  return incarnation.slice(0, incarnation.lastIndexOf("/"));
}

/**
 * A fault on the leader is healed just before its last write is acknowledged: the group has recovered. It
 * goes, and a minute passes before the second probe and before the lab stops anybody else.
 */
function forAMinute(evidence: Evidence, { incarnation, acted, probe }: Succession): Evidence {
  const events = evidence.history.map(({ event }, i) => (i < probe ? event : late(event)));
  const at = (events[acted]?.at ?? 0) - 1;
  const fault = { type: "fault", at, injection: "f999", fault: "isolate", target: "c1" } as const;
  const phases = ["armed", "in-force", "healed"] as const;
  const healed = phases.map(
    (phase): HistoryEvent => ({ ...fault, phase, resolved: [incarnation] }),
  );
  const stop = { type: "stage", stage: "stop", at: events[probe]?.at ?? at } as const;
  const told = [
    ...events.slice(0, acted),
    ...healed,
    ...events.slice(acted, probe + 1).filter(({ type }) => type !== "stage"),
    stop,
    ...events.slice(probe + 1),
  ];
  return { ...evidence, history: told.map((event, i) => ({ line: i + 1, event })) };
}

function indexOf(evidence: Evidence, is: (event: HistoryEvent) => boolean): number {
  return evidence.history.findLastIndex(({ event }) => is(event));
}

/** A fault on a server is healed just before that event; what `isLate` from there on comes a minute later. */
function healedBefore(
  evidence: Evidence,
  index: number,
  isLate: (event: HistoryEvent) => boolean,
): Evidence {
  const before = evidence.history.slice(0, index).map(({ event }) => event);
  const after = evidence.history
    .slice(index)
    .map(({ event }) => (isLate(event) ? late(event) : event));
  const at = before.reduce((latest, event) => Math.max(latest, event.at), 0);
  const fault = { type: "fault", at, injection: "f999", fault: "isolate", target: "zk1" } as const;
  const phases = ["armed", "in-force", "healed"] as const;
  const healed = phases.map((phase): HistoryEvent => ({ ...fault, phase, resolved: ["zk1"] }));
  const events = [...before, ...healed, ...after];
  return { ...evidence, history: events.map((event, i) => ({ line: i + 1, event })) };
}

function late(event: HistoryEvent): HistoryEvent {
  const moved = { ...event, at: event.at + MINUTE_NS };
  return moved.type === "probe" ? { ...moved, invokedAt: moved.invokedAt + MINUTE_NS } : moved;
}
