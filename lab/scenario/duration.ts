/**
 * Durations as scenarios write them: `500 ms`, `2 s`, `3 sessions`, `4 ticks`. Relative ones make the
 * same scenario fit quick and slow ensembles.
 */

import { z } from "zod";

const FORM = /^(\d+(?:\.\d+)?) ?(ms|s|min|sessions?|ticks?)$/;

/** Node's timers count to 2^31 ms: a longer one would fire at once. */
const HOURS_MAX = 24;
const DURATION_MS_MAX = HOURS_MAX * 3_600_000;
const SETTING_MS_MAX = 600_000;
/** Times the longest session timeout this stays below Node's limit too. */
const RELATIVE_MAX = 1_000;

export const durationSchema = z
  .string()
  .regex(FORM, "a duration such as 500 ms, 2 s, 3 sessions or 4 ticks (never negative)")
  .refine(
    (text) =>
      toMs(text, { sessionTimeoutMs: 0, tickTimeMs: 0 }) <= DURATION_MS_MAX &&
      toMs(text, { sessionTimeoutMs: 1, tickTimeMs: 1 }) <= relativeMax(text),
    { error: `at most ${HOURS_MAX} hours, or ${RELATIVE_MAX} sessions or ticks` },
  );

function relativeMax(text: string): number {
  return /session|tick/.test(text) ? RELATIVE_MAX : DURATION_MS_MAX;
}

/** Milliseconds that must not depend on the session timeout, for the settings that define it. */
export const absoluteDurationSchema = z
  .string()
  .regex(/^(\d+(?:\.\d+)?) ?(ms|s|min)$/, "a duration such as 500 ms or 2 s (never negative)")
  .refine(
    (text) => {
      const ms = toMs(text, { sessionTimeoutMs: 0, tickTimeMs: 0 });
      return Number.isInteger(ms) && ms >= 1 && ms <= SETTING_MS_MAX;
    },
    { error: "whole milliseconds, from 1 ms to 10 min" },
  );

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
