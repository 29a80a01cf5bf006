/** Mutations of what happens after the last heal: a minute passes, and nobody leads, acts or serves. */

import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
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
};

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
