/** Arithmetic on spans of time, and the one place where nanoseconds become milliseconds. */

import type { Span } from "./types.ts";

/** Milliseconds to the microsecond: finer than any bracket, and short when printed. */
export function ms(nanos: number): number {
  return Math.round(nanos / 1e3) / 1e3;
}

/** The parts of `span` that no span of `minus` covers, in order. */
export function subtract(span: Span, minus: readonly Span[]): readonly Span[] {
  const left: Span[] = [];
  let fromMs = span.fromMs;
  for (const hole of [...minus].sort((a, b) => a.fromMs - b.fromMs)) {
    if (hole.toMs <= fromMs || hole.fromMs >= span.toMs) continue;
    if (hole.fromMs > fromMs) left.push({ fromMs, toMs: hole.fromMs });
    fromMs = hole.toMs;
  }
  if (fromMs < span.toMs) left.push({ fromMs, toMs: span.toMs });
  return left;
}

/** The part of `span` within `bounds`; undefined where they do not meet. */
export function within(span: Span, bounds: Span): Span | undefined {
  const fromMs = Math.max(span.fromMs, bounds.fromMs);
  const toMs = Math.min(span.toMs, bounds.toMs);
  return fromMs < toMs ? { fromMs, toMs } : undefined;
}

/** At most `max` of the elements, evenly spread, first and last among them where there is room. */
export function spread<T>(elements: readonly T[], max: number): readonly T[] {
  if (elements.length <= max) return elements;
  if (max <= 1) return elements.slice(0, max);
  const step = (elements.length - 1) / (max - 1);
  return Array.from({ length: max }, (_, i) => elements[Math.round(i * step)]).filter(
    (element) => element !== undefined,
  );
}
