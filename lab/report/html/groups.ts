/** The groups side by side, each with its verdict and whether the scenario expected it: the contrast is the point. */

import type { AuditReport, GroupSummary } from "../../audit/types.ts";
import type { RunInfo } from "../../evidence/run-info.ts";
import { compareExpectations, type Expectation } from "../expectation.ts";
import { html, type Markup } from "./markup.ts";
import { verdictBadge } from "./verdict-badge.ts";

/** How a strategy says that it keeps a leader of yesterday from writing. */
export const GUARD_WORDS: Readonly<Record<RunInfo["groups"][number]["promises"]["guard"], string>> =
  {
    none: "promises no guard",
    path: "promises to check its election znode in the same transaction",
    session: "promises to write only in the session that was elected",
    version: "promises to write by version",
    "epoch-node": "promises to check an epoch znode in the same transaction",
  };

/** A card a group; a page whose run kept no expectations says nothing of them. */
export function groupCards(run: RunInfo, report: AuditReport): Markup | string {
  if (report.groups.length === 0) return "";
  const expectations = compareExpectations(run, report);
  const cards = report.groups.map((group) => {
    const info = run.groups.find(({ name }) => name === group.group);
    const expectation = expectations.find((one) => one.group === group.group);
    return card(group, info, expectation);
  });
  const missed = expectations.filter(({ met }) => !met);
  const said =
    missed.length === 0
      ? html`Each came out as the scenario expects${report.verdict === "violated" ? ": it is made to show which of them break the rule" : ""}.`
      : html`<strong class="bad">Not as the scenario expects</strong>: ${missed.map(({ group }) => group).join(", ")}.`;
  const note = expectations.length === 0 ? "" : html`<p>${said}</p>`;
  return html`<ul class="groups" aria-label="The groups of contenders, side by side">${cards}</ul>${note}`;
}

function card(
  { group, verdict, exposed, committedStale }: GroupSummary,
  info: RunInfo["groups"][number] | undefined,
  expectation: Expectation | undefined,
): Markup {
  const guard = info === undefined ? "" : html`<small>${GUARD_WORDS[info.promises.guard]}</small>`;
  const missed =
    expectation === undefined || expectation.met
      ? ""
      : html`<small class="bad">✗ expected ${expectation.expected}, found ${expectation.found}</small>`;
  const stale = `${committedStale} of ${exposed} exposed writes committed`;
  return html`<li class="${verdict}"><div><strong>${group}</strong> ${verdictBadge(verdict)}</div>${guard}<small>${stale}</small>${missed}</li>`;
}
