/** From what the servers said to risks, each with one line of advice, and a score. Pure. */

import { ZXID_SPLIT, type ZxidSplit } from "../ids.ts";
import { epochChanges, forecastOf, rateOf } from "./forecast.ts";
import type { Thresholds } from "./thresholds.ts";
import type { Answered, Forecast, Look, Risk, RiskReport, Sample, Severity } from "./types.ts";
import { lengthInWords, percentUsed } from "./words.ts";

const DAY_MS = 86_400_000;
const POINTS: Readonly<Record<Severity, number>> = { ok: 0, unknown: 0, warning: 15, critical: 40 };

export interface RiskInput {
  readonly at: number;
  /** The newest look at each server. */
  readonly looks: readonly Look[];
  /** All samples that count for the rate, stored ones included. */
  readonly samples: readonly Sample[];
  readonly gapMs: number;
  readonly thresholds: Thresholds;
  readonly split?: ZxidSplit;
}

export function judgeRisk(input: RiskInput): RiskReport {
  const answered = input.looks.filter((look): look is Answered => "mode" in look);
  const now = sampleOf(input.looks);
  const rate = rateOf(input.samples);
  const isStandalone = answered.length > 0 && answered.every((look) => look.mode === "standalone");
  const forecast =
    now === undefined || isStandalone
      ? undefined
      : forecastOf(now, rate, input.split ?? ZXID_SPLIT);
  const risks = [
    serversRisk(input.looks),
    leaderRisk(answered, isStandalone),
    ...zxidRisks(forecast, isStandalone, input),
    electionRisk(answered, input.thresholds),
    changesRisk(epochChanges(input.samples), input.thresholds),
  ];
  const lost = risks.reduce((sum, risk) => sum + POINTS[risk.severity], 0);
  return {
    at: input.at,
    servers: input.looks,
    leader: answered.find((look) => look.mode === "leader")?.server,
    epoch: now?.epoch,
    counter: now?.counter,
    rate,
    forecast,
    leaderChanges: epochChanges(input.samples),
    gapMs: input.gapMs,
    risks,
    score: Math.max(0, 100 - lost),
    severity: now === undefined ? "unknown" : worst(risks),
  };
}

/** The leader's position, else the furthest that anybody tells; undefined where nobody tells one. */
export function sampleOf(looks: readonly Look[]): Sample | undefined {
  let furthest: Answered | undefined;
  for (const look of looks) {
    if (!("mode" in look)) continue;
    if (look.mode === "leader") return take(look);
    const isFurther =
      furthest === undefined ||
      look.epoch > furthest.epoch ||
      (look.epoch === furthest.epoch && look.counter > furthest.counter);
    if (isFurther) furthest = look;
  }
  return furthest === undefined ? undefined : take(furthest);
}

function take({ at, epoch, counter }: Answered): Sample {
  return { at, epoch, counter };
}

/** What is not known is no reason for alarm by itself: servers that are silent have a risk of their own. */
function worst(risks: readonly Risk[]): Severity {
  for (const severity of ["critical", "warning"] as const)
    if (risks.some((risk) => risk.severity === severity)) return severity;
  return "ok";
}

function serversRisk(looks: readonly Look[]): Risk {
  const silent = looks.filter((look) => "why" in look);
  const found = `${looks.length - silent.length} of ${looks.length} servers answer`;
  // Losing half of an ensemble, or more, is losing the quorum.
  const isLost = silent.length * 2 >= looks.length;
  const severity = silent.length === 0 ? "ok" : isLost ? "critical" : "warning";
  const names = silent.map(({ server }) => server).join(", ");
  return {
    name: "servers",
    severity,
    found: silent.length === 0 ? found : `${found}; not ${names}`,
    advice:
      severity === "ok" ? "nothing to do" : "bring them back: one more loss may cost the quorum",
  };
}

