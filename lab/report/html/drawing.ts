/**
 * Draws the timeline as SVG, on the server: once as a whole, and once for the first finding, small and
 * with words at each turn of the story. Names stand in a column of their own, which does not scroll.
 */

import type { ContenderLane, FaultLane, FindingMark, Span, Timeline } from "../timeline/types.ts";
import { contenderRow, faultRow, headingRow, type Row, serverRow } from "./lanes.ts";
import { html, type Markup } from "./markup.ts";
import { type Scale, scaleOf, seconds, timeTicks } from "./scale.ts";

const AXIS = 34;
const FOOT = 24;
const TICKS_AIM = 10;

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

/** The lanes of writer and leader around one finding. */
export function drawStory(timeline: Timeline, mark: FindingMark): Markup | undefined {
  const contenders = timeline.groups.flatMap((group) => group.contenders);
  const writer = contenders.find((lane) => lane.contender === mark.writer);
  if (writer === undefined) return undefined;
  const leader = contenders.find((lane) => lane.contender === mark.leader);
  const lanes = leader === undefined || leader === writer ? [writer] : [writer, leader];
  const moments = momentsOf(timeline, writer, mark);
  const top = moments.length * 17 + AXIS;
  const scale = scaleOf(mark.window);
  const body = stack(
    lanes.map((lane) => contenderRow(lane, lane.contender)),
    top + 8,
    scale,
  );
  return frame({
    id: "tale",
    label: "The story as a picture: what the writer believed, who led, and when it was committed.",
    height: body.height,
    names: body.names,
    track: html`${axis(scale, body.height)}${body.track}${moments.map((moment, i) => momentLine(moment, i, scale, body.height))}`,
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

function stack(
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

function frame(of: {
  id: string;
  label: string;
  height: number;
  names: Markup;
  track: Markup;
}): Markup {
  const { id, label, height, names, track } = of;
  return html`<div class="drawing ${id}"><svg class="names" aria-hidden="true" height="${height}">${names}</svg><div class="scroll" id="${id}-scroll" tabindex="0" role="region" aria-label="${label}"><svg class="track" id="${id}-track" width="100%" height="${height}">${track}</svg></div></div>`;
}

function axis(scale: Scale, height: number): Markup {
  return html`${timeTicks(scale, TICKS_AIM).map((ms) => tick(scale, ms, height, "grid", ""))}`;
}

/** Ticks ten times as many, which the style sheet shows once the script has zoomed in. */
function fineAxis(scale: Scale): Markup {
  const coarse = new Set(timeTicks(scale, TICKS_AIM));
  const fine = timeTicks(scale, TICKS_AIM * 10).filter((ms) => !coarse.has(ms));
  return html`${fine.map((ms) => tick(scale, ms, AXIS, "grid fine", "fine"))}`;
}

function tick(scale: Scale, ms: number, toY: number, lineKind: string, kind: string): Markup {
  const at = scale.at(ms);
  // As many digits as this tick needs: 7.5 s, not 7.500 s.
  const label = `${Number((ms / 1e3).toFixed(4))} s`;
  return html`<line class="${lineKind}" x1="${at}" x2="${at}" y1="${AXIS - 8}" y2="${toY}"/><text class="tick ${kind}" x="${at}" y="${AXIS - 12}" text-anchor="${edgeAnchor(scale, ms)}">${label}</text>`;
}

/** Labels at the edges are written inwards, or the frame would cut them. */
function edgeAnchor(scale: Scale, ms: number): "start" | "middle" | "end" {
  const share = (ms - scale.fromMs) / (scale.toMs - scale.fromMs);
  if (share < 0.03) return "start";
  return share > 0.97 ? "end" : "middle";
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

interface Moment {
  readonly atMs: number;
  readonly text: string;
  readonly bad: boolean;
}

/** The turns of the story, from spans alone: they hold whatever the finding's own telling says. */
function momentsOf(
  timeline: Timeline,
  writer: ContenderLane,
  mark: FindingMark,
): readonly Moment[] {
  const name = writer.contender;
  const write = writer.writes.find(({ key }) => mark.keys.includes(key));
  const moments: Moment[] = [];
  const add = (atMs: number | undefined, text: string, plusMinusMs = 0, bad = false): void => {
    if (atMs === undefined || !isIn(mark.window, atMs)) return;
    const about = plusMinusMs < 1 ? "" : ` ± ${Math.ceil(plusMinusMs)} ms`;
    moments.push({ atMs, text: `${text} (${seconds(atMs)}${about})`, bad });
  };
  const decidedMs = write?.decidedMs;
  const led = writer.terms.some((term) => decidedMs !== undefined && isIn(term, decidedMs));
  add(decidedMs, `${name} ${led ? "leads, and decides" : "decides"} to write`);
  for (const { fromMs, toMs, fault, stops } of writer.afflictions) {
    add(fromMs, stops ? `its process is stopped (${fault})` : `${fault} in force on it`);
    add(toMs, stops ? "its process runs again" : `${fault} healed`);
  }
  // In the middle of its bracket; by surelyToMs, since the bracket may reach beyond the write's.
  const ended = writer.terms.findLast(({ surelyToMs, openEnd }) => {
    return !openEnd && surelyToMs <= mark.atMs;
  });
  const leads = mark.leader === undefined ? "nobody leads" : `${mark.leader} leads`;
  if (ended !== undefined) {
    const halfMs = (ended.toMs - Math.min(ended.toMs, ended.surelyToMs)) / 2;
    add(ended.toMs - halfMs, `${name} no longer leads: ${leads}`, halfMs);
  }
  if (write !== undefined) {
    const text = `✗ its write is committed all the same, ${write.zxid}`;
    add(write.atMs, text, write.plusMinusMs, true);
  }
  return moments.sort((a, b) => a.atMs - b.atMs).filter(({ atMs }) => atMs >= timeline.fromMs);
}

function isIn({ fromMs, toMs }: Span, ms: number): boolean {
  return fromMs <= ms && ms <= toMs;
}

/** Each moment has a line of its own, so that no two labels overlap; late ones are written leftwards. */
function momentLine(
  { atMs, text, bad }: Moment,
  index: number,
  scale: Scale,
  height: number,
): Markup {
  const y = AXIS + 10 + index * 17;
  const left = (atMs - scale.fromMs) / (scale.toMs - scale.fromMs) > 0.55;
  const kind = bad ? "moment bad" : "moment";
  const anchor = left ? "end" : "start";
  return html`<g class="${kind}"><line x1="${scale.at(atMs)}" x2="${scale.at(atMs)}" y1="${y - 8}" y2="${height}"/><text x="${scale.at(atMs)}" dx="${left ? -6 : 6}" y="${y + 2}" text-anchor="${anchor}">${text}</text></g>`;
}
