/** The groups side by side, each with what it is and how its exposed writes ended: the contrast is the point. */

import { findStrategy } from "../../../contenders/catalogue.ts";
import type { AuditReport, GroupSummary } from "../../audit/types.ts";
import type { GroupInfo, RunInfo } from "../../evidence/run-info.ts";
import type { Expectation } from "../expectation.ts";
import type { RefusalMark, Timeline } from "../timeline/types.ts";
import { exposedEnds } from "../words.ts";
import { html, type Markup } from "./markup.ts";
import { verdictBadge } from "./verdict-badge.ts";

/** How a strategy says that it keeps a leader of yesterday from writing. */
export const GUARD_WORDS: Readonly<Record<GroupInfo["promises"]["guard"], string>> = {
  none: "writes with no protection",
  path: "checks its election znode in the write's own transaction",
  session: "writes only in the session that was elected",
  version: "writes by version",
  "epoch-node": "checks an epoch znode in the write's own transaction",
};

/** What stands behind a refusal's code; others are shown by the code alone. */
const CODE_WORDS: Readonly<Record<string, string>> = {
  NoNode: "NoNode: the znode that it checks was gone",
  SessionExpired: "SessionExpired: its session was over",
  BadVersion: "BadVersion: another had written since",
};

interface CardContext {
  readonly expectations: readonly Expectation[];
  readonly timeline: Timeline;
}

/** A card a group; a page whose run kept no expectations says nothing of them. */
export function groupCards(
  run: RunInfo,
  { groups }: AuditReport,
  { expectations, timeline }: CardContext,
): Markup | string {
  if (groups.length === 0) return "";
  const cards = groups.map((group) => {
    const lanes = timeline.groups.find((one) => one.group === group.group);
    return card(group, {
      info: run.groups.find(({ name }) => name === group.group),
      expectation: expectations.find((one) => one.group === group.group),
      refusals: lanes?.contenders.flatMap(({ refusals }) => refusals) ?? [],
    });
  });
  return html`<ul class="groups" aria-label="The groups of contenders, side by side">${cards}</ul>`;
}

interface Card {
  readonly info: GroupInfo | undefined;
  readonly expectation: Expectation | undefined;
  readonly refusals: readonly RefusalMark[];
}

function card(group: GroupSummary, { info, expectation, refusals }: Card): Markup {
  const missed =
    expectation === undefined || expectation.met
      ? ""
      : html`<small class="bad">✗ expected ${expectation.expected}, found ${expectation.found}</small>`;
  return html`<li class="${group.verdict}"><div><strong>${group.group}</strong> ${verdictBadge(group.verdict)}</div>${info === undefined ? "" : what(info)}${endOf(group, { info, refusals })}${missed}</li>`;
}

/** Which recipe and library, and what keeps it from writing when it leads no more. */
function what({ strategy, command, options, promises }: GroupInfo): Markup {
  const summary = command === undefined ? findStrategy(strategy)?.summary : command.join(" ");
  const own = Object.entries(options).map(([name, value]) => `${name}: ${String(value)}`);
  const set = own.length === 0 ? "" : ` (here ${own.join(", ")})`;
  return html`${summary === undefined ? "" : html`<small>${summary}${set}</small>`}<small>${GUARD_WORDS[promises.guard]}</small>`;
}

/** Says nothing of exposure where there was none and the scenario asks for none. */
function endOf(
  group: GroupSummary,
  { info, refusals }: Pick<Card, "info" | "refusals">,
): Markup | string {
  const { exposed, fencedByServer, refusedByClient } = group;
  if (exposed === 0) {
    const asked = info?.minimums.exposed ?? 0;
    return asked === 0 ? "" : html`<small class="end">no write was exposed to the fault</small>`;
  }
  const by = [
    ...(fencedByServer > 0 ? ["server"] : []),
    ...(refusedByClient > 0 ? ["client"] : []),
  ];
  // An op may be refused more than once: it ended as its last attempt did.
  const last = new Map(refusals.filter((one) => by.includes(one.by)).map((one) => [one.op, one]));
  const codes = new Set([...last.values()].map(({ code }) => code));
  const why = [...codes].slice(0, 2).map((code) => CODE_WORDS[code] ?? code);
  const because = why.length === 0 ? "" : ` (${why.join("; ")})`;
  return html`<small class="end">${exposed} exposed: ${exposedEnds(group).join(", ")}${because}</small>`;
}
