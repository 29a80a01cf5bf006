/** Draws the whole timeline as SVG, on the server: faults, servers, then each group's contenders. */

import type { ContenderLane, FaultLane, FindingMark, Timeline } from "../timeline/types.ts";
import { AXIS, axis, edgeAnchor, frame, stack, TICKS_AIM, tick } from "./frame.ts";
import { contenderRow, faultRow, headingRow, type Row, serverRow } from "./lanes.ts";
import { html, type Markup } from "./markup.ts";
import { type Scale, scaleOf, seconds, timeTicks } from "./scale.ts";

const FOOT = 24;

/** The whole timeline: faults, servers, then each group with its contenders. */
export function drawTimeline(timeline: Timeline, groupNotes: ReadonlyMap<string, string>): Markup {
  const rows: Row[] = [];
  if (timeline.faults.length > 0) rows.push(headingRow("faults", "in force where solid"));
  rows.push(...faultRows(timeline.faults));
  rows.push(headingRow("servers", "as the lab observed them"), ...timeline.servers.map(serverRow));
  for (const { group, contenders } of timeline.groups) {
    rows.push(headingRow(group, groupNotes.get(group) ?? ""));
    rows.push(...contenders.map((lane) => contenderRow(lane, shortName(lane, group))));
  }
  const scale = scaleOf(timeline);
  const body = stack(rows, AXIS, scale);
  const height = body.height + FOOT;
  return frame({
    id: "timeline",
    label: "Timeline of the run. The same facts stand in the tables and findings.",
    height,
    names: html`<text class="row" x="0" y="22">seconds</text>${body.names}<text class="row" x="0" y="${height - 8}">zxid</text>`,
    track: html`${axis(scale, height - FOOT)}${fineAxis(scale)}${bounds(timeline, scale, height - FOOT)}${body.track}${zxids(timeline, scale, height)}${flags(timeline.findings, scale, height - FOOT)}`,
  });
}

function shortName({ contender }: ContenderLane, group: string): string {
  return contender.startsWith(`${group}/`) ? contender.slice(group.length + 1) : contender;
}

function faultRows(faults: readonly FaultLane[]): readonly Row[] {
  const kinds = new Map<string, FaultLane[]>();
  for (const fault of faults) {
    const kind = JSON.stringify([fault.fault, fault.target]);
    kinds.set(kind, [...(kinds.get(kind) ?? []), fault]);
  }
  return [...kinds.values()].map(faultRow);
}

/** Ticks ten times as many, which the style sheet shows once the script has zoomed in. */
function fineAxis(scale: Scale): Markup {
  const coarse = new Set(timeTicks(scale, TICKS_AIM));
  const fine = timeTicks(scale, TICKS_AIM * 10).filter((ms) => !coarse.has(ms));
  return html`${fine.map((ms) => tick(scale, ms, AXIS, "grid fine", "fine"))}`;
}

/** What lies between the opening and the sealing write is the run (semantics 22). */
function bounds({ openingMs, sealingMs }: Timeline, scale: Scale, height: number): Markup {
  const line = (ms: number | undefined, what: string): Markup | string =>
    ms === undefined
      ? ""
      : html`<g class="bound"><title>${what} write at ${seconds(ms)}</title><line x1="${scale.at(ms)}" x2="${scale.at(ms)}" y1="${AXIS - 6}" y2="${height}"/></g>`;
  return html`${line(openingMs, "opening")}${line(sealingMs, "sealing")}`;
}

function zxids({ zxids: ticks }: Timeline, scale: Scale, height: number): Markup {
  return html`${ticks.map(({ atMs, zxid }) => html`<line class="grid" x1="${scale.at(atMs)}" x2="${scale.at(atMs)}" y1="${height - FOOT}" y2="${height - FOOT + 5}"/><text class="tick zx" x="${scale.at(atMs)}" y="${height - 8}" text-anchor="${edgeAnchor(scale, atMs)}">${zxid}</text>`)}`;
}

/** A line through all lanes a finding; it is seen when its finding is the one looked at. */
function flags(findings: readonly FindingMark[], scale: Scale, height: number): Markup {
  return html`${findings.map(({ id, atMs }) => html`<g class="flag" id="at-${id}"><line x1="${scale.at(atMs)}" x2="${scale.at(atMs)}" y1="${AXIS - 6}" y2="${height}"/></g>`)}`;
}
