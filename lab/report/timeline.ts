/**
 * The timeline's view model: evidence and audit in, lanes out. It draws nothing and judges nothing;
 * the page, and later the live page and the trace, draw from the same values.
 *
 * Belief stands above truth in every contender's lane, so that a lie is seen at once.
 */

import type { AuditResult } from "../audit/types.ts";
import type { Evidence } from "../evidence/evidence.ts";
import type { HistoryEvent } from "../evidence/history.ts";
import { rankFindings } from "./ranked.ts";
import { faultLanes } from "./timeline/faults.ts";
import { findingMarks } from "./timeline/findings.ts";
import { contenderHistories, groupLanes } from "./timeline/groups.ts";
import { limited } from "./timeline/limits.ts";
import { serverLanes } from "./timeline/servers.ts";
import { ms, spread } from "./timeline/spans.ts";
import {
  type GroupLanes,
  type Span,
  TIMELINE_LIMITS,
  type Timeline,
  type TimelineLimits,
  type ZxidTick,
} from "./timeline/types.ts";
import { chooseWrites, decisions, withStaleTerms } from "./timeline/writes.ts";
import { count } from "./words.ts";

export * from "./timeline/types.ts";

export function buildTimeline(
  evidence: Evidence,
  result: AuditResult,
  limits: TimelineLimits = TIMELINE_LIMITS,
): Timeline {
  const { run, history } = evidence;
  const bounds = boundsOf(evidence, result);
  const faults = faultLanes(history);
  const chosen = chooseWrites(withStaleTerms(result.writes, result.report), limits);
  const stoppingMs = stopOf(evidence);
  const sources = {
    result,
    histories: contenderHistories(history),
    faults,
    writes: chosen.writes,
    decided: decisions(chosen.writes, history),
    ...{ bounds, stoppingMs },
  };
  const notices = [...chosen.notices];
  const groups = limited(
    run.groups.map((group) => groupLanes(group, sources)),
    limits,
    notices,
  );
  if (faults.length > limits.faultsDrawnMax) {
    const leftOut = count(faults.length - limits.faultsDrawnMax, "fault");
    notices.push(`the first ${limits.faultsDrawnMax} faults have lanes: ${leftOut} were left out`);
  }
  const ranked = rankFindings(result.report).slice(0, limits.findingsDrawnMax);
  return {
    ...bounds,
    openingMs: firstAt(evidence, "opening"),
    sealingMs: firstAt(evidence, "sealing"),
    stoppingMs,
    faults: faults.slice(0, limits.faultsDrawnMax),
    servers: serverLanes(run, history, faults, bounds),
    groups,
    findings: findingMarks(ranked, groups, chosen.writes, bounds),
    zxids: zxidTicks(groups, bounds, limits.zxidTicksMax),
    notices,
  };
}

/** From the first to the last thing that has a place in time; never empty. */
function boundsOf({ history }: Evidence, { report, writes }: AuditResult): Span {
  let from = Number.POSITIVE_INFINITY;
  let to = Number.NEGATIVE_INFINITY;
  const include = (nanos: number): void => {
    from = Math.min(from, nanos);
    to = Math.max(to, nanos);
  };
  for (const { event } of history) include(event.at);
  const brackets = [
    ...report.terms.flatMap(({ began, ended }) => [began, ended]),
    ...writes.map(({ at }) => at),
  ];
  for (const bracket of brackets) {
    if (bracket === undefined) continue;
    include(bracket.earliest);
    include(bracket.latest);
  }
  if (from > to) return { fromMs: 0, toMs: 1 };
  return { fromMs: ms(from), toMs: Math.max(ms(to), ms(from) + 1) };
}

function firstAt({ history }: Evidence, type: HistoryEvent["type"]): number | undefined {
  const found = history.find(({ event }) => event.type === type);
  return found === undefined ? undefined : ms(found.event.at);
}

function stopOf({ history }: Evidence): number | undefined {
  const found = history.find(({ event }) => event.type === "stage" && event.stage === "stop");
  return found === undefined ? undefined : ms(found.event.at);
}

/**
 * Drawn writes as ticks of a zxid axis, at least a part of the axis apart, so that none overlap: those
 * that were not good first, since theirs are the zxids that one looks for.
 */
function zxidTicks(groups: readonly GroupLanes[], bounds: Span, max: number): readonly ZxidTick[] {
  const writes = groups.flatMap(({ contenders }) => contenders.flatMap((lane) => lane.writes));
  const apartMs = (bounds.toMs - bounds.fromMs) / (max + 1);
  const isBad = ({ judgement }: (typeof writes)[number]): boolean => judgement !== "good";
  const ticks: ZxidTick[] = [];
  const byTime = writes.sort((a, b) => a.atMs - b.atMs);
  for (const write of [...byTime.filter(isBad), ...byTime.filter((one) => !isBad(one))]) {
    const { atMs, zxid } = write;
    if (ticks.every((tick) => Math.abs(tick.atMs - atMs) >= apartMs))
      ticks.push({ atMs, zxid, bad: isBad(write) });
  }
  return spread(ticks, max).toSorted((a, b) => a.atMs - b.atMs);
}
