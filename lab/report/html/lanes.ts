/** Rows of the drawing: faults, servers, contenders. Each knows its height and draws itself at a y. */

import type {
  ContenderLane,
  FaultLane,
  ServerLane,
  TermSpan,
  WriteMark,
} from "../timeline/types.ts";
import { plain } from "../untrusted.ts";
import { JUDGEMENT_WORDS } from "../words.ts";
import { bar, mark, writeMark } from "./bars.ts";
import { html, type Markup, trusted } from "./markup.ts";
import { type Scale, seconds } from "./scale.ts";

export interface Row {
  readonly height: number;
  /** What stands in the column of names, and on the track. */
  readonly name: (y: number) => Markup;
  readonly track: (y: number, scale: Scale) => Markup;
}

const BAR = 17;
const WRITES = 18;
const LANE_GAP = 14;
const THIN = 22;
/** A znode's path may be 4,096 characters; there may be thousands of titles. */
const TITLE_PATH_CHARS_MAX = 120;

export function headingRow(text: string, note: string): Row {
  return {
    height: 28,
    name: (y) => html`<text class="heading" x="0" y="${y + 19}">${text}</text>`,
    track: (y) =>
      html`<line class="rule" x1="0" x2="100%" y1="${y + 4}" y2="${y + 4}"/><text class="note" x="0" y="${y + 19}">${note}</text>`,
  };
}

/** Faults of one kind on one target share a row. */
export function faultRow(faults: readonly FaultLane[]): Row {
  const [first] = faults;
  const name = `${first?.fault ?? ""} ${first?.target ?? ""}`;
  return {
    height: THIN,
    name: (y) => html`<text x="10" y="${y + 13}">${name}</text>`,
    track: (y, scale) => html`${faults.map((fault) => faultBar(fault, y, scale))}`,
  };
}

function faultBar(fault: FaultLane, y: number, scale: Scale): Markup | string {
  const { inForceMs, healedMs, armedMs, outcome, resolved, proof = "no proof recorded" } = fault;
  const who = resolved.join(", ");
  const title = `${fault.fault} (${fault.injection}) on ${who || fault.target}: ${outcome}`;
  if (inForceMs === undefined) {
    const span = { fromMs: armedMs, toMs: scale.toMs };
    return bar(scale, span, { kind: "fault none", y, height: BAR, title, labels: [outcome] });
  }
  const span = { fromMs: inForceMs, toMs: healedMs ?? scale.toMs };
  const armed = bar(
    scale,
    { fromMs: armedMs, toMs: inForceMs },
    { kind: "fault armed", y: y + 7, height: 2, title: `${title}; armed ${seconds(armedMs)}` },
  );
  const times = `in force ${seconds(inForceMs)} (${proof})`;
  const healed = healedMs === undefined ? "not healed" : `healed ${seconds(healedMs)}`;
  return html`${armed}${bar(scale, span, {
    kind: "fault",
    y,
    height: BAR,
    title: `${title}; ${times}; ${healed}`,
    labels: [`${fault.fault} in force on ${who}`, `${fault.fault} in force`, fault.fault],
  })}`;
}

export function serverRow(lane: ServerLane): Row {
  return {
    height: THIN,
    name: (y) => html`<text x="10" y="${y + 13}">${lane.server}</text>`,
    track: (y, scale) => {
      const roles = lane.spans.map((span) => {
        const epoch = span.epoch === undefined ? "" : `, epoch ${span.epoch}`;
        const title = `${lane.server}: ${span.state}${epoch}, from ${seconds(span.fromMs)} to ${seconds(span.toMs)}`;
        const labels = [`${span.state}${epoch}`, span.state];
        return bar(scale, span, { kind: `server ${span.state}`, y, height: BAR, title, labels });
      });
      const felt = lane.afflictions.map((span) =>
        bar(scale, span, {
          kind: span.stops ? "stopped" : "cut",
          y,
          height: BAR,
          title: `${span.fault} in force on ${lane.server}`,
        }),
      );
      return html`${roles}${felt}`;
    },
  };
}

function isIdle({ beliefs, terms, writes, refusals }: ContenderLane): boolean {
  return beliefs.length + terms.length + writes.length + refusals.length === 0;
}

