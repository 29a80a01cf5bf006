/**
 * Durations as scenarios write them: `500 ms`, `2 s`, `3 sessions`, `4 ticks`. Relative ones make the
 * same scenario fit quick and slow ensembles.
 */

import { z } from "zod";

const FORM = /^(\d+(?:\.\d+)?) ?(ms|s|min|sessions?|ticks?)$/;

export const durationSchema = z
  .string()
  .regex(FORM, "a duration such as 500 ms, 2 s, 3 sessions or 4 ticks (never negative)");

/** Milliseconds that must not depend on the session timeout, for the settings that define it. */
export const absoluteDurationSchema = z
  .string()
  .regex(/^(\d+(?:\.\d+)?) ?(ms|s|min)$/, "a duration such as 500 ms or 2 s (never negative)");

export interface TimeBase {
  readonly sessionTimeoutMs: number;
  readonly tickTimeMs: number;
}

/** Milliseconds of a duration that the schema has accepted. */
export function toMs(text: string, base: TimeBase): number {
  const [, amount = "0", unit = "ms"] = FORM.exec(text) ?? [];
  return Number(amount) * unitMs(unit, base);
}

function unitMs(unit: string, base: TimeBase): number {
  if (unit.startsWith("session")) return base.sessionTimeoutMs;
  if (unit.startsWith("tick")) return base.tickTimeMs;
  return { ms: 1, s: 1_000, min: 60_000 }[unit] ?? 1;
}
