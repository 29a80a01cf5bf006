/** Spans of time in ns since the run's time 0, half-open, and what is left of one when others are cut out. */

export interface Span {
  readonly from: number;
  readonly to: number;
}

export function overlapOf(a: Span, b: Span): Span | undefined {
  const from = Math.max(a.from, b.from);
  const to = Math.min(a.to, b.to);
  return from < to ? { from, to } : undefined;
}

/** The parts of the span that lie in none of `cuts`, in order. */
export function without(span: Span, cuts: readonly Span[]): readonly Span[] {
  let rest: readonly Span[] = [span];
  for (const cut of cuts)
    rest = rest.flatMap((part) => {
      if (overlapOf(part, cut) === undefined) return [part];
      const before = { from: part.from, to: Math.max(part.from, cut.from) };
      const after = { from: Math.min(part.to, cut.to), to: part.to };
      return [before, after].filter((each) => each.from < each.to);
    });
  return [...rest].sort((a, b) => a.from - b.from);
}

export function lengthOf(spans: readonly Span[]): number {
  return spans.reduce((sum, span) => sum + span.to - span.from, 0);
}

export function longestOf(spans: readonly Span[]): Span | undefined {
  return [...spans].sort((a, b) => b.to - b.from - (a.to - a.from))[0];
}