/** Belief above truth above writes; one that never campaigned to an end takes a single line. */
export function contenderRow(lane: ContenderLane, shownName: string): Row {
  if (isIdle(lane)) {
    return {
      height: THIN,
      name: (y) =>
        html`<text class="who" x="10" y="${y + 13}">${shownName}</text><text class="row" x="100%" y="${y + 13}" text-anchor="end">stands by</text>`,
      track: (y, scale) => html`${aliveBars(lane, y + 8, scale)}${afflictionBars(lane, y, scale)}`,
    };
  }
  const rows = ["believes", "leads", "writes"].map((word, i) => ({ word, dy: i * BAR + 12 }));
  return {
    height: 2 * BAR + WRITES + LANE_GAP,
    name: (y) =>
      html`<text class="who" x="10" y="${y + 12}">${shownName}</text>${rows.map(({ word, dy }) => html`<text class="row" x="100%" y="${y + dy}" text-anchor="end">${word}</text>`)}`,
    track: (y, scale) => {
      const { beliefs, lies } = beliefBars(lane, y, scale);
      const terms = lane.terms.map((term) => termBar(term, lane.contender, y + BAR, scale));
      const rowY = y + 2 * BAR;
      const middle = rowY + WRITES / 2;
      return html`${aliveBars(lane, middle, scale)}${beliefs}${terms}${afflictionBars(lane, rowY, scale)}${lies}${writeMarks(lane, middle, scale)}`;
    },
  };
}

function aliveBars(lane: ContenderLane, y: number, scale: Scale): readonly (Markup | string)[] {
  return lane.alive.map((span) =>
    bar(scale, span, {
      kind: "alive",
      y,
      height: 1,
      title: `${lane.contender}: its process lives from ${seconds(span.fromMs)} to ${seconds(span.toMs)}`,
    }),
  );
}

/** The lies are drawn apart, over the tint of a stopped process: they are what must be seen. */
function beliefBars(
  lane: ContenderLane,
  y: number,
  scale: Scale,
): { beliefs: Markup; lies: Markup } {
  const height = BAR - 1;
  const beliefs = lane.beliefs.map((belief) => {
    const ended = belief.ended === undefined ? "open at the end" : `ended by ${belief.ended}`;
    const title = `${belief.incarnation} believes that it leads from ${seconds(belief.fromMs)} to ${seconds(belief.toMs)} (${ended}), token ${belief.token}`;
    const labels = ["believes that it leads", "believes"];
    return bar(scale, belief, { kind: "belief", y, height, title, labels, key: belief.key });
  });
  const lies = lane.lies.map((lie) => {
    const how = lie.stopped ? "its process is stopped, so it cannot know" : "and it is running";
    const but = lie.sure ? "but does not" : "but may lead no more";
    const title = `${lie.incarnation} believes that it leads, ${but}: ${seconds(lie.fromMs)} to ${seconds(lie.toMs)}; ${how}`;
    const word = lie.sure ? "wrong" : "perhaps";
    const labels = [`${word}, ${lie.stopped ? "but stopped" : "and running"}`, word];
    const kind = `lie${lie.stopped ? " asleep" : ""}${lie.sure ? "" : " doubt"}`;
    return bar(scale, lie, { kind, y, height, title, labels, key: lie.key });
  });
  return { beliefs: html`${beliefs}`, lies: html`${lies}` };
}

function termBar(term: TermSpan, contender: string, y: number, scale: Scale): Markup {
  const height = BAR - 1;
  const open = [
    term.openStart ? "its beginning could not be placed in time" : "",
    term.openEnd ? "its end lies after the run or could not be placed in time" : "",
  ].filter((text) => text !== "");
  const title = `${term.incarnation ?? contender} leads by ${term.znode} (token ${term.token}), ${[`at most from ${seconds(term.fromMs)} to ${seconds(term.toMs)}`, ...open].join("; ")}`;
  const kind = term.openEnd ? "term maybe open" : "term maybe";
  const maybe = bar(scale, term, { kind, y, height, title, key: term.key });
  const sure = { fromMs: term.surelyFromMs, toMs: term.surelyToMs };
  if (sure.fromMs >= sure.toMs) return html`${maybe}`;
  const labels = ["leads, by the servers' logs", "leads"];
  return html`${maybe}${bar(scale, sure, { kind: "term", y, height, title, labels, key: term.key })}`;
}

