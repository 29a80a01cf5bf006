/** The top of the page: what was run, the verdict, and the rule in one sentence. */

import type { AuditReport, ClaimResult } from "../../audit/types.ts";
import type { Evidence } from "../../evidence/evidence.ts";
import type { RankedFinding } from "../ranked.ts";
import { openReasons } from "../reasons.ts";
import { count, RUN_VERDICT_MEANS, sayFinding, VERDICT_WORDS } from "../words.ts";
import { groupCards } from "./groups.ts";
import { html, type Markup } from "./markup.ts";
import { verdictBadge } from "./verdict-badge.ts";

export function verdictHeader(
  { run, problems }: Evidence,
  report: AuditReport,
  told: RankedFinding | undefined,
): Markup {
  const reasons = openReasons(report, problems);
  const why =
    reasons.length === 0
      ? ""
      : html`<ul class="reasons">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`;
  return html`<header>
<p class="kicker">zklab · leader election under faults, audited from the servers' own logs</p>
<h1>${run.scenario.name} ${verdictBadge(report.verdict)}</h1>
<p class="lead">${run.scenario.description}</p>
<p><strong>${VERDICT_WORDS[report.verdict]}</strong>: ${RUN_VERDICT_MEANS[report.verdict]}.</p>
${rule(report, told)}
${groupCards(run, report)}
${why}
${numbers(report)}
</header>`;
}

/** The rule that was broken; else the first that was judged. */
function rule(report: AuditReport, told: RankedFinding | undefined): Markup | string {
  const claim: ClaimResult | undefined = told?.claim ?? report.claims[0];
  if (claim === undefined) return "";
  const broken = told?.finding.grade === "violation";
  const found = broken
    ? html`<br><span class="broken">Broken: ${sayFinding(told.finding)}</span>`
    : "";
  return html`<blockquote class="${broken ? "broken-rule" : "rule-kept"}"><span class="label">${broken ? "The rule that was broken" : "The rule"}</span><br>${claim.sentence}${found}</blockquote>`;
}

function numbers({ groups, claims }: AuditReport): Markup {
  const sum = (of: (group: AuditReport["groups"][number]) => number): number =>
    groups.reduce((total, group) => total + of(group), 0);
  const violations = claims.reduce((total, claim) => total + claim.violations, 0);
  const warnings = claims.reduce((total, claim) => total + claim.warnings, 0);
  const figures = [
    { n: sum((group) => group.committedWrites), what: "guarded writes committed" },
    { n: sum((group) => group.exposed), what: "attempts exposed to the fault" },
    { n: sum((group) => group.committedStale), what: "of them committed stale" },
    { n: violations, what: `violations, ${count(warnings, "warning")}` },
  ];
  return html`<dl class="figures">${figures.map(({ n, what }) => html`<div><dd>${n.toLocaleString("en-GB")}</dd><dt>${what}</dt></div>`)}</dl>`;
}
