/** What contenders printed that is no line of the contract: often their library's own words, and telling. */

import type { HistoryLine } from "../evidence/history.ts";
import { count } from "./words.ts";

const SHOWN_MAX = 3;

/** `naive/c2#1: "Session expired." (not JSON)`, the first few and how many more. */
export function badLinesOf(history: readonly HistoryLine[]): readonly string[] {
  const bad = history.flatMap(({ event }) => (event.type === "bad-line" ? [event] : []));
  const shown = bad
    .slice(0, SHOWN_MAX)
    .map(({ incarnation, sample, reason }) => `${incarnation}: “${sample}” (${reason})`);
  const more = bad.length - shown.length;
  return more > 0 ? [...shown, `and ${count(more, "more line")} in history.jsonl`] : shown;
}