/**
 * What was in force on the process stands in the row of writes, where nothing can be while it is
 * stopped; belief and truth above it are tinted, not hatched, so that they can still be read.
 */
function afflictionBars(lane: ContenderLane, y: number, scale: Scale): Markup {
  const felt = lane.afflictions.map((span) => {
    const { fault, stops, fromMs, toMs } = span;
    const title = `${lane.contender}: ${fault} in force from ${seconds(fromMs)} to ${seconds(toMs)}${stops ? "; its process does not run" : ""}`;
    const labels = stops ? ["its process is stopped", "stopped"] : [`${fault} in force`, fault];
    const kind = stops ? "stopped" : "cut";
    const tint = { kind: "tint", y: y - 2 * BAR, height: 2 * BAR, title };
    return html`${stops ? bar(scale, span, tint) : ""}${bar(scale, span, { kind, y, height: WRITES, title, labels })}`;
  });
  const held = lane.held.map((span) =>
    bar(scale, span, {
      kind: "held",
      y: y + WRITES,
      height: 3,
      title: `${lane.contender}: held at ${span.failpoint}${span.op === undefined ? "" : ` with op ${span.op}`}, from ${seconds(span.fromMs)} to ${seconds(span.toMs)}`,
    }),
  );
  return html`${felt}${held}`;
}

function writeMarks(lane: ContenderLane, y: number, scale: Scale): Markup {
  const good = lane.writes.filter(({ judgement }) => judgement === "good");
  const bad = lane.writes.filter(({ judgement }) => judgement !== "good");
  const refusals = lane.refusals
    .filter(({ atMs }) => scale.fromMs <= atMs && atMs <= scale.toMs)
    .map(({ atMs, op, by, code }) => {
      const how = by === "server" ? "fenced by the server" : "refused by the client, unsent";
      const title = `op ${op}: ${how} (${code}) at ${seconds(atMs)}`;
      return mark(by === "server" ? "fenced" : "refused", scale.at(atMs), y, title);
    });
  const flights = bad.map((write) => flight(write, y, scale));
  return html`${goodWrites(lane.contender, good, y, scale)}${flights}${refusals}${bad.map((write) => writeMark(scale, write, y, titleOf(write)))}`;
}

/** All good writes of a lane are one path: 10 bytes each instead of an element each. */
function goodWrites(
  contender: string,
  writes: readonly WriteMark[],
  y: number,
  scale: Scale,
): Markup | string {
  const seen = writes.filter(({ atMs }) => atMs >= scale.fromMs && atMs <= scale.toMs);
  if (seen.length === 0) return "";
  const path = seen.map(({ atMs }) => `M${Math.round(1e3 * scale.percent(atMs))} 0v8`);
  return html`<svg class="good" x="0" y="${y - 4}" width="100%" height="8" viewBox="0 0 100000 8" preserveAspectRatio="none" data-lane="${contender}"><rect width="100000" height="8" class="hit"/><path d="${trusted(path.join(""))}"/></svg>`;
}

/** From the decision over each attempt to the commit: the time in which the world changed under the write. */
function flight({ decidedMs, againMs, atMs }: WriteMark, y: number, scale: Scale): Markup | string {
  if (decidedMs === undefined || atMs < scale.fromMs || decidedMs > scale.toMs) return "";
  const from = scale.at(Math.max(decidedMs, scale.fromMs));
  const again = againMs
    .filter((ms) => scale.fromMs <= ms && ms <= scale.toMs)
    .map((ms) => mark("decided", scale.at(ms), y - 7, `sent again at ${seconds(ms)}`));
  return html`<line class="flight" x1="${from}" x2="${scale.at(atMs)}" y1="${y - 7}" y2="${y - 7}"/>${mark("decided", from, y - 7, `decided at ${seconds(decidedMs)}`)}${again}`;
}

function titleOf({ zxid, op, path, atMs, plusMinusMs, judgement }: WriteMark): string {
  const what = op === undefined ? path : `op ${op} on ${plain(path, TITLE_PATH_CHARS_MAX)}`;
  return `${zxid}: ${JUDGEMENT_WORDS[judgement]}; ${what}, at ${seconds(atMs)} ± ${plusMinusMs.toFixed(1)} ms`;
}
