/** The page's table of re-elections: four views of one gap, and what was kept. */

import type { ReElectionView } from "../../audit/types.ts";
import { costOf, keptOf, MEASURES } from "../re-elections.ts";
import { html, type Markup } from "./markup.ts";

export function reElectionsSection(views: readonly ReElectionView[]): Markup | string {
  if (views.length === 0) return "";
  const heads = MEASURES.map(({ title }) => html`<th scope="col">${title}</th>`);
  return html`<section aria-labelledby="re-elections"><h2 id="re-elections">What each re-election of the ensemble cost</h2>
<p class="note">The vote is the smallest part of it; what a job feels is from its last acknowledged write to its first one after. A session or an ephemeral counts as lost where it expired within two session timeouts. Nothing is judged by these numbers.</p>
<div class="wide" tabindex="0" role="region" aria-label="Re-elections"><table class="exposure"><thead><tr><th scope="col">epochs</th><th scope="col">leading server</th>${heads}<th scope="col">sessions kept</th><th scope="col">ephemerals kept</th></tr></thead><tbody>${views.map(row)}</tbody></table></div></section>`;
}

function row(view: ReElectionView): Markup {
  const cost = costOf(view);
  const felt = view.felt.map(({ group, before, after, ms }) => {
    const who = before === after ? before : `${before}, then ${after}`;
    return html`<small>${group === undefined ? "the lab's probe" : who}: ${time(ms)}</small>`;
  });
  const times = MEASURES.map(
    ({ key }) => html`<td class="n">${time(cost[key])}${key === "feltMs" ? felt : ""}</td>`,
  );
  const leaders = `${view.leaderBefore ?? "?"} to ${view.leaderAfter ?? "?"}`;
  const { opened } = view.sessions;
  const more = opened === 0 ? "" : html`<small>${opened} new</small>`;
  const { from, to, cause = "not forced" } = view;
  return html`<tr><th scope="row">${from}\u00a0to\u00a0${to}<small>${cause}</small></th><td>${leaders}</td>${times}<td class="n">${keptOf(view.sessions)}${more}</td><td class="n">${keptOf(view.ephemerals)}</td></tr>`;
}

/** In one piece: a number and its unit stand on one line. */
function time(ms: number | undefined): string {
  return ms === undefined ? "–" : `${ms}\u00a0ms`;
}
