/**
 * The reports of a suite, from suite.json alone: a page with a row a run and group that links to the
 * runs' own reports, and a few lines of Markdown.
 */

import { createHash } from "node:crypto";
import type { SuiteFile } from "../evidence/suite-file.ts";
import { html, type Markup, trusted } from "./html/markup.ts";
import { STYLE } from "./html/style.ts";
import { verdictBadge } from "./html/verdict-badge.ts";
import { suiteCosts } from "./suite-costs.ts";
import { plain } from "./untrusted.ts";
import { count, UNICODE_GLYPHS, VERDICT_WORDS } from "./words.ts";

type Row = SuiteFile["runs"][number];
type Group = Row["expectations"][number];

/** What a link may be: down from the suite's own place and nothing that a browser reads as a scheme. */
const RELATIVE = /^(?:\.\.\/)*[\w.+-]+(?:\/[\w.+-]+)*$/;

/** One page without script; the same suite.json gives the same bytes. */
export function renderSuiteHtml(suite: SuiteFile): string {
  const style = createHash("sha256").update(STYLE).digest("base64");
  const page = html`<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-${style}'; base-uri 'none'; form-action 'none'"><meta name="referrer" content="no-referrer">
<title>${suite.suite}: ${outcomeOf(suite)} (zklab)</title><style>${trusted(STYLE)}</style></head>
<body><header><p class="kicker">zklab · leader election under faults, audited from the servers' own logs</p>
<h1>Suite ${suite.suite} ${outcomeBadge(suite)}</h1>
<p class="lead">${outcomeOf(suite)}.</p></header>
<main><section aria-labelledby="runs"><h2 id="runs">The runs</h2>
<p class="note">A run is as expected where every group came out as its scenario says: a contender that is known to break the rule is expected to be violated.</p>
<div class="wide" tabindex="0" role="region" aria-label="The runs"><table class="claims"><thead><tr><th scope="col">run</th><th scope="col">seed</th><th scope="col">verdict</th><th scope="col">as expected</th><th scope="col">group by group</th></tr></thead><tbody>${suite.runs.map(row)}</tbody></table></div></section>${suiteCosts(suite)}</main>
<footer>Made by zklab from suite.json alone.</footer></body></html>
`;
  return page.text;
}

/** For a job summary. */
export function renderSuiteMarkdown(suite: SuiteFile): string {
  const missed = suite.runs.filter((run) => !run.asExpected);
  const lines = missed.map((run) => `- ${code(run.scenario)} (seed ${code(run.seed)})`);
  const glyph = UNICODE_GLYPHS[isMet(suite) ? "holds" : "violated"];
  const said = `## ${glyph} zklab suite ${code(suite.suite)}: ${outcomeOf(suite)}`;
  return `${[said, ...(lines.length === 0 ? [] : [`Not as expected:\n${lines.join("\n")}`])].join("\n\n")}\n\n`;
}

/** `6 of 6 runs as expected`, and what was not played. */
export function outcomeOf({ runs, planned }: SuiteFile): string {
  const met = runs.filter(({ asExpected }) => asExpected).length;
  const missing = planned - runs.length;
  const left = missing > 0 ? `, ${missing} not played` : "";
  return `${met} of ${count(runs.length, "run")} as expected${left}`;
}

function isMet({ runs, planned }: SuiteFile): boolean {
  return runs.length >= planned && runs.every(({ asExpected }) => asExpected);
}

function outcomeBadge(suite: SuiteFile): Markup {
  return isMet(suite)
    ? html`<span class="verdict holds"><span aria-hidden="true">✓</span> as expected</span>`
    : html`<span class="verdict violated"><span aria-hidden="true">✗</span> not as expected</span>`;
}

function row(run: Row): Markup {
  const name = RELATIVE.test(run.run)
    ? html`<a href="${run.run}/report.html">${run.scenario}</a>`
    : html`${run.scenario}`;
  const met = run.asExpected
    ? html`<span class="holds">yes</span>`
    : html`<strong class="violated">no</strong>`;
  return html`<tr><th scope="row">${name}</th><td><code>${run.seed}</code></td><td>${verdictBadge(run.verdict)}</td><td>${met}</td><td>${run.expectations.map(group)}</td></tr>`;
}

function group({ group: name, met, expected, found, verdict }: Group): Markup {
  const said = met ? found : `expected ${expected}, found ${found}`;
  const more = said === VERDICT_WORDS[verdict] ? "" : html`<small>${said}</small>`;
  return html`<div>${name}: ${verdictBadge(verdict)}${more}</div>`;
}

function code(text: string): string {
  return `\`${plain(text).replace(/[`|]/g, "'")}\``;
}
