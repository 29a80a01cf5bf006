/**
 * After the last heal the ensemble serves within the budget: `no-quorum` where no write of anybody, the
 * lab's probe ten times a second among them, was acknowledged. A server that calls itself leader is not
 * yet a quorum, so roles are shown and not judged by.
 */

import { Tally } from "../findings.ts";
import { findHealing } from "../healing.ts";
import type { Span } from "../spans.ts";
import type { ClaimResult } from "../types.ts";
import type { World } from "../world.ts";

export const RECOVERY = {
  claim: "recovery",
  sentence:
    "After the last heal a contender leads and acts, and the ensemble serves, within the budget",
  findings: ["leaderless", "leader-idle", "orphan-term", "no-quorum"],
} as const;

const NS_PER_MS = 1e6;

export function judgeService(world: World): ClaimResult {
  const tally = new Tally({ ...RECOVERY, group: undefined });
  const times = acknowledgements(world);
  const healing = findHealing(world.evidence, undefined);
  if (healing === undefined)
    return tally.notApplicable("nothing was healed before the contenders were stopped");
  tally.examined = times.length;
  const first = times.find((at) => isAfter(at, healing.span));
  tally.count("longestWithoutAckMs", longestGap(times));
  if (first !== undefined)
    tally.count("servedAfterMs", Math.round((first - healing.healedAt) / NS_PER_MS));
  else if (!healing.isWhole)
    return tally.notApplicable("the run was stopped within the budget after the last heal");
  else
    tally.find("violation", () => ({
      name: "no-quorum",
      culprit: "ensemble",
      message: `no write was acknowledged to anybody within ${healing.budgetMs} ms after the last heal at ${(healing.healedAt / 1e9).toFixed(3)} s; the servers last called themselves ${roles(world, healing.span.to)}`,
    }));
  return tally.conclude();
}

/** True where anything at all was acknowledged in that time. */
export function isServed(world: World, span: Span): boolean {
  return acknowledgements(world).some((at) => isAfter(at, span));
}

/** After its beginning, which is the heal itself. */
function isAfter(at: number, span: Span): boolean {
  return at > span.from && at <= span.to;
}

/** When writes were acknowledged, in order. */
function acknowledgements({ evidence, groups }: World): readonly number[] {
  const times: number[] = [];
  for (const { event } of evidence.history)
    if (event.type === "probe" || event.type === "opening" || event.type === "sealing")
      times.push(event.at);
  for (const group of groups)
    for (const op of group.ops.values())
      for (const { outcome } of op.attempts) if (outcome?.phase === "ok") times.push(outcome.at);
  return times.sort((a, b) => a - b);
}

function longestGap(times: readonly number[]): number {
  let longest = 0;
  for (const [i, at] of times.entries()) longest = Math.max(longest, at - (times[i - 1] ?? at));
  return Math.round(longest / NS_PER_MS);
}

function roles({ evidence }: World, until: number): string {
  const last = new Map<string, string>();
  for (const { event } of evidence.history)
    if (event.type === "server" && event.at <= until) last.set(event.server, event.state);
  const told = [...last].map(([server, state]) => `${server} ${state}`);
  return told.length === 0 ? "nothing" : told.sort().join(", ");
}
