/**
 * The picture of one finding: the lanes of writer and leader, with words at each turn of the story. It
 * is made from spans alone, so it holds whatever the finding's own telling says.
 */

import type { ContenderLane, FindingMark, Span, Timeline } from "../timeline/types.ts";
import { AXIS, axis, frame, stack } from "./frame.ts";
import { contenderRow } from "./lanes.ts";
import { html, type Markup } from "./markup.ts";
import { longestQuiet, type Scale, scaleOf, seconds } from "./scale.ts";

const MOMENT_HEIGHT = 17;
const NAME_CHARS_MAX = 15;

/** The lanes of writer and leader around one finding. */
export function drawStory(timeline: Timeline, mark: FindingMark): Markup | undefined {
  const contenders = timeline.groups.flatMap((group) => group.contenders);
  const writer = contenders.find((lane) => lane.contender === mark.writer);
  if (writer === undefined) return undefined;
  const leader = contenders.find((lane) => lane.contender === mark.leader);
  const lanes = leader === undefined || leader === writer ? [writer] : [writer, leader];
  const moments = momentsOf(timeline, writer, mark);
  const top = moments.length * MOMENT_HEIGHT + AXIS;
  const quiet = longestQuiet(
    mark.window,
    moments.map(({ atMs }) => atMs),
  );
  const scale = scaleOf(mark.window, quiet);
  const body = stack(
    lanes.map((lane) => contenderRow(lane, nameIn(lane.contender))),
    top + 8,
    scale,
  );
  return frame({
    id: "tale",
    label: "The story as a picture: what the writer believed, who led, and when it was committed.",
    height: body.height,
    names: body.names,
    track: html`${axis(scale, body.height)}${body.track}${leftOut(scale, body.height)}${moments.map((moment, i) => momentLine(moment, i, scale, body.height))}`,
  });
}

/** A long group would run into the words beside it; the finding has named it already. */
function nameIn(contender: string): string {
  return contender.length > NAME_CHARS_MAX
    ? contender.slice(contender.lastIndexOf("/") + 1)
    : contender;
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
  const leads = whoLeads(mark, name);
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

function whoLeads({ leader }: FindingMark, writer: string): string {
  if (leader === undefined) return "nobody leads";
  return leader === writer ? "it leads again later" : `${leader} leads`;
}

function isIn({ fromMs, toMs }: Span, ms: number): boolean {
  return fromMs <= ms && ms <= toMs;
}

/** Says how much of nothing was squeezed. */
function leftOut({ cut, at }: Scale, height: number): Markup | string {
  if (cut === undefined) return "";
  const [from, to] = [at(cut.fromMs), at(cut.toMs)];
  const middle = at((cut.fromMs + cut.toMs) / 2);
  const long = seconds(cut.toMs - cut.fromMs, 1);
  return html`<g class="leftout"><title>${long} in which nothing happens are drawn shorter</title>${[from, to].map((x) => html`<line x1="${x}" x2="${x}" y1="${AXIS - 8}" y2="${height}"/>`)}<text class="tick" x="${middle}" y="${AXIS - 12}" text-anchor="middle">⋯ ${long} ⋯</text></g>`;
}

/** About the share of the width that a character of a moment takes. */
const CHAR_PERCENT = 0.66;

/** Each moment has a line of its own, so that no two labels overlap; it is written where it has room. */
function momentLine(
  { atMs, text, bad }: Moment,
  index: number,
  scale: Scale,
  height: number,
): Markup {
  const y = AXIS + 10 + index * MOMENT_HEIGHT;
  const from = scale.percent(atMs);
  const left = from > 50 || from + text.length * CHAR_PERCENT > 100;
  const kind = bad ? "moment bad" : "moment";
  const anchor = left ? "end" : "start";
  return html`<g class="${kind}"><line x1="${scale.at(atMs)}" x2="${scale.at(atMs)}" y1="${y - 8}" y2="${height}"/><text x="${scale.at(atMs)}" dx="${left ? -6 : 6}" y="${y + 2}" text-anchor="${anchor}">${text}</text></g>`;
}
