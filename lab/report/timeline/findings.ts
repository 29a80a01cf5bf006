/** Places each finding on the timeline: where to look, and which witnesses to look at. */

import type { WriteView } from "../../audit/types.ts";
import type { RankedFinding } from "../ranked.ts";
import type {
  BeliefSpan,
  ContenderLane,
  FindingMark,
  GroupLanes,
  Span,
  TermSpan,
  WriteMark,
} from "./types.ts";

/** Room left and right of a story, as a share of its length, and at least so much. */
const WINDOW_MARGIN = 0.12;
const WINDOW_MARGIN_MS_MIN = 40;

/** Findings that turn on no drawn write or term have no place and no mark. */
export function findingMarks(
  ranked: readonly RankedFinding[],
  groups: readonly GroupLanes[],
  writes: readonly WriteView[],
  bounds: Span,
): readonly FindingMark[] {
  const termAt = new Map(writes.map((write) => [`${write.group} w:${write.zxid}`, write.term]));
  return ranked.flatMap(({ id, finding }) => {
    const group = groups.find((lanes) => lanes.group === finding.group);
    if (group === undefined) return [];
    const found = findWrite(group, finding.zxid);
    if (found === undefined) return termMark(id, group, finding.evidence);
    const { lane, write } = found;
    const inForce = findTerm(group, termAt.get(`${group.group} ${write.key}`));
    const belief = believedAt(lane, write);
    const keys = [write.key, belief?.key, inForce?.term.key, ...termKeys(finding.evidence)];
    return {
      id,
      atMs: write.atMs,
      ...windowsOf(lane, write, belief, bounds),
      lost: lostBefore(lane, write),
      keys: [...new Set(keys.filter((key) => key !== undefined))],
      writer: lane.contender,
      leader: inForce?.lane.contender,
    };
  });
}

function lostBefore({ terms }: ContenderLane, { atMs }: WriteMark): FindingMark["lost"] {
  const ended = terms.findLast(({ openEnd, surelyToMs }) => !openEnd && surelyToMs <= atMs);
  if (ended?.endedBy === undefined) return undefined;
  return { atMs: ended.toMs, zxid: ended.endedBy };
}

function termKeys(evidence: RankedFinding["finding"]["evidence"]): readonly string[] {
  return evidence.flatMap((ref) => (ref.kind === "term" ? `t:${ref.term}` : []));
}

function findWrite(
  group: GroupLanes,
  zxid: string | undefined,
): { lane: ContenderLane; write: WriteMark } | undefined {
  if (zxid === undefined) return undefined;
  for (const lane of group.contenders) {
    const write = lane.writes.find((mark) => mark.zxid === zxid);
    if (write !== undefined) return { lane, write };
  }
  return undefined;
}

function findTerm(
  group: GroupLanes,
  id: string | undefined,
): { lane: ContenderLane; term: TermSpan } | undefined {
  for (const lane of group.contenders) {
    const term = lane.terms.find((span) => span.term === id);
    if (term !== undefined) return { lane, term };
  }
  return undefined;
}

/** The belief under which the write was decided; else the last one that began before it. */
function believedAt(lane: ContenderLane, write: WriteMark): BeliefSpan | undefined {
  const atMs = write.decidedMs ?? write.atMs;
  return (
    lane.beliefs.find((belief) => belief.fromMs <= atMs && atMs <= belief.toMs) ??
    lane.beliefs.findLast((belief) => belief.fromMs <= atMs)
  );
}

/**
 * From a little before the decision to a little after the commit, with the whole lie in it. The
 * belief's own beginning may be minutes earlier and is left out.
 */
function windowsOf(
  lane: ContenderLane,
  write: WriteMark,
  belief: BeliefSpan | undefined,
  bounds: Span,
): { readonly window: Span; readonly focus: Span } {
  const lies = lane.lies.filter(
    (lie) => belief !== undefined && lie.fromMs >= belief.fromMs && lie.toMs <= belief.toMs,
  );
  const decidedMs = write.decidedMs ?? write.atMs;
  const lefts = lies.map((lie) => lie.fromMs);
  const toMs = Math.max(write.atMs, ...lies.map((lie) => lie.toMs));
  const focusMs = lies.length === 0 ? decidedMs : Math.min(write.atMs, ...lefts);
  return {
    window: widened({ fromMs: Math.min(write.atMs, decidedMs, ...lefts), toMs }, bounds),
    focus: widened({ fromMs: focusMs, toMs }, bounds),
  };
}

function widened(span: Span, bounds: Span): Span {
  const marginMs = Math.max(WINDOW_MARGIN_MS_MIN, (span.toMs - span.fromMs) * WINDOW_MARGIN);
  return {
    fromMs: Math.max(bounds.fromMs, span.fromMs - marginMs),
    toMs: Math.min(bounds.toMs, span.toMs + marginMs),
  };
}

/** A finding without a drawn write is shown at the first term that it names. */
function termMark(
  id: string,
  group: GroupLanes,
  evidence: RankedFinding["finding"]["evidence"],
): readonly FindingMark[] {
  const keys = termKeys(evidence);
  for (const { contender, terms } of group.contenders) {
    const term = terms.find(({ key }) => keys.includes(key));
    if (term === undefined) continue;
    const window = widened(term, term);
    const drawn = { window, focus: window, keys, leader: contender, lost: undefined };
    return [{ id, atMs: term.fromMs, writer: undefined, ...drawn }];
  }
  return [];
}
