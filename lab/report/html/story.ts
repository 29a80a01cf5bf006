/**
 * The picture of one finding: the lanes of writer and leader, with words at each turn of the story. It
 * is made from spans alone, so it holds whatever the finding's own telling says.
 */

import type { ContenderLane, FindingMark, Span, Timeline, WriteMark } from "../timeline/types.ts";
import { AXIS, axis, frame, stack } from "./frame.ts";
import { contenderRow } from "./lanes.ts";
import { kindsIn, legend } from "./legend.ts";
import { html, type Markup } from "./markup.ts";
import { longestQuiet, type Scale, scaleOf, seconds } from "./scale.ts";

const MOMENT_HEIGHT = 17;
const NAME_CHARS_MAX = 15;

/** The lanes of writer and leader around one finding; `numbered` where the moments are the story's steps. */
export function drawStory(
  timeline: Timeline,
  mark: FindingMark,
  numbered: "by the story" | "not" = "not",
): Markup | undefined {
  const contenders = timeline.groups.flatMap((group) => group.contenders);
  const writer = contenders.find((lane) => lane.contender === mark.writer);
  const isBad = writer?.writes.some((write) => isOf(mark, write)) ?? false;
  // A finding about good writes, or none, has another story than that of a stale one.
  if (writer === undefined || !isBad) return undefined;
  const leader = contenders.find((lane) => lane.contender === mark.leader);
  const lanes = leader === undefined || leader === writer ? [writer] : [writer, leader];
  const moments = momentsOf(timeline, writer, mark);
  const top = moments.length * MOMENT_HEIGHT + AXIS;
  const scale = closeUp(mark.window, moments);
  const body = stack(
    lanes.map((lane) => contenderRow(lane, nameIn(lane.contender))),
    top + 8,
    scale,
  );
  const shown = moments.map((moment) => ({
    ...moment,
    glyph: numbered === "not" ? "" : STEP_GLYPHS[moment.step],
  }));
  const drawing = frame({
    id: "tale",
    label: "The story as a picture: what the writer believed, who led, and when it was committed.",
    height: body.height,
    names: body.names,
    track: html`${axis(scale, body.height)}${shown.map((moment) => momentThread(moment, scale, { fromY: top, toY: body.height }))}${body.track}${leftOut(scale, top, body.height)}${shown.map((moment, i) => momentLine(moment, i, scale, top))}`,
  });
  return html`${drawing}${legend(kindsOf(lanes, scale))}`;
}

const STEP_GLYPHS = ["", "①", "②", "③", "④", "⑤"] as const;

/** Room left and right of what happens, as a share of it, and at least so much. */
const ROOM = 0.2;
const ROOM_MS_MIN = 15;

/**
 * The window of the picture: what happens and a little room, with the long wait squeezed, so that a tenth
 * of a second that decides is not hidden by two seconds of a pause.
 */
function closeUp(window: Span, moments: readonly Moment[]): Scale {
  const times = moments.flatMap(({ atMs, fromMs }) => [fromMs ?? atMs, atMs]).sort((a, b) => a - b);
  const [first, last] = [times[0], times.at(-1)];
  if (first === undefined || last === undefined || first === last) return scaleOf(window);
  const gap = Math.max(...times.map((ms, i) => ms - (times[i - 1] ?? ms)));
  const waits = gap > (last - first) / 2 ? gap : 0;
  const roomMs = Math.max(ROOM_MS_MIN, (last - first - waits) * ROOM);
  const span = {
    fromMs: Math.max(window.fromMs, first - roomMs),
    toMs: Math.min(window.toMs, last + roomMs),
  };
  return scaleOf(span, longestQuiet(span, times));
}

/** A long group would run into the words beside it; the finding has named it already. */
function nameIn(contender: string): string {
  return contender.length > NAME_CHARS_MAX
    ? contender.slice(contender.lastIndexOf("/") + 1)
    : contender;
}

interface Moment {
  readonly atMs: number;
  /** Where it is only known to lie between this and `atMs`. */
  readonly fromMs?: number;
  readonly text: string;
  readonly bad: boolean;
  /** The step of a stale write's story that it belongs to; 0: what came after it. */
  readonly step: 0 | 2 | 3 | 4 | 5;
}

