/**
 * Two running, connected contenders never believe at once for longer than the bound (semantics 6). A
 * belief is what a contender acts on: from `elected` to `revoked` or its process's exit. It does not
 * count while the process is stopped, nor for a grace after it runs again: it must first find out. Nor
 * while its contender has no connection, for then nobody can tell it. Such overlaps, and shorter ones,
 * are numbers. Times of another host's clock are compared as well as that clock is known.
 */

import type { Belief } from "../contenders.ts";
import { groupOf } from "../contenders.ts";
import { concerning } from "../doubts.ts";
import { historyRef, Tally } from "../findings.ts";
import { type PresenceOf, readPresence } from "../presence.ts";
import { lengthOf, longestOf, overlapOf, type Span, without } from "../spans.ts";
import { formatToken } from "../token.ts";
import type { ClaimResult } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { countLag } from "./belief-lag.ts";

export const SINGLE_BELIEF = {
  claim: "single-belief",
  sentence: "Two running, connected contenders never believe at once for longer than the bound",
  findings: ["dual-belief"],
} as const;

const NS_PER_MS = 1e6;
/** How long after it runs again a process may take to find out: its client's own timers come first. */
const GRACE_SESSIONS = 0.5;

export function judgeSingleBelief(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...SINGLE_BELIEF, group: group.info.name });
  if (group.blackBox) return tally.notApplicable("the contenders do not tell what they believe");
  const { history } = world.evidence;
  const own = world.contenders.beliefs.filter(
    (each) => groupOf(each.incarnation) === group.info.name,
  );
  const beliefs = own.filter(({ incarnation }) => world.clockErrorOf(incarnation) !== undefined);
  if (own.length === 0) return tally.notApplicable("nobody believed that it led");
  if (beliefs.length < own.length)
    tally.doubt(`${own.length - beliefs.length} beliefs are stamped by another host's clock`);
  for (const { says } of concerning(world.evidence.problems, group.info.name)) tally.doubt(says);
  tally.examined = beliefs.length;
  countLag(world, group, beliefs, tally);
  const presenceOf = readPresence(history);
  const end = history.reduce((latest, { event }) => Math.max(latest, event.at), 0);
  for (const [i, first] of beliefs.entries())
    for (const second of beliefs.slice(i + 1)) {
      // In the order of their beginnings: what begins after this one's end overlaps no more.
      if (second.from >= (first.to ?? end)) break;
      if (second.incarnation !== first.incarnation)
        judgePair(world, { first, second, end, presenceOf }, tally);
    }
  return tally.conclude();
}

interface Pair {
  readonly first: Belief;
  readonly second: Belief;
  readonly end: number;
  readonly presenceOf: PresenceOf;
}

function judgePair(world: World, { first, second, end, presenceOf }: Pair, tally: Tally): void {
  const both = overlapOf(spanOf(first, end), spanOf(second, end));
  if (both === undefined) return;
  const { sessionTimeoutMs, beliefOverlapBoundMs = sessionTimeoutMs } = world.evidence.run;
  const grace = sessionTimeoutMs * GRACE_SESSIONS * NS_PER_MS;
  const presences = [presenceOf(first.incarnation), presenceOf(second.incarnation)];
  const stopped = presences.flatMap((each) => each.stopped);
  const excused = presences.flatMap((each) => [
    ...each.stopped.map(({ from, to }) => ({ from, to: to + grace })),
    ...each.held,
    ...each.disconnected,
  ]);
  const running = without(both, excused);
  const longest = longestOf(running);
  tally.exposed++;
  tally.count("overlaps");
  tally.count("overlapMs", ms(both.to - both.from));
  tally.count("overlapStoppedMs", ms(both.to - both.from - lengthOf(without(both, stopped))));
  tally.count("overlapRunningMs", ms(lengthOf(running)));
  const beyond = longest && longest.to - longest.from - beliefOverlapBoundMs * NS_PER_MS;
  if (longest === undefined || beyond === undefined || beyond <= 0) return;
  // Each end of the overlap may be off by as much as its contender's clock.
  const error = 2 * Math.max(errorOf(world, first), errorOf(world, second));
  if (beyond <= error) {
    const names = `${first.incarnation} and ${second.incarnation}`;
    tally.doubt(`whether ${names} believed at once for too long is within their clock's error`);
    return;
  }
  takePair({ first, second }, longest, beliefOverlapBoundMs, tally);
}

function errorOf({ clockErrorOf }: World, { incarnation }: Belief): number {
  return clockErrorOf(incarnation) ?? 0;
}

function spanOf(belief: Belief, end: number): Span {
  return { from: belief.from, to: belief.to ?? end };
}

function takePair(
  { first, second }: Pick<Pair, "first" | "second">,
  span: Span,
  boundMs: number,
  tally: Tally,
): void {
  tally.find("violation", () => ({
    name: "dual-belief",
    culprit: "contender",
    message: `${first.incarnation} and ${second.incarnation} both ran, connected, and believed that they led for ${ms(span.to - span.from)} ms from ${(span.from / 1e9).toFixed(3)} s (bound ${boundMs} ms)`,
    incarnation: first.incarnation,
    evidence: [first, second].map((belief) =>
      historyRef(
        belief.fromLine,
        `${belief.incarnation} believes from ${(belief.from / 1e9).toFixed(3)} s to ${belief.to === undefined ? "the end" : `${(belief.to / 1e9).toFixed(3)} s`} (${belief.reason ?? "never revoked"}), token ${formatToken(belief.token)}`,
      ),
    ),
  }));
}

function ms(ns: number): number {
  return Math.round(ns / NS_PER_MS);
}
