/** Faults as lanes of their own, and as what each node felt of them. */

import type { FaultEvent, HistoryLine } from "../../evidence/history.ts";
import { ms } from "./spans.ts";
import type { AfflictionSpan, FaultLane, Span } from "./types.ts";

/** Faults that stop the whole process (design 6, family `process`): it can neither know nor act. */
const STOPPING_FAULTS: ReadonlySet<string> = new Set(["pause", "freeze", "gc", "jvm-suspend"]);

/** One lane an injection, in the order in which they were armed. */
export function faultLanes(history: readonly HistoryLine[]): readonly FaultLane[] {
  const events = new Map<string, FaultEvent[]>();
  for (const { event } of history) {
    if (event.type !== "fault") continue;
    const known = events.get(event.injection);
    if (known === undefined) events.set(event.injection, [event]);
    else known.push(event);
  }
  return [...events.values()].flatMap((steps) => faultLane(steps) ?? []);
}

function faultLane(steps: readonly FaultEvent[]): FaultLane | undefined {
  const [first] = steps;
  if (first === undefined) return undefined;
  const at = (phase: FaultEvent["phase"]): number | undefined => {
    const step = steps.find((event) => event.phase === phase);
    return step === undefined ? undefined : ms(step.at);
  };
  const inForceMs = at("in-force");
  const healedMs = at("healed");
  return {
    injection: first.injection,
    fault: first.fault,
    target: first.target,
    resolved: steps.findLast(({ resolved }) => resolved !== undefined)?.resolved ?? [],
    armedMs: ms(first.at),
    inForceMs,
    healedMs,
    outcome: outcomeOf(steps, inForceMs, healedMs),
    proof: steps.find(({ phase, proof }) => phase === "in-force" && proof !== undefined)?.proof,
  };
}

function outcomeOf(
  steps: readonly FaultEvent[],
  inForceMs: number | undefined,
  healedMs: number | undefined,
): FaultLane["outcome"] {
  if (steps.some(({ phase }) => phase === "ineffective")) return "ineffective";
  if (inForceMs === undefined) return "never fired";
  return healedMs === undefined ? "in force at the end" : "healed";
}

/**
 * What `node` felt, from the proof of effect to the proof of healing: between command and proof a
 * process may still run, and nothing is claimed about it. Nodes are servers, or incarnations told
 * apart by `isNode`.
 */
export function afflictions(
  faults: readonly FaultLane[],
  isNode: (resolved: string) => boolean,
  bounds: Span,
): readonly AfflictionSpan[] {
  return faults.flatMap(({ injection, fault, resolved, inForceMs, healedMs }) => {
    if (inForceMs === undefined || !resolved.some(isNode)) return [];
    const stops = STOPPING_FAULTS.has(fault);
    return [{ injection, fault, stops, fromMs: inForceMs, toMs: healedMs ?? bounds.toMs }];
  });
}
