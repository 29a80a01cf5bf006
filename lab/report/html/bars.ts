/** The shapes that lanes are made of: bars with a label, marks, and the patterns that stand for colour. */

import type { Span, WriteMark } from "../timeline/types.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { fitting, type Scale } from "./scale.ts";

export interface BarStyle {
  /** CSS classes; our own words only. */
  readonly kind: string;
  readonly y: number;
  readonly height: number;
  /** From the longest to the shortest; the first that fits is drawn. */
  readonly labels?: readonly string[];
  readonly title: string;
  /** What a finding names it by. */
  readonly key?: string;
}

/** A bar clips its own label: an inner svg hides what does not fit. */
export function bar(scale: Scale, span: Span, style: BarStyle): Markup | string {
  const place = scale.bar(span);
  if (place === undefined) return "";
  const { kind, y, height, key } = style;
  const label = fitting(style.labels ?? [], place.percent);
  const keyed = key === undefined ? "" : html` data-k="${key}"`;
  const text =
    label === undefined ? "" : html`<text x="5" y="${height / 2}" dy=".35em">${label}</text>`;
  return html`<svg class="${kind}" x="${place.x}" y="${y}" width="${place.width}" height="${height}"${keyed}><title>${style.title}</title><rect width="100%" height="100%"/>${text}</svg>`;
}

/** Each judgement has a shape of its own, so that it is told without its colour. */
export function writeMark(
  scale: Scale,
  write: WriteMark,
  y: number,
  title: string,
): Markup | string {
  if (write.atMs < scale.fromMs || write.atMs > scale.toMs) return "";
  const at = scale.at(write.atMs);
  return html`<g class="mark ${write.judgement}" data-k="${write.key}"><title>${title}</title><use href="#m-${write.judgement}" x="${at}" y="${y}"/></g>`;
}

export function mark(shape: string, at: string, y: number, title: string): Markup {
  return html`<g class="mark ${shape}"><title>${title}</title><use href="#m-${shape}" x="${at}" y="${y}"/></g>`;
}

/** Drawn once on the page; the drawings refer to them. Shapes are centred on 0,0. */
export const SHAPES: Markup =
  trusted(`<svg class="shapes" aria-hidden="true" width="0" height="0"><defs>
<pattern id="p-lie" width="7" height="7" patternUnits="userSpaceOnUse" patternTransform="rotate(45)"><rect width="7" height="7" class="lie-a"/><rect width="3" height="7" class="lie-b"/></pattern>
<pattern id="p-stopped" width="5" height="5" patternUnits="userSpaceOnUse" patternTransform="rotate(-45)"><rect width="5" height="5" class="halo solid"/><rect width="1.4" height="5" class="stopped-a"/></pattern>
<g id="m-stale"><rect x="-8" y="-8" width="16" height="16" class="halo"/><path d="M-5-5L5 5M5-5L-5 5" class="stroke thick"/></g>
<g id="m-leaderless"><path d="M0-6L6 5H-6Z" class="stroke hollow"/></g>
<g id="m-foreign"><rect x="-5" y="-5" width="10" height="10" class="stroke hollow"/></g>
<g id="m-unknown"><circle r="6" class="stroke hollow"/><text y="4" text-anchor="middle">?</text></g>
<g id="m-good"><path d="M0-5V5" class="stroke"/></g>
<g id="m-fenced"><path d="M-5-6H5V1C5 4 2 6 0 7C-2 6-5 4-5 1Z" class="stroke hollow"/><path d="M-2.5 0L-.5 2L3-2" class="stroke"/></g>
<g id="m-refused"><circle r="6" class="stroke hollow"/><path d="M-4 4L4-4" class="stroke"/></g>
<g id="m-decided"><circle r="3.5" class="stroke hollow"/></g>
</defs></svg>`);
