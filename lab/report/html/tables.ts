/** The two tables that answer "which group, which rule": exposed attempts by their end, and all claims. */

import type { AuditReport, ClaimResult } from "../../audit/types.ts";
import type { RunInfo } from "../../evidence/run-info.ts";
import { claimMatrix } from "../ranked.ts";
import { claimTitle } from "../words.ts";
import { GUARD_WORDS } from "./groups.ts";
import { html, type Markup } from "./markup.ts";
import { verdictBadge } from "./verdict-badge.ts";

export function exposureTable({ groups }: AuditReport, run: RunInfo): Markup {
  const rows = groups.map((group) => {
    const promises = run.groups.find(({ name }) => name === group.group)?.promises;
    const stale = group.committedStale > 0;
    return html`<tr><th scope="row">${group.group}<small>${group.strategy}: ${promises === undefined ? "" : GUARD_WORDS[promises.guard]}</small></th><td>${verdictBadge(group.verdict)}</td><td class="n">${group.terms}</td><td class="n">${group.committedWrites}</td><td class="n">${group.exposed}</td><td class="n ${stale ? "bad" : ""}">${stale ? "✗ " : ""}${group.committedStale}</td><td class="n">${group.fencedByServer}</td><td class="n">${group.refusedByClient}</td><td class="n">${group.otherwise}</td></tr>`;
  });
  return html`<section aria-labelledby="groups"><h2 id="groups">What became of the writes that were caught by the fault</h2>
<p class="note">Exposed: decided while its contender led, settled after that term had ended. None of these may be committed; a group in which none was exposed has been tested for nothing.</p>
<div class="wide"><table class="exposure"><thead><tr><th scope="col">group</th><th scope="col">verdict</th><th scope="col">terms</th><th scope="col">writes committed</th><th scope="col">attempts exposed</th><th scope="col">committed stale</th><th scope="col">fenced by the server</th><th scope="col">refused by the client</th><th scope="col">otherwise</th></tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

export function claimsTable(report: AuditReport): Markup {
  const { groups, rows, ensemble } = claimMatrix(report);
  const perGroup = html`<div class="wide"><table class="claims"><thead><tr><th scope="col">claim</th>${groups.map((group) => html`<th scope="col">${group}</th>`)}</tr></thead><tbody>${rows.map(
    ({ claim, sentence, cells }) =>
      html`<tr>${claimHead(claim, sentence)}${cells.map((cell) => html`<td>${verdictCell(cell)}</td>`)}</tr>`,
  )}</tbody></table></div>`;
  const ofEnsemble = html`<div class="wide"><table class="claims"><thead><tr><th scope="col">claim about the ensemble</th><th scope="col">verdict</th></tr></thead><tbody>${ensemble.map(
    (result) =>
      html`<tr>${claimHead(result.claim, result.sentence)}<td>${verdictCell(result)}</td></tr>`,
  )}</tbody></table></div>`;
  return html`<section aria-labelledby="claims"><h2 id="claims">Every claim, every group</h2>${rows.length === 0 ? "" : perGroup}${ensemble.length === 0 ? "" : ofEnsemble}</section>`;
}

function claimHead(claim: ClaimResult["claim"], sentence: string): Markup {
  return html`<th scope="row">${claimTitle(claim)}<small>${claim}: ${sentence}</small></th>`;
}

function verdictCell(result: ClaimResult | undefined): Markup | string {
  if (result === undefined) return "";
  const { verdict, violations, warnings, examined, exposed, reasons, numbers } = result;
  const facts = [
    ...(violations > 0 ? [`${violations} violated`] : []),
    ...(warnings > 0 ? [`${warnings} warned`] : []),
    `${examined} examined`,
    `${exposed} exposed`,
    ...Object.entries(numbers).flatMap(([name, n]) => (n === 0 ? [] : `${wordsOf(name)} ${n}`)),
  ];
  const shown = verdict === "not-applicable" ? reasons : [facts.join(" · "), ...reasons];
  return html`${verdictBadge(verdict)}${shown.map((line) => html`<small>${line}</small>`)}`;
}

/** `fencedByServer` → `fenced by server`. */
function wordsOf(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
