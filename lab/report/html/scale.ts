/**
 * Where things stand in a drawing. Positions along time are percentages of the drawing's width, so that
 * the page stretches and zooms without a script having to draw anything again.
 */

import type { Span } from "../timeline/types.ts";

/** Share of the width that one character of a label needs, for a drawing of about 1,000 pixels. */
const LABEL_CHAR_PERCENT = 0.68;

export interface Scale extends Span {
  /** What is squeezed, if anything. */
  readonly cut: Span | undefined;
  /** 0 at the left edge, 100 at the right. */
  readonly percent: (ms: number) => number;
  /** `12.345%`. */
  readonly at: (ms: number) => string;
  /** Undefined where the span is out of sight. Never thinner than what can still be seen. */
  readonly bar: (
    span: Span,
  ) => { readonly x: string; readonly width: string; readonly percent: number } | undefined;
}

const BAR_PERCENT_MIN = 0.08;
/** What a stretch takes that is left out, in percent of the width. */
const CUT_PERCENT = 9;

/**
 * The scale of a window. Within `cut` (some of the window, never all) nothing happens: it is squeezed,
 * so that seconds of waiting do not hide milliseconds of danger. Order is kept.
 */
export function scaleOf({ fromMs, toMs }: Span, cut?: Span): Scale {
  const cutMs = cut === undefined ? 0 : cut.toMs - cut.fromMs;
  const perMs = (100 - (cut === undefined ? 0 : CUT_PERCENT)) / (toMs - fromMs - cutMs);
  const percent = (ms: number): number => {
    if (cut === undefined || ms <= cut.fromMs) return (ms - fromMs) * perMs;
    const before = (cut.fromMs - fromMs) * perMs;
    if (ms < cut.toMs) return before + (CUT_PERCENT * (ms - cut.fromMs)) / cutMs;
    return before + CUT_PERCENT + (ms - cut.toMs) * perMs;
  };
  const text = (share: number): string => `${Math.round(share * 1_000) / 1_000}%`;
  return {
    fromMs,
    toMs,
    cut,
    percent,
    at: (ms) => text(percent(ms)),
    bar: (span) => {
      if (span.toMs < fromMs || span.fromMs > toMs) return undefined;
      const left = Math.max(0, percent(span.fromMs));
      const wide = Math.max(BAR_PERCENT_MIN, Math.min(100, percent(span.toMs)) - left);
      return { x: text(left), width: text(wide), percent: wide };
    },
  };
}

/** A stretch must be this share of the window to be left out; less is seen better whole. */
const CUT_SHARE_MIN = 0.5;

/** The longest stretch between two of the times, less some room at both ends; undefined if short. */
export function longestQuiet(window: Span, timesMs: readonly number[]): Span | undefined {
  const whole = window.toMs - window.fromMs;
  let quiet: Span | undefined;
  for (const [index, fromMs] of timesMs.entries()) {
    const toMs = timesMs[index + 1];
    if (toMs === undefined || toMs - fromMs < whole * CUT_SHARE_MIN) continue;
    const room = (whole - (toMs - fromMs)) / 4;
    // A cut of nearly nothing would cost more than it saves.
    if (toMs - fromMs > 4 * room) quiet = { fromMs: fromMs + room, toMs: toMs - room };
  }
  return quiet;
}

/** The first of the labels that fits into a bar of this width; none may fit. */
export function fitting(labels: readonly string[], percent: number): string | undefined {
  return labels.find((label) => label.length * LABEL_CHAR_PERCENT + 0.8 <= percent);
}

/** Round times in seconds, about `aim` of them, for the axis. */
export function timeTicks({ fromMs, toMs }: Span, aim: number): readonly number[] {
  const rough = Math.max(1e-3, (toMs - fromMs) / aim);
  const power = 10 ** Math.floor(Math.log10(rough));
  const stepMs = ([1, 2, 5, 10].find((factor) => factor * power >= rough) ?? 10) * power;
  const first = Math.ceil(fromMs / stepMs);
  const ticks = Math.max(0, Math.floor(toMs / stepMs) - first + 1);
  return Array.from({ length: ticks }, (_, i) => (first + i) * stepMs);
}

/** `7.056 s`: milliseconds are what the story is told in. */
export function seconds(ms: number, digits = 3): string {
  return `${(ms / 1e3).toFixed(digits)} s`;
}
