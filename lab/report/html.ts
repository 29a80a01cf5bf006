/**
 * report.html: one file that needs no network and no script. The order is that of a reader who has
 * never seen a run: verdict and rule, what happened, which group, the whole timeline, every claim, and
 * how to run it again. Everything drawn is drawn here; the script only moves it.
 */

import { createHash } from "node:crypto";
import type { AuditResult, GroupSummary } from "../audit/types.ts";
import type { Evidence } from "../evidence/evidence.ts";
import { SHAPES } from "./html/bars.ts";
import { dataBlock, pageData } from "./html/data.ts";
import { drawTimeline } from "./html/drawing.ts";
import { factsSection } from "./html/facts.ts";
import { findingsSection } from "./html/findings.ts";
import { kindsIn, legend, TOOLBAR } from "./html/legend.ts";
import { html, type Markup, trusted } from "./html/markup.ts";
import { reElectionsSection } from "./html/re-elections.ts";
import { SCRIPT } from "./html/script.ts";
import { drawStory } from "./html/story.ts";
import { STYLE } from "./html/style.ts";
import { claimsTable, exposureTable } from "./html/tables.ts";
import { verdictHeader } from "./html/verdict.ts";
import { firstToTell, type RankedFinding, rankFindings } from "./ranked.ts";
import { buildTimeline, type Timeline } from "./timeline.ts";
import { count, UNICODE_GLYPHS, VERDICT_WORDS } from "./words.ts";

export interface HtmlOptions {
  /** The command that runs the same thing again. */
  readonly replay: string;
}

/** The whole page as text. Pure: no clock, no file, so the same evidence gives the same bytes. */
export function renderHtml(evidence: Evidence, result: AuditResult, options: HtmlOptions): string {
  const { report } = result;
  const timeline = buildTimeline(evidence, result);
  const ranked = rankFindings(report);
  const told = firstToTell(ranked);
  const counted = report.claims.reduce((sum, claim) => sum + claim.violations + claim.warnings, 0);
  const title = `${evidence.run.scenario.name}: ${VERDICT_WORDS[report.verdict]} (zklab)`;
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="${policy()}"><meta name="referrer" content="no-referrer">
<title>${title}</title><style>${trusted(STYLE)}</style></head>
<body>${SHAPES}${verdictHeader(evidence, report, { finding: told, timeline })}
<main>${findingsSection({ ranked, counted, marks: timeline.findings, terms: report.terms, picture: picture(timeline, told) })}
${exposureTable(report, evidence.run)}
${timelineSection(timeline, report.groups)}
${claimsTable(report, evidence.run)}
${reElectionsSection(report.reElections)}
${factsSection(evidence, report, options.replay)}</main>
<footer>Made by zklab from run.json, history.jsonl and the servers' transaction logs; audit.json holds the same findings for machines.</footer>
${dataBlock(pageData(timeline))}<script>${trusted(SCRIPT)}</script></body></html>
`;
  return page.text;
}

/** Nothing may load, and no script but ours may run: a second wall behind the escaping. */
function policy(): string {
  const hash = (text: string): string =>
    `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
  return `default-src 'none'; script-src ${hash(SCRIPT)}; style-src ${hash(STYLE)}; base-uri 'none'; form-action 'none'`;
}

function picture(
  timeline: Timeline,
  told: RankedFinding | undefined,
): { id: string; drawing: Markup } | undefined {
  const mark = timeline.findings.find((finding) => finding.id === told?.id);
  // A stale write has five steps, and the moments of its picture are those; others are told otherwise.
  const isTold = told?.finding.name === "stale-leader-write" && told.finding.story.length === 5;
  const numbered = isTold ? "by the story" : "not";
  const drawing = mark === undefined ? undefined : drawStory(timeline, mark, numbered);
  return mark === undefined || drawing === undefined ? undefined : { id: mark.id, drawing };
}

function timelineSection(timeline: Timeline, groups: readonly GroupSummary[]): Markup {
  const notes = new Map(groups.map((group) => [group.group, noteOf(group)]));
  const notices = timeline.notices.map((notice) => html`<li>${notice}</li>`);
  return html`<section id="timeline-section" aria-labelledby="timeline-title"><h2 id="timeline-title">Timeline</h2>
<p class="note">What each contender believed stands above what was true. Where the upper bar is hatched red, it believed that it led and did not; where the hatch is pale, perhaps it still did.</p>
${notices.length === 0 ? "" : html`<ul class="notices">${notices}</ul>`}
${TOOLBAR}${drawTimeline(timeline, notes)}${legend(timelineKinds(timeline))}</section>`;
}

function timelineKinds(timeline: Timeline): ReadonlySet<string> {
  const lanes = timeline.groups.flatMap(({ contenders }) => contenders);
  return new Set([
    ...kindsIn(lanes, timeline),
    ...(timeline.faults.length > 0 ? ["fault"] : []),
    ...(timeline.servers.length > 0 ? ["server leader", "server"] : []),
    ...(timeline.openingMs === undefined ? [] : ["bound"]),
    ...(timeline.stoppingMs === undefined ? [] : ["stopping"]),
  ]);
}

function noteOf({ verdict, exposed, committedStale }: GroupSummary): string {
  const word = `${UNICODE_GLYPHS[verdict]} ${VERDICT_WORDS[verdict]}`;
  return exposed === 0
    ? `${word}: no write was exposed`
    : `${word}: ${committedStale} of ${count(exposed, "exposed write")} committed`;
}
