/** The two tables that answer "which group, which rule": exposed writes by their end, and all claims. */

import type { AuditReport, ClaimResult, Verdict } from "../../audit/types.ts";
import type { RunInfo } from "../../evidence/run-info.ts";
import { claimMatrix } from "../ranked.ts";
import { factsOf } from "../result-words.ts";
import { claimTitle, VERDICT_WORDS } from "../words.ts";
import { GUARD_WORDS } from "./groups.ts";
import { html, type Markup } from "./markup.ts";
import { verdictBadge } from "./verdict-badge.ts";

/** Left out where no write was exposed and the scenario asks for none: it would be a table of zeros. */
export function exposureTable({ groups }: AuditReport, run: RunInfo): Markup | string {
  const isAsked = run.groups.some(({ minimums }) => minimums.exposed > 0);
  if (!isAsked && groups.every(({ exposed }) => exposed === 0)) return "";
  const rows = groups.map((group) => {
    const promises = run.groups.find(({ name }) => name === group.group)?.promises;
    const stale = group.committedStale > 0;
    return html`<tr><th scope="row">${group.group}<small>${promises === undefined ? "" : GUARD_WORDS[promises.guard]}</small></th><td>${verdictBadge(group.verdict)}</td><td class="n">${group.exposed}</td><td class="n ${stale ? "bad" : ""}">${stale ? "✗ " : ""}${group.committedStale}</td><td class="n">${group.fencedByServer}</td><td class="n">${group.refusedByClient}</td><td class="n">${group.otherwise}</td><td class="n">${group.committedWrites}</td><td class="n">${group.terms}</td></tr>`;
  });
  return html`<section aria-labelledby="groups"><h2 id="groups">What became of the writes that were caught by the fault</h2>
<p class="note">Exposed: decided while its contender led, and not settled when that term ended. None of these may be committed; a group in which none was exposed has been tested for nothing. A write may take several attempts: it is counted once, by how it ended.</p>
<div class="wide" tabindex="0" role="region" aria-label="Exposed writes"><table class="exposure"><thead><tr><th scope="col">group</th><th scope="col">verdict</th><th scope="col">writes exposed</th><th scope="col">of them committed</th><th scope="col">refused by the server</th><th scope="col">refused by the client</th><th scope="col">ended otherwise</th><th scope="col">all writes committed</th><th scope="col">terms led</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** Folded where it only repeats the finding and is green otherwise: what is told stays in sight. */
export function claimsTable(report: AuditReport, run: RunInfo): Markup {
  const { groups, rows, ensemble } = claimMatrix(report);
  const perGroup = html`<div class="wide" tabindex="0" role="region" aria-label="Claims about the groups"><table class="claims"><thead><tr><th scope="col">claim</th>${groups.map((group) => html`<th scope="col">${group}</th>`)}</tr></thead><tbody>${rows.map(
    ({ claim, sentence, cells }) =>
      html`<tr>${claimHead({ claim, sentence, group: "any" })}${cells.map((cell) => html`<td>${verdictCell(cell, run)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
  const ofEnsemble = html`<div class="wide" tabindex="0" role="region" aria-label="Claims about the ensemble"><table class="claims"><thead><tr><th scope="col">claim about the ensemble</th><th scope="col">verdict</th></tr></thead><tbody>${ensemble.map(
    (result) => html`<tr>${claimHead(result)}<td>${verdictCell(result, run)}</td></tr>`,
  )}</tbody></table></div>`;
  const open = report.verdict === "unknown" ? html` open` : "";
  return html`<section aria-labelledby="claims"><h2 id="claims">Every claim, every group</h2><details class="all"${open}><summary>${tally(report.claims)}</summary>${rows.length === 0 ? "" : perGroup}${ensemble.length === 0 ? "" : ofEnsemble}</details></section>`;
}

/** `1 violated · 18 hold · 2 not applicable`. */
function tally(claims: readonly ClaimResult[]): string {
  const order: readonly Verdict[] = ["violated", "unknown", "holds", "not-applicable"];
  const parts = order.flatMap((verdict) => {
    const n = claims.filter((claim) => claim.verdict === verdict).length;
    return n === 0 ? [] : `${n} ${verdict === "holds" && n > 1 ? "hold" : VERDICT_WORDS[verdict]}`;
  });
  return `${claims.length} verdicts, claim by claim: ${parts.join(" · ")}`;
}

function claimHead(
  claim: Pick<ClaimResult, "claim" | "sentence"> & { readonly group: string | undefined },
): Markup {
  const title = claimTitle(claim);
  const more = claim.sentence.startsWith(title) ? "" : `: ${claim.sentence}`;
  return html`<th scope="row">${title}<small><code>${claim.claim}</code>${more}</small></th>`;
}

function verdictCell(result: ClaimResult | undefined, run: RunInfo): Markup | string {
  if (result === undefined) return "";
  const { verdict, reasons } = result;
  const facts = factsOf(result, run);
  const shown = facts.length === 0 ? reasons : [facts.join(" · "), ...reasons];
  return html`${verdictBadge(verdict)}${shown.map((line) => html`<small>${line}</small>`)}`;
}
