/**
 * What both drawings share: rows stacked under an axis, names in a column of their own that does not
 * scroll, and the ticks.
 */

import type { Span } from "../timeline/types.ts";
import type { Row } from "./lanes.ts";
import { html, type Markup } from "./markup.ts";
import { type Scale, timeTicks } from "./scale.ts";

/** Height of the axis above the first row, in pixels. */
export const AXIS = 34;
export const TICKS_AIM = 10;

export function stack(
  rows: readonly Row[],
  top: number,
  scale: Scale,
): { height: number; names: Markup; track: Markup } {
  let y = top;
  const placed = rows.map((row) => {
    const at = y;
    y += row.height;
    return { name: row.name(at), track: row.track(at, scale) };
  });
  return {
    height: y,
    names: html`${placed.map(({ name }) => name)}`,
    track: html`${placed.map(({ track }) => track)}`,
  };
}

export function frame(of: {
  id: string;
  label: string;
  height: number;
  names: Markup;
  track: Markup;
}): Markup {
  const { id, label, height, names, track } = of;
  return html`<div class="drawing ${id}"><svg class="names" aria-hidden="true" height="${height}">${names}</svg><div class="scroll" id="${id}-scroll" tabindex="0" role="region" aria-label="${label}"><svg class="track" id="${id}-track" width="100%" height="${height}">${track}</svg></div></div>`;
}

export function axis(scale: Scale, height: number): Markup {
  const { fromMs, toMs, cut } = scale;
  const cutMs = cut === undefined ? 0 : cut.toMs - cut.fromMs;
  // As dense as the window is without what is squeezed, and none within it.
  const aim = (TICKS_AIM * (toMs - fromMs)) / (toMs - fromMs - cutMs);
  const ticks = timeTicks(scale, aim).filter((ms) => cut === undefined || !isWithin(cut, ms));
  return html`${ticks.map((ms) => tick(scale, ms, height, "grid", ""))}`;
}

function isWithin({ fromMs, toMs }: Span, ms: number): boolean {
  return fromMs < ms && ms < toMs;
}

export function tick(
  scale: Scale,
  ms: number,
  toY: number,
  lineKind: string,
  kind: string,
): Markup {
  const at = scale.at(ms);
  // As many digits as this tick needs: 7.5 s, not 7.500 s.
  const label = `${Number((ms / 1e3).toFixed(4))} s`;
  return html`<line class="${lineKind}" x1="${at}" x2="${at}" y1="${AXIS - 8}" y2="${toY}"/><text class="tick ${kind}" x="${at}" y="${AXIS - 12}" text-anchor="${edgeAnchor(scale, ms)}">${label}</text>`;
}

/** Labels at the edges are written inwards, or the frame would cut them. */
export function edgeAnchor(scale: Scale, ms: number): "start" | "middle" | "end" {
  const share = scale.percent(ms) / 100;
  if (share < 0.03) return "start";
  return share > 0.97 ? "end" : "middle";
}
