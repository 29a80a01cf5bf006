/**
 * The tables of the terminal summary, made for 80 columns: a row a claim, a column a group. Where the
 * groups do not fit beside each other they go on in a further block below, so that no line wraps.
 */

import type { AuditReport, ClaimResult, GroupSummary, Verdict } from "../audit/types.ts";
import type { Palette } from "./palette.ts";
import { claimMatrix } from "./ranked.ts";
import { columnsOf, cut, padEnd, padStart, wrap } from "./text-layout.ts";
import { plain } from "./untrusted.ts";
import { VERDICT_WORDS } from "./words.ts";

const LABEL_COLUMNS_MAX = 18;
const CELL_COLUMNS_MIN = 16;
const GAP = "  ";

interface Cell {
  readonly text: string;
  readonly verdict: Verdict | undefined;
}

export function claimsTable(
  report: AuditReport,
  palette: Palette,
  width: number,
): readonly string[] {
  const { groups, rows, ensemble } = claimMatrix(report);
  const cells = rows.map((row) => row.cells.map((result) => cellOf(result, palette)));
  const labels = [...rows, ...ensemble].map(({ claim }) => columnsOf(claim));
  const labelColumns = Math.min(LABEL_COLUMNS_MAX, Math.max(5, ...labels));
  const room = width - labelColumns;
  const widest = cells.flat().map(({ text }) => columnsOf(text));
  const cellColumns = Math.max(CELL_COLUMNS_MIN, ...widest);
  const fits = Math.max(1, Math.floor(room / (cellColumns + GAP.length)));
  const label = (text: string): string =>
    padEnd(cut(plain(text), labelColumns, palette.glyphs.ellipsis), labelColumns);
  const lines: string[] = [];
  for (let start = 0; start < groups.length; start += fits) {
    const end = Math.min(groups.length, start + fits);
    const columns = Math.floor(room / (end - start)) - GAP.length;
    const heads = groups.slice(start, end).map((group): Cell => {
      return { text: plain(group), verdict: undefined };
    });
    if (lines.length > 0) lines.push("");
    lines.push(palette.bold(line(label("claim"), heads, columns, palette)));
    for (const [index, row] of rows.entries()) {
      lines.push(line(label(row.claim), cells[index]?.slice(start, end) ?? [], columns, palette));
    }
  }
  if (ensemble.length > 0) {
    if (lines.length > 0) lines.push("");
    lines.push(palette.bold(label("ensemble").trimEnd()));
    for (const result of ensemble) {
      const columns = room - GAP.length;
      lines.push(line(label(result.claim), [cellOf(result, palette)], columns, palette));
    }
  }
  return [...lines, ...legend(report.claims, palette, width)];
}

function cellOf(result: ClaimResult | undefined, { glyphs }: Palette): Cell {
  if (result === undefined) return { text: "", verdict: undefined };
  const { verdict, violations, examined } = result;
  const numbers = { holds: ` ${examined}`, violated: ` ${violations}/${examined}` };
  const shown = verdict === "holds" || verdict === "violated" ? numbers[verdict] : "";
  return { text: `${glyphs[verdict]} ${VERDICT_WORDS[verdict]}${shown}`, verdict };
}

function line(label: string, cells: readonly Cell[], columns: number, palette: Palette): string {
  const drawn = cells.map(({ text, verdict }, index) => {
    const shown = cut(text, columns, palette.glyphs.ellipsis);
    const last = index === cells.length - 1;
    const painted = verdict === undefined ? shown : paintOf(palette, verdict)(shown);
    return painted + (last ? "" : " ".repeat(columns - columnsOf(shown)));
  });
  return [label, ...drawn].join(GAP).trimEnd();
}

export function paintOf(palette: Palette, verdict: Verdict): (text: string) => string {
  if (verdict === "violated") return palette.bad;
  if (verdict === "holds") return palette.good;
  return verdict === "unknown" ? palette.unsure : palette.dim;
}

/** Says what the numbers are; only the forms that occur are explained. */
function legend(
  claims: readonly ClaimResult[],
  palette: Palette,
  width: number,
): readonly string[] {
  const has = (verdict: Verdict): boolean => claims.some((claim) => claim.verdict === verdict);
  const parts = [
    ...(has("holds") ? ["holds n: n examined"] : []),
    ...(has("violated") ? ["violated v/n: v violations among n examined"] : []),
  ];
  return parts.length === 0 ? [] : wrap(parts.join("; "), width).map((text) => palette.dim(text));
}

const EXPOSURE_HEADS = [
  ["", "writes"],
  ["exposed", "writes"],
  ["committed", "stale"],
  ["fenced by", "server"],
  ["refused by", "client"],
  ["", "other"],
] as const;

const NAME_COLUMNS_MIN = 5;

/** One line a group: writes decided under a term and settled after it, by how they ended. */
export function exposureTable(
  groups: readonly GroupSummary[],
  palette: Palette,
  width: number,
): readonly string[] {
  if (groups.length === 0) return [];
  const names = groups.map(({ group }) => columnsOf(plain(group)));
  const columns = EXPOSURE_HEADS.map((head) => Math.max(...head.map((word) => word.length)));
  const room = width - columns.reduce((sum, n) => sum + n + GAP.length, 0);
  const nameColumns = Math.min(room, Math.max(NAME_COLUMNS_MIN, ...names));
  if (room < NAME_COLUMNS_MIN)
    return groups.flatMap((group) => exposureLines(group, palette, width));
  const row = (name: string, values: readonly string[]): string =>
    [
      padEnd(cut(name, nameColumns, palette.glyphs.ellipsis), nameColumns),
      ...values.map((value, i) => padStart(value, columns[i] ?? 0)),
    ]
      .join(GAP)
      .trimEnd();
  return [
    ...[0, 1].map((i) =>
      palette.bold(
        row(
          i === 1 ? "group" : "",
          EXPOSURE_HEADS.map((head) => head[i] ?? ""),
        ),
      ),
    ),
    ...groups.map((group) => {
      const text = row(plain(group.group), exposureOf(group).map(String));
      return group.committedStale > 0 ? palette.bad(text) : text;
    }),
  ];
}

function exposureOf(group: GroupSummary): readonly number[] {
  return [
    group.committedWrites,
    group.exposed,
    group.committedStale,
    group.fencedByServer,
    group.refusedByClient,
    group.otherwise,
  ];
}

/** The same on a terminal that is too narrow for the table. */
function exposureLines(group: GroupSummary, palette: Palette, width: number): readonly string[] {
  const { exposed, committedStale, fencedByServer, refusedByClient } = group;
  const numbers = [
    `  ${exposed} exposed: ${committedStale} committed`,
    `  ${fencedByServer} fenced, ${refusedByClient} refused, ${group.otherwise} other`,
  ];
  return [plain(group.group), ...numbers].map((text) => cut(text, width, palette.glyphs.ellipsis));
}
