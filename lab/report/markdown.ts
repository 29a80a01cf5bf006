/**
 * A run in a screen of Markdown, for a GitHub job summary and for whoever pastes a result into a
 * ticket: verdict, a row a group, the first finding as a story, how to run it again.
 */

import type { AuditReport, GroupSummary } from "../audit/types.ts";
import type { RunInfo } from "../evidence/run-info.ts";
import { adviceOn } from "./advice.ts";
import type { Expectation } from "./expectation.ts";
import { firstToTell, rankFindings } from "./ranked.ts";
import { openReasons } from "./reasons.ts";
import { plain } from "./untrusted.ts";
import { UNICODE_GLYPHS, VERDICT_WORDS } from "./words.ts";

export interface MarkdownInput {
  readonly run: RunInfo;
  readonly report: AuditReport;
  readonly expectations: readonly Expectation[];
  readonly replay: string;
  /** What kept the steps from being played to their end, where something did. */
  readonly cutShort?: string;
}

const STORY_LINES_MAX = 5;
const REASONS_MAX = 6;

/** Ends with a newline, so that several can follow each other. */
export function renderMarkdown(input: MarkdownInput): string {
  const { run, report, cutShort, replay } = input;
  const facts = [`seed ${code(run.seed)}`, `ZooKeeper ${text(run.zookeeper.version)}`, run.runtime];
  const paragraphs = [
    `### ${heading(input)}`,
    text(run.scenario.description),
    facts.join(" · "),
    ...(cutShort === undefined ? [] : [`**The run was cut short**: ${text(cutShort)}`]),
    table(input),
    ...story(report),
    ...reasons(report),
    `Run it again: ${code(replay)}`,
  ];
  return `${paragraphs.join("\n\n")}\n\n`;
}

function heading({ run, report, expectations }: MarkdownInput): string {
  const { verdict } = report;
  const missed = expectations.filter(({ met }) => !met).length;
  const met = missed === 0 ? "as expected" : `${missed} of ${expectations.length} not as expected`;
  const expected = expectations.length === 0 ? "" : ` (${met})`;
  return `${UNICODE_GLYPHS[verdict]} ${text(run.scenario.name)}: ${VERDICT_WORDS[verdict]}${expected}`;
}

function table({ report, expectations }: MarkdownInput): string {
  const heads = [
    ...["group", "verdict", "as expected", "writes", "exposed", "committed stale"],
    ...["fenced by the server", "refused by the client"],
  ];
  const rows = report.groups.map((group) => {
    const expectation = expectations.find((one) => one.group === group.group);
    return cellsOf(group, expectation);
  });
  const rule = heads.map((_head, i) => (i > 2 ? "---:" : "---"));
  return [heads, rule, ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");
}

function cellsOf(group: GroupSummary, expectation: Expectation | undefined): readonly string[] {
  const { verdict } = group;
  const no = expectation === undefined ? "–" : `**no**: expected ${text(expectation.expected)}`;
  return [
    text(group.group),
    `${UNICODE_GLYPHS[verdict]} ${VERDICT_WORDS[verdict]}`,
    expectation?.met === true ? "yes" : no,
    String(group.committedWrites),
    String(group.exposed),
    group.committedStale === 0 ? "0" : `**${group.committedStale}**`,
    String(group.fencedByServer),
    String(group.refusedByClient),
  ];
}

function story(report: AuditReport): readonly string[] {
  const first = firstToTell(rankFindings(report));
  if (first === undefined) return [];
  const { finding, claim } = first;
  const while_ = finding.while === undefined ? "" : ` (while ${finding.while})`;
  const advice = adviceOn(finding.name);
  const told = finding.story.length === 0 ? [finding.message] : finding.story;
  return [
    `**${finding.name}**${while_}: ${text(finding.message)}`,
    `The rule: *${text(claim.sentence)}.*`,
    told
      .slice(0, STORY_LINES_MAX)
      .map((line, index) => `${index + 1}. ${text(line)}`)
      .join("\n"),
    ...(advice === undefined ? [] : [`What helps: ${text(advice)}.`]),
  ];
}

function reasons(report: AuditReport): readonly string[] {
  const all = openReasons(report, []);
  if (all.length === 0) return [];
  const shown = all.slice(0, REASONS_MAX).map((reason) => `- ${text(reason)}`);
  const more = all.length > REASONS_MAX ? [`- and ${all.length - REASONS_MAX} more`] : [];
  return ["Not known, because:", [...shown, ...more].join("\n")];
}

/** Whatever a path or a code holds, it is text: no markup, no link, no mention, no end of a cell. */
function text(from: string): string {
  return plain(from).replace(/[\\`*_[\]<>|#@!~$&]/g, (char) => `&#${char.charCodeAt(0)};`);
}

/** In a code span nothing but a backtick has a meaning, and in a table a bar. */
function code(from: string): string {
  return `\`${plain(from, 2_000).replace(/[`|]/g, "'")}\``;
}