function leaderRisk(answered: readonly Answered[], isStandalone: boolean): Risk {
  const leaders = answered.filter((look) => look.mode === "leader").map((look) => look.server);
  const base = { name: "leader" };
  if (isStandalone)
    return {
      ...base,
      severity: "warning",
      found: "one standalone server",
      advice: "a standalone server is a single point of failure: use three",
    };
  if (leaders.length === 1)
    return { ...base, severity: "ok", found: `${leaders[0]} leads`, advice: "nothing to do" };
  if (leaders.length > 1)
    return {
      ...base,
      severity: "warning",
      found: `${leaders.join(" and ")} say that they lead`,
      advice: "look again: an old leader may not have noticed yet; if it stays, check the servers",
    };
  const isFollowed = answered.some((look) => look.mode === "follower");
  return {
    ...base,
    severity: isFollowed ? "unknown" : "critical",
    found: isFollowed ? "none of the servers named leads" : "no leader",
    advice: isFollowed ? "name every server of the ensemble" : "find out why no quorum forms",
  };
}

function zxidRisks(
  forecast: Forecast | undefined,
  isStandalone: boolean,
  { at, thresholds: t }: RiskInput,
): readonly Risk[] {
  const unknown = isStandalone ? "a standalone server has no epochs" : "no server tells its zxid";
  if (forecast === undefined)
    return ["zxid-share", "zxid-date"].map((name) => ({
      name,
      severity: isStandalone ? "ok" : "unknown",
      found: unknown,
      advice: isStandalone ? "nothing to do" : "allow srvr in 4lw.commands.whitelist",
    }));
  const { share, pessimisticAt, transactionsLeft } = forecast;
  const advice = "re-elect at a quiet hour (restart the leader): the counter starts anew";
  const used = `${percentUsed(share, 2)} used, ${transactionsLeft} transactions left`;
  const shared = above(share, t.shareWarning, t.shareCritical);
  const days = pessimisticAt === undefined ? undefined : (pessimisticAt - at) / DAY_MS;
  const dated = days === undefined ? "ok" : above(-days, -t.daysWarning, -t.daysCritical);
  return [
    {
      name: "zxid-share",
      severity: shared,
      found: used,
      advice: shared === "ok" ? "nothing to do" : advice,
    },
    {
      name: "zxid-date",
      severity: dated,
      found:
        days === undefined
          ? "no transactions were seen, so no date"
          : `runs out in ${lengthInWords(days * DAY_MS)} at the highest rate seen`,
      advice: dated === "ok" ? "nothing to do" : advice,
    },
  ];
}

function electionRisk(answered: readonly Answered[], t: Thresholds): Risk {
  const times = answered.flatMap(({ election }) => [
    ...(election?.unavailableMaxMs === undefined ? [] : [election.unavailableMaxMs]),
    ...(election?.voteMaxMs === undefined ? [] : [election.voteMaxMs]),
  ]);
  if (times.length === 0)
    return {
      name: "election-time",
      severity: "unknown",
      found: "no server tells how long elections take",
      advice: "enable AdminServer on 3.6 or later, or watch election_time by other means",
    };
  const longest = Math.max(...times);
  const severity = above(longest, t.electionMsWarning, t.electionMsCritical);
  return {
    name: "election-time",
    severity,
    found: `the longest took ${longest} ms`,
    advice:
      severity === "ok"
        ? "nothing to do"
        : "make session timeouts longer than this, and look at disk and network latency",
  };
}

function changesRisk(changes: number, t: Thresholds): Risk {
  const severity = above(changes, t.changesWarning, t.changesCritical);
  return {
    name: "leader-changes",
    severity,
    found: `${changes} changes of epoch in the samples`,
    advice:
      severity === "ok"
        ? "nothing to do"
        : "find out what costs the leader its quorum: GC, disk, network; recipes react to each",
  };
}

function above(value: number, warning: number, critical: number): Severity {
  if (value >= critical) return "critical";
  return value >= warning ? "warning" : "ok";
}
