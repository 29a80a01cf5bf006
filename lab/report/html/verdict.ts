/** The top of the page: what was run, the verdict, whether it was expected, and the rule in one sentence. */

import type { AuditReport, ClaimResult } from "../../audit/types.ts";
import type { Evidence } from "../../evidence/evidence.ts";
import { compareExpectations, type Expectation } from "../expectation.ts";
import type { RankedFinding } from "../ranked.ts";
import { openReasons } from "../reasons.ts";
import type { Timeline } from "../timeline/types.ts";
import { claimTitle, count, exposedEnds, RUN_VERDICT_MEANS, sayFinding } from "../words.ts";
import { groupCards } from "./groups.ts";
import { html, type Markup } from "./markup.ts";
import { verdictBadge } from "./verdict-badge.ts";

export const KICKER =
  "zklab · a chaos lab for leader election on Apache ZooKeeper: real servers, real faults, judged from the servers' own transaction logs";

export function verdictHeader(
  { run, problems }: Evidence,
  report: AuditReport,
  told: { readonly finding: RankedFinding | undefined; readonly timeline: Timeline },
): Markup {
  const reasons = openReasons(report, problems);
  const why =
    reasons.length === 0
      ? ""
      : html`<p>What could not be judged, and why:</p><ul class="reasons">${reasons.map((reason) => html`<li>${reason}</li>`)}</ul>`;
  const expectations = compareExpectations(run, report);
  return html`<header>
<p class="kicker">${KICKER}</p>
<h1>${run.scenario.name} ${verdictBadge(report.verdict)}${asExpected(expectations)}</h1>
<p class="lead">${run.scenario.description}</p>
${expectedOf(run, expectations)}
${told.finding === undefined || report.verdict !== "violated" ? html`<p>Verdict: ${RUN_VERDICT_MEANS[report.verdict]}.</p>` : ""}
${rule(report, told.finding)}
${groupCards(run, report, { expectations, timeline: told.timeline })}
${why}
${numbers(report)}
</header>`;
}

/** A red verdict is bad news only where nobody asked for it. */
function asExpected(expectations: readonly Expectation[]): Markup | string {
  if (expectations.length === 0) return "";
  return expectations.every(({ met }) => met)
    ? html` <span class="expected">as expected</span>`
    : html` <span class="expected bad">not as expected</span>`;
}

function expectedOf(
  { groups }: Evidence["run"],
  expectations: readonly Expectation[],
): Markup | string {
  if (expectations.length === 0) return "";
  const missed = expectations.filter(({ met }) => !met).map(({ group }) => group);
  if (missed.length > 0)
    return html`<p><strong class="bad">Not as the scenario expects</strong>: ${missed.join(", ")}.</p>`;
  const wants = (verdict: string): readonly string[] =>
    groups.flatMap(({ name, expect }) => (expect?.verdict === verdict ? name : []));
  const [breaking, keeping] = [wants("violated"), wants("holds")];
  if (breaking.length === 0) return html`<p>Each group came out as the scenario expects.</p>`;
  const kept = keeping.length === 0 ? "" : `, ${listed(keeping)} to keep it`;
  return html`<p><strong>As the scenario expects</strong>: ${listed(breaking)} ${breaking.length === 1 ? "is" : "are"} in this run to break the rule${kept}.</p>`;
}

function listed(names: readonly string[]): string {
  return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}

/** The rule that was broken; else the first that was judged. */
function rule(report: AuditReport, told: RankedFinding | undefined): Markup | string {
  const claim: ClaimResult | undefined = told?.claim ?? report.claims[0];
  if (claim === undefined) return "";
  const broken = told?.finding.grade === "violation";
  const found = broken
    ? html`<br><span class="broken">Broken: ${sayFinding(told.finding)}</span>`
    : "";
  const title = claimTitle(claim);
  const sentence = claim.sentence.startsWith(title)
    ? html`${claim.sentence}`
    : html`<strong>${title}.</strong> ${claim.sentence}`;
  const guarded = /guarded/.test(claim.sentence)
    ? html`<small>Guarded: to a path that only the leader may write.</small>`
    : "";
  return html`<blockquote class="${broken ? "broken-rule" : "rule-kept"}"><span class="label">${broken ? "The rule that was broken" : "The rule"}</span><br>${sentence}${found}${guarded}</blockquote>`;
}

function numbers({ groups, claims }: AuditReport): Markup {
  const sum = (of: (group: AuditReport["groups"][number]) => number): number =>
    groups.reduce((total, group) => total + of(group), 0);
  const exposed = sum((group) => group.exposed);
  const ends = exposedEnds({
    committedStale: sum((group) => group.committedStale),
    fencedByServer: sum((group) => group.fencedByServer),
    refusedByClient: sum((group) => group.refusedByClient),
    otherwise: sum((group) => group.otherwise),
  });
  const violations = claims.reduce((total, claim) => total + claim.violations, 0);
  const warnings = claims.reduce((total, claim) => total + claim.warnings, 0);
  const figures = [
    {
      n: sum((group) => group.committedWrites),
      what: "committed writes that only a leader may make",
    },
    ...(exposed === 0
      ? []
      : [
          {
            n: exposed,
            what: `exposed to the fault${ends.length === 0 ? "" : `: ${ends.join(", ")}`}`,
          },
        ]),
    {
      n: violations,
      what: `${violations === 1 ? "violation" : "violations"}, ${count(warnings, "warning")}`,
    },
  ];
  return html`<dl class="figures">${figures.map(({ n, what }) => html`<div><dd>${n.toLocaleString("en-GB")}</dd><dt>${what}</dt></div>`)}</dl>`;
}
