/** Writes as marks: all that were not good are kept first, the good ones are thinned evenly. */

import type { WriteView } from "../../audit/types.ts";
import type { HistoryLine } from "../../evidence/history.ts";
import { count } from "../words.ts";
import type { ContenderHistory } from "./contenders.ts";
import { ms, spread } from "./spans.ts";
import type { RefusalMark, TimelineLimits, WriteMark } from "./types.ts";

export interface ChosenWrites {
  /** In the audit's order, every one of them with a place in time. */
  readonly writes: readonly WriteView[];
  readonly notices: readonly string[];
}

export function chooseWrites(
  all: readonly WriteView[],
  { writesDrawnMax, badWritesDrawnMax }: TimelineLimits,
): ChosenWrites {
  const placed = all.filter(({ at }) => at !== undefined);
  const bad = placed.filter(({ judgement }) => judgement !== "good");
  const good = placed.filter(({ judgement }) => judgement === "good");
  const drawnBad = bad.slice(0, Math.min(writesDrawnMax, badWritesDrawnMax));
  const drawn = new Set([...drawnBad, ...spread(good, writesDrawnMax - drawnBad.length)]);
  const notices: string[] = [];
  if (placed.length > drawn.size) {
    const badLeftOut = bad.length - drawnBad.length;
    notices.push(
      `${count(drawn.size, "write")} of ${count(placed.length, "write")} are drawn, ` +
        `those that were not good first: ${count(badLeftOut, "such write")} and ` +
        `${count(placed.length - drawn.size - badLeftOut, "good write")} were left out`,
    );
  }
  if (placed.length < all.length) {
    const unplaced = count(all.length - placed.length, "write");
    notices.push(`${unplaced} could not be placed in time and are not drawn`);
  }
  return { writes: placed.filter((write) => drawn.has(write)), notices };
}

/** When each of these ops was decided: its first attempt's invoke, in ms. */
export function decisions(
  writes: readonly WriteView[],
  history: readonly HistoryLine[],
): ReadonlyMap<string, number> {
  const wanted = new Set(writes.flatMap(({ judgement, op }) => (judgement === "good" ? [] : op)));
  const decided = new Map<string, number>();
  for (const { event } of history) {
    if (event.type !== "contender" || event.line.type !== "op") continue;
    const { op, phase } = event.line;
    if (phase === "invoke" && wanted.has(op) && !decided.has(op)) decided.set(op, ms(event.at));
  }
  return decided;
}

export function writeMarks(
  writes: readonly WriteView[],
  decided: ReadonlyMap<string, number>,
): readonly WriteMark[] {
  return writes.flatMap(({ at, zxid, op, path, judgement }) => {
    if (at === undefined) return [];
    return {
      key: `w:${zxid}`,
      atMs: ms((at.earliest + at.latest) / 2),
      plusMinusMs: ms((at.latest - at.earliest) / 2),
      zxid,
      op,
      path,
      judgement,
      decidedMs: judgement === "good" || op === undefined ? undefined : decided.get(op),
    };
  });
}

/** Attempts that the server refused at their guard, or that the client never sent. */
export function refusalMarks({ said }: ContenderHistory): readonly RefusalMark[] {
  return said.flatMap(({ event }) => {
    const { line } = event;
    if (line.type !== "op" || (line.phase !== "fail" && line.phase !== "info")) return [];
    const by = line.fenced === true ? "server" : line.unsent === true ? "client" : undefined;
    return by === undefined ? [] : { atMs: ms(event.at), op: line.op, by, code: line.code };
  });
}
