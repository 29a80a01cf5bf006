/**
 * The end of a run on a terminal: the claims as a table, how each group's exposed attempts ended, the
 * first finding as a story, and what to do next. One pure function; nothing is written here.
 */

import type { AuditResult, Verdict } from "../audit/types.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { adviceOn } from "./advice.ts";
import type { Expectation } from "./expectation.ts";
import type { Palette } from "./palette.ts";
import { firstToTell, type RankedFinding, rankFindings } from "./ranked.ts";
import { reElectionLines } from "./re-elections.ts";
import { openReasons } from "./reasons.ts";
import { claimsTable, exposureTable, paintOf } from "./terminal-tables.ts";
import { columnsOf, cut, hanging, wrap } from "./text-layout.ts";
import { plain } from "./untrusted.ts";
import { count, VERDICT_WORDS } from "./words.ts";

export interface SummaryInput {
  readonly evidence: Evidence;
  readonly result: AuditResult;
  readonly expectations?: readonly Omit<Expectation, "verdict">[];
  /** As they are to be printed; they are never wrapped, so that they can be copied. */
  readonly paths: { readonly report?: string };
  readonly replay?: string;
  /** What kept the steps from being played to their end, where something did. */
  readonly cutShort?: string;
  readonly palette: Palette;
  /** Columns; every line but paths and commands keeps to it. At least 40. */
  readonly width: number;
}

const WIDTH_MIN = 40;
const STORY_LINES_MAX = 5;
const REASONS_SHOWN_MAX = 6;

export function renderSummary(input: SummaryInput): string {
  const { result, palette, evidence } = input;
  const width = Math.max(WIDTH_MIN, input.width);
  const { report } = result;
  const ranked = rankFindings(report);
  const sections = [
    headline(evidence, report.verdict, palette, width),
    cutShort(input, width),
    claimsTable(report, palette, width),
    exposureTable(report.groups, palette, width),
    reElectionLines(report.reElections, palette, width),
    story(ranked, palette, width),
    reasons(input, ranked, width),
    expectations(input.expectations ?? [], palette, width),
    next(input),
  ];
  const lines = sections.filter((section) => section.length > 0).map((s) => s.join("\n"));
  return `${lines.join("\n\n")}\n`;
}

function headline(
  { run, bare }: Evidence,
  verdict: Verdict,
  palette: Palette,
  width: number,
): readonly string[] {
  const { glyphs } = palette;
  const word = `${glyphs[verdict]} ${VERDICT_WORDS[verdict].toUpperCase()}`;
  const facts = [
    plain(run.scenario.name),
    ...(bare === undefined ? [`seed ${plain(run.seed)}`] : []),
    `ZooKeeper ${plain(run.zookeeper.version)}`,
    plain(run.runtime),
  ].join(` ${glyphs.dot} `);
  const left = cut(facts, width - word.length - 2, glyphs.ellipsis);
  const gap = " ".repeat(Math.max(2, width - columnsOf(left) - word.length));
  return [`${palette.bold(left)}${gap}${paintOf(palette, verdict)(palette.bold(word))}`];
}

function cutShort({ cutShort: why, palette }: SummaryInput, width: number): readonly string[] {
  if (why === undefined) return [];
  return wrap(`The run was cut short: ${plain(why)}`, width).map((line) => palette.unsure(line));
}

/** The first finding in at most five lines, each wrapped under its number. */
function story(
  ranked: readonly RankedFinding[],
  palette: Palette,
  width: number,
): readonly string[] {
  const first = firstToTell(ranked);
  if (first === undefined) return [];
  const { finding, claim } = first;
  const broken = finding.grade === "violation" ? "Rule broken: " : "Rule in doubt: ";
  const title = [finding.name, finding.while === undefined ? "" : ` (while ${finding.while})`];
  const told = finding.story.length === 0 ? [finding.message] : finding.story;
  const lines = told
    .slice(0, STORY_LINES_MAX)
    .flatMap((line, index) => hanging(`  ${index + 1}. `, plain(line), width));
  const more = ranked.filter(({ finding: other }) => other.grade === finding.grade).length - 1;
  const kind = finding.grade === "violation" ? "violation" : "open question";
  return [
    palette.bold("What happened"),
    ...hanging("  ", plain(title.join("")), width).map((line) => palette.bad(line)),
    ...hanging("  ", plain(broken + claim.sentence), width),
    ...lines,
    ...helps(finding.name, width),
    ...(more > 0 ? [palette.dim(`     and ${count(more, `more ${kind}`)} in the report`)] : []),
  ];
}

function helps(name: RankedFinding["finding"]["name"], width: number): readonly string[] {
  const advice = adviceOn(name);
  return advice === undefined ? [] : hanging("  What helps: ", `${advice}.`, width);
}

/** Why something could not be judged; problems of the evidence are always named. */
function reasons(
  { evidence, result }: SummaryInput,
  ranked: readonly RankedFinding[],
  width: number,
): readonly string[] {
  const shown = openReasons(result.report, evidence.problems);
  const warnings = ranked.filter(({ finding }) => finding.grade === "warning");
  const lines = shown
    .slice(0, REASONS_SHOWN_MAX)
    .flatMap((line) => hanging("  - ", plain(line), width));
  const more = shown.length - REASONS_SHOWN_MAX;
  return [
    ...(shown.length > 0 ? ["Not known, because:", ...lines] : []),
    ...(more > 0 ? [`    and ${count(more, "more reason")}`] : []),
    ...(warnings.length > 0 ? hanging("", warningsLine(warnings), width) : []),
  ];
}

/** `7 warnings in the report: 6 needless-revocation, 1 ghost-txn`. */
function warningsLine(warnings: readonly RankedFinding[]): string {
  const names = new Map<string, number>();
  for (const { finding } of warnings) names.set(finding.name, (names.get(finding.name) ?? 0) + 1);
  const kinds = [...names].map(([name, n]) => `${n} ${name}`);
  return `${count(warnings.length, "warning")} in the report: ${kinds.join(", ")}`;
}

function expectations(
  all: readonly Omit<Expectation, "verdict">[],
  palette: Palette,
  width: number,
): readonly string[] {
  if (all.length === 0) return [];
  const { glyphs } = palette;
  const lines = all.flatMap(({ group, met, expected, found }) => {
    const glyph = met ? glyphs.holds : glyphs.violated;
    const text = met
      ? `${group}: ${found}, as expected`
      : `${group}: expected ${expected}, found ${found}`;
    const paint = met ? palette.good : palette.bad;
    return hanging(`  ${glyph} `, plain(text), width).map((line) => paint(line));
  });
  return [palette.bold("Expected of this scenario:"), ...lines];
}

function next({ paths, replay }: SummaryInput): readonly string[] {
  return [
    ...(paths.report === undefined ? [] : [`Report: ${plain(paths.report)}`]),
    ...(replay === undefined ? [] : [`Replay: ${plain(replay, 2_000)}`]),
  ];
}
