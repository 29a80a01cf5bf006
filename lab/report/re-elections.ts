/**
 * What re-elections cost, for people: a table of a run's (terminal and page), and over the runs of a suite
 * the spread of each measure. A dash is what the evidence does not tell, never a zero.
 */

import { medianSorted } from "simple-statistics";
import type { Kept, ReElectionView } from "../audit/types.ts";
import type { Palette } from "./palette.ts";
import { columnsOf, cut, padEnd, padStart } from "./text-layout.ts";
import { plain } from "./untrusted.ts";
import { count } from "./words.ts";

/** In ms, from the narrowest view of the gap to the one that jobs feel. */
export const MEASURES = [
  { key: "voteMs", title: "the vote", short: "vote" },
  { key: "lookingToBroadcastMs", title: "LOOKING to BROADCAST, on the winner", short: "to serve" },
  { key: "withoutLeaderMs", title: "no server led, by their logs", short: "no leader" },
  { key: "feltMs", title: "felt by the group that waited longest", short: "felt" },
] as const;
export type Measure = (typeof MEASURES)[number]["key"];

/** One re-election's measures; what is not known is left out. */
export type Cost = Readonly<Partial<Record<Measure, number | undefined>>>;

export function costOf(view: ReElectionView): Cost {
  const felt = view.felt.flatMap(({ group, ms }) => (group === undefined ? [] : [ms]));
  const { voteMs, lookingToBroadcastMs, withoutLeaderMs } = view;
  return {
    ...(voteMs === undefined ? {} : { voteMs }),
    ...(lookingToBroadcastMs === undefined ? {} : { lookingToBroadcastMs }),
    ...(withoutLeaderMs === undefined ? {} : { withoutLeaderMs }),
    ...(felt.length === 0 ? {} : { feltMs: Math.max(...felt) }),
  };
}

export interface Spread {
  readonly n: number;
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

/** Undefined where none of the costs tells the measure. */
export function spreadOf(costs: readonly Cost[], measure: Measure): Spread | undefined {
  const sorted = costs.flatMap((cost) => cost[measure] ?? []).sort((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  return { n: sorted.length, min, median: Math.round(medianSorted(sorted)), max };
}

/** `9 of 9` that were kept. */
export function keptOf({ open, lost }: Kept): string {
  return `${open - lost} of ${open}`;
}

/** `1 to 2 (rollover)`. */
export function nameOf({ from, to, cause }: ReElectionView): string {
  return `${from} to ${to}${cause === undefined ? "" : ` (${cause})`}`;
}

const SHOWN_MAX = 8;
const GAP = "  ";
const NAME_MIN = 12;
const HEADS = [...MEASURES.map(({ short }) => short), "sessions", "ephemerals"];

/** At most eight of them; the page has all. */
export function reElectionLines(
  views: readonly ReElectionView[],
  palette: Palette,
  width: number,
): readonly string[] {
  if (views.length === 0) return [];
  const rows = views.slice(0, SHOWN_MAX).map((view) => {
    const cost = costOf(view);
    const times = MEASURES.map(({ key }) => (cost[key] === undefined ? "-" : `${cost[key]} ms`));
    return {
      name: nameOf(view),
      cells: [...times, keptOf(view.sessions), keptOf(view.ephemerals)],
    };
  });
  const columns = HEADS.map((head, i) =>
    Math.max(head.length, ...rows.map(({ cells }) => (cells[i] ?? "").length)),
  );
  const room = width - columns.reduce((sum, n) => sum + n + GAP.length, 0);
  const names = rows.map(({ name }) => columnsOf(plain(name)));
  const nameColumns = Math.min(room, Math.max(NAME_MIN, ...names));
  if (room < NAME_MIN) return views.slice(0, SHOWN_MAX).flatMap((view) => narrow(view, width));
  const line = (name: string, cells: readonly string[]): string =>
    [
      padEnd(cut(plain(name), nameColumns, palette.glyphs.ellipsis), nameColumns),
      ...cells.map((cell, i) => padStart(cell, columns[i] ?? 0)),
    ].join(GAP);
  const more = views.length - SHOWN_MAX;
  return [
    palette.bold(line("re-election", HEADS)),
    ...rows.map(({ name, cells }) => line(name, cells)),
    ...(more > 0 ? [palette.dim(`and ${count(more, "more re-election")} in the report`)] : []),
  ];
}

function narrow(view: ReElectionView, width: number): readonly string[] {
  const cost = costOf(view);
  const felt = cost.feltMs === undefined ? "" : `  felt ${cost.feltMs} ms,`;
  const kept = ` sessions kept ${keptOf(view.sessions)}`;
  return [`re-election ${plain(nameOf(view))}`, `${felt}${kept}`].map((text) =>
    cut(text, width, "~"),
  );
}