/** The turns of the story, from spans alone: they hold whatever the finding's own telling says. */
function momentsOf(
  timeline: Timeline,
  writer: ContenderLane,
  mark: FindingMark,
): readonly Moment[] {
  const name = writer.contender;
  const write = writer.writes.find((one) => isOf(mark, one));
  const moments: Moment[] = [];
  const add = (
    at: { readonly atMs: number | undefined; readonly fromMs?: number; readonly about?: string },
    step: Moment["step"],
    text: string,
  ): void => {
    const { atMs, fromMs, about } = at;
    if (atMs === undefined || !isIn(mark.window, atMs)) return;
    const when = about ?? seconds(atMs);
    const from = fromMs === undefined ? {} : { fromMs: Math.max(mark.window.fromMs, fromMs) };
    moments.push({ atMs, ...from, text: `${text} (${when})`, bad: step === 5, step });
  };
  const decidedMs = write?.decidedMs;
  const led = writer.terms.some((term) => decidedMs !== undefined && isIn(term, decidedMs));
  add({ atMs: decidedMs }, 2, `${name} ${led ? "leads, and decides" : "decides"} to write`);
  for (const { fromMs, toMs, fault, stops } of writer.afflictions) {
    add({ atMs: fromMs }, 2, stops ? `its process is stopped (${fault})` : `${fault} strikes it`);
    add({ atMs: toMs }, 4, stops ? "its process runs again" : `${fault} healed`);
  }
  addLoss(add, writer, mark);
  const belief = writer.beliefs.find(({ key }) => mark.keys.includes(key));
  if (belief?.ended !== undefined && belief.ended !== "exited")
    add(
      { atMs: belief.toMs },
      belief.toMs > mark.atMs ? 0 : 4,
      `it gives leadership up (${belief.ended})`,
    );
  for (const atMs of write?.againMs ?? []) add({ atMs }, 4, "it sends the old write again");
  if (write !== undefined) {
    const { atMs, plusMinusMs, zxid } = write;
    const about = `${seconds(atMs)}${plusMinusMs < 1 ? "" : ` ± ${Math.ceil(plusMinusMs)} ms`}`;
    add({ atMs, about }, 5, `✗ its write is committed all the same, ${zxid}`);
  }
  return moments
    .sort((a, b) => a.atMs - b.atMs || a.step - b.step)
    .filter(({ atMs }) => atMs >= timeline.fromMs);
}

/** At the end of its bracket: by then it was lost for certain, and whoever leads now may have learned so. */
function addLoss(
  add: (at: { atMs: number; fromMs: number; about: string }, step: 3, text: string) => void,
  writer: ContenderLane,
  mark: FindingMark,
): void {
  const ended = writer.terms.findLast(({ surelyToMs, openEnd }) => {
    return !openEnd && surelyToMs <= mark.atMs;
  });
  if (ended === undefined) return;
  const { toMs: atMs, surelyToMs } = ended;
  const fromMs = Math.min(atMs, surelyToMs);
  const [from, to] = [seconds(fromMs), seconds(atMs)];
  const about = from === to ? to : `between ${from} and ${to}`;
  const text = `${writer.contender} no longer leads: ${whoLeads(mark, writer.contender)}`;
  add({ atMs, fromMs, about }, 3, text);
}

function isOf({ keys }: FindingMark, { key, judgement }: WriteMark): boolean {
  return judgement !== "good" && keys.includes(key);
}

function whoLeads({ leader }: FindingMark, writer: string): string {
  if (leader === undefined) return "nobody leads";
  return leader === writer ? "it leads again later" : `${leader} leads`;
}

function isIn({ fromMs, toMs }: Span, ms: number): boolean {
  return fromMs <= ms && ms <= toMs;
}

/** A gap that no bar runs through, and how much of nothing it stands for. */
function leftOut({ cut, at, percent }: Scale, top: number, height: number): Markup | string {
  if (cut === undefined) return "";
  const [from, to, middle] = [cut.fromMs, cut.toMs, (cut.fromMs + cut.toMs) / 2];
  const y = (top + height) / 2;
  const width = `${percent(to) - percent(from)}%`;
  const long = seconds(to - from, 1);
  const edges = [from, to].map(
    (ms) => html`<line x1="${at(ms)}" x2="${at(ms)}" y1="${top}" y2="${height}"/>`,
  );
  return html`<g class="leftout"><title>${long} in which nothing happens are left out</title><rect x="${at(from)}" width="${width}" y="${top}" height="${height - top}"/>${edges}<text class="tick" x="${at(middle)}" y="${y - 3}" text-anchor="middle">${long}</text><text class="tick" x="${at(middle)}" y="${y + 11}" text-anchor="middle">left out</text></g>`;
}

/** About the share of the width that a character of a moment takes. */
const CHAR_PERCENT = 0.7;

/** Each moment has a line of its own, so that no two labels overlap; it is written where it has room. */
function momentLine(
  { atMs, text, bad, glyph }: Moment & { readonly glyph: string },
  index: number,
  scale: Scale,
  toY: number,
): Markup {
  const y = AXIS + 10 + index * MOMENT_HEIGHT;
  const from = scale.percent(atMs);
  const left = from > 50 || from + text.length * CHAR_PERCENT > 100;
  const kind = bad ? "moment bad" : "moment";
  // On a narrow screen the number alone is shown: its step stands above in words.
  const words = glyph === "" ? text : html`${glyph}<tspan class="words"> ${text}</tspan>`;
  const anchor = left ? "end" : "start";
  return html`<g class="${kind}"><line x1="${scale.at(atMs)}" x2="${scale.at(atMs)}" y1="${y - 8}" y2="${toY}"/><text x="${scale.at(atMs)}" dx="${left ? -6 : 6}" y="${y + 2}" text-anchor="${anchor}">${words}</text></g>`;
}

/** Goes on beneath the bars, so that it strikes through nobody's words. */
function momentThread(
  { atMs, bad }: Moment,
  scale: Scale,
  { fromY, toY }: { readonly fromY: number; readonly toY: number },
): Markup {
  const x = scale.at(atMs);
  return html`<g class="${bad ? "moment bad" : "moment"}"><line x1="${x}" x2="${x}" y1="${fromY}" y2="${toY}"/></g>`;
}

/** What the legend has to explain: what these lanes show within this window. */
function kindsOf(lanes: readonly ContenderLane[], scale: Scale): ReadonlySet<string> {
  return kindsIn(
    lanes.map((lane) => ({ ...lane, alive: [] })),
    scale,
  );
}
