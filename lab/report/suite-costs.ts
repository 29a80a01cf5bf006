/** Over the runs of a suite: the spread of what re-elections cost, by scenario, version and cause. */

import type { SuiteFile } from "../evidence/suite-file.ts";
import { html, type Markup } from "./html/markup.ts";
import { type Cost, MEASURES, type Spread, spreadOf } from "./re-elections.ts";
import { plain } from "./untrusted.ts";
import { count } from "./words.ts";

interface Kind {
  readonly scenario: string;
  readonly zookeeper: string;
  readonly cause: string;
  readonly costs: Cost[];
}

function kindsOf({ runs }: SuiteFile): readonly Kind[] {
  const kinds = new Map<string, Kind>();
  for (const { scenario, zookeeper = "?", reElections = [] } of runs)
    for (const { cause = "not forced", ...cost } of reElections) {
      const key = JSON.stringify([scenario, zookeeper, cause]);
      const kind = kinds.get(key) ?? { scenario, zookeeper, cause, costs: [] };
      kinds.set(key, kind);
      kind.costs.push(cost);
    }
  return [...kinds.values()];
}

/** Nothing where no run had a re-election. */
export function suiteCosts(suite: SuiteFile): Markup | string {
  const kinds = kindsOf(suite);
  if (kinds.length === 0) return "";
  const heads = MEASURES.map(({ title }) => html`<th scope="col">${title}</th>`);
  const rows = kinds.map((kind) => {
    const cells = MEASURES.map(
      ({ key }) => html`<td class="n">${said(spreadOf(kind.costs, key))}</td>`,
    );
    return html`<tr><th scope="row">${kind.scenario}<small>ZooKeeper ${kind.zookeeper}, ${kind.cause}</small></th><td class="n">${kind.costs.length}</td>${cells}</tr>`;
  });
  return html`<section aria-labelledby="costs"><h2 id="costs">What the re-elections cost</h2>
<p class="note">Median, and the smallest and the largest, over all runs.</p>
<div class="wide" tabindex="0" role="region" aria-label="Costs"><table class="exposure"><thead><tr><th scope="col">scenario</th><th scope="col">re-elections</th>${heads}</tr></thead><tbody>${rows}</tbody></table></div></section>`;
}

/** A line a kind, for the terminal. */
export function suiteCostLines(suite: SuiteFile): readonly string[] {
  return kindsOf(suite).map(({ scenario, zookeeper, cause, costs }) => {
    const parts = MEASURES.map(({ key, short }) => `${short} ${said(spreadOf(costs, key))}`);
    const what = `${scenario} on ZooKeeper ${zookeeper}, ${cause}`;
    return plain(`${what}: ${count(costs.length, "re-election")}, ${parts.join(", ")}`, 1_000);
  });
}

function said(spread: Spread | undefined): string {
  return spread === undefined ? "–" : `${spread.median} ms (${spread.min} to ${spread.max})`;
}
