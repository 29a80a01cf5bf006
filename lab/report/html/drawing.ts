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
  if (timeline.faults.length > 0)
    rows.push(headingRow("faults", "thin while armed, full while in force"));
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
    track: html`${axis(scale, height - FOOT)}${fineAxis(scale)}${finestAxis(timeline, scale)}${bounds(timeline, scale, height - FOOT)}${body.track}${stopping(timeline, scale, height - FOOT)}${zxids(timeline, scale, height)}${flags(timeline.findings, scale, height - FOOT)}`,
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

/** Round the first finding a hundred times as many again, for who goes there: milliseconds decide it. */
function finestAxis({ findings }: Timeline, scale: Scale): Markup | string {
  const [first] = findings;
  if (first === undefined) return "";
  const near = scaleOf(first.focus);
  const ticks = timeTicks(near, TICKS_AIM).map((ms) =>
    tick(scale, ms, AXIS, "grid finest", "finest"),
  );
  return html`${ticks}`;
}

/** What lies between the opening and the sealing write is the run (semantics 22). */
function bounds({ openingMs, sealingMs }: Timeline, scale: Scale, height: number): Markup {
  const line = (ms: number | undefined, what: string): Markup | string =>
    ms === undefined
      ? ""
      : html`<g class="bound"><title>${what} write at ${seconds(ms)}</title><line x1="${scale.at(ms)}" x2="${scale.at(ms)}" y1="${AXIS - 6}" y2="${height}"/></g>`;
  return html`${line(openingMs, "opening")}${line(sealingMs, "sealing")}`;
}

/** The end of every run looks wild, and nothing is wrong: the contenders are stopped one after another. */
function stopping({ stoppingMs, toMs }: Timeline, scale: Scale, height: number): Markup | string {
  if (stoppingMs === undefined || stoppingMs >= toMs) return "";
  const x = scale.at(stoppingMs);
  const width = `${100 - scale.percent(stoppingMs)}%`;
  const left = scale.percent(stoppingMs) > 80;
  const words = html`<text class="note" x="${x}" dx="${left ? -6 : 6}" y="${AXIS + 2}" text-anchor="${left ? "end" : "start"}">the lab ends the run</text>`;
  return html`<g class="stopping"><title>from ${seconds(stoppingMs)} the lab stops the contenders, walks the servers' trees and seals the run</title><rect x="${x}" width="${width}" y="${AXIS}" height="${height - AXIS}"/>${words}</g>`;
}

function zxids({ zxids: ticks, findings }: Timeline, scale: Scale, height: number): Markup {
  const lost = findings[0]?.lost;
  // Close to the write's own at any other zoom.
  const loss =
    lost === undefined
      ? ""
      : html`<text class="tick zx bad finest" x="${scale.at(lost.atMs)}" y="${height - 8}" text-anchor="middle">lost at ${lost.zxid}</text>`;
  return html`${loss}${ticks.map(({ atMs, zxid, bad }) => html`<line class="grid" x1="${scale.at(atMs)}" x2="${scale.at(atMs)}" y1="${height - FOOT}" y2="${height - FOOT + 5}"/><text class="tick zx${bad ? " bad" : ""}" x="${scale.at(atMs)}" y="${height - 8}" text-anchor="${edgeAnchor(scale, atMs)}">${zxid}</text>`)}`;
}

/** A line through all lanes a finding; it is seen when its finding is the one looked at. */
function flags(findings: readonly FindingMark[], scale: Scale, height: number): Markup {
  return html`${findings.map(({ id, atMs }) => html`<g class="flag" id="at-${id}"><line x1="${scale.at(atMs)}" x2="${scale.at(atMs)}" y1="${AXIS - 6}" y2="${height}"/><text class="note" x="${scale.at(atMs)}" dx="${scale.percent(atMs) > 50 ? -5 : 5}" y="${height - 4}" text-anchor="${scale.percent(atMs) > 50 ? "end" : "start"}">the finding, ${seconds(atMs)}</text></g>`)}`;
}
