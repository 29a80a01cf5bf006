/**
 * After the last heal a contender leads, and acts, within the budget (semantics 26). A term in the log is
 * not service, so three things are asked: a term; that its owner believes in it; that a guarded write
 * decided under it is acknowledged and committed. Lacking the first: `leaderless`; lacking the others:
 * `leader-idle`. A black box is asked for a term and a guarded write. Contenders that the scenario stopped
 * or holds are no candidates, and while one of them leads nobody else can.
 *
 * `orphan-term` (semantics 25): a term whose owner runs, connected, and never believes in it, for longer
 * than the budget: the znode of a create whose reply was lost. It counts as time without a leader.
 */

import { formatSession, formatZxid } from "../../ids.ts";
import { Tally, termRef } from "../findings.ts";
import { findHealing, type Healing } from "../healing.ts";
import { type PresenceOf, readPresence } from "../presence.ts";
import { lengthOf, overlapOf, type Span, without } from "../spans.ts";
import type { Term } from "../terms.ts";
import { formatToken } from "../token.ts";
import type { ClaimResult } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { isServed, RECOVERY } from "./service.ts";

const NS_PER_MS = 1e6;

export function judgeRecovery(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...RECOVERY, group: group.info.name });
  const healing = findHealing(world.evidence, group.info.name);
  if (healing === undefined)
    return tally.notApplicable("nothing was healed before the contenders were stopped");
  const presenceOf = readPresence(world.evidence.history);
  for (const reason of world.doubts.about(group.info.name)) tally.doubt(reason);
  for (const reason of group.election.unclear) tally.doubt(`who led is unclear: ${reason}`);
  tally.examined = 1;
  tally.exposed = 1;
  const orphans = findOrphans(world, group, healing, presenceOf);
  for (const orphan of orphans) takeOrphan(group, orphan, healing, tally);
  const terms = group.terms.filter(
    (term) =>
      overlapOf(certainSpan(world, term), healing.span) !== undefined ||
      isPossiblyIn(world, term, healing.span),
  );
  const serving = terms.filter((term) => !orphans.includes(term));
  const first = firstAct(world, group, serving, healing.span);
  if (first !== undefined) {
    tally.count("recoveredAfterMs", Math.round((first - healing.healedAt) / NS_PER_MS));
    return tally.conclude();
  }
  if (isWithinClockError(world, group, serving, healing)) {
    tally.doubt("whether it recovered within the budget is within its contenders' clock's error");
    return tally.conclude();
  }
  const excuse = excuseFor(world, group, serving, healing, presenceOf);
  if (excuse?.notApplicable === true) return tally.notApplicable(excuse.why);
  if (excuse !== undefined) tally.doubt(excuse.why);
  else takeMissing(group, serving, healing, tally);
  return tally.conclude();
}

interface Excuse {
  readonly why: string;
  readonly notApplicable?: true;
}

/** Why a group that did not recover is not to be blamed for it, or not yet. */
function excuseFor(
  world: World,
  group: GroupWorld,
  terms: readonly Term[],
  healing: Healing,
  presenceOf: PresenceOf,
): Excuse | undefined {
  if (!healing.isWhole) {
    const observed = Math.round((healing.span.to - healing.span.from) / NS_PER_MS);
    // Nothing was shown either way: a scenario that asks for recovery runs on for the budget.
    return {
      why: `the run was stopped ${observed} ms after the last heal, within the budget of ${healing.budgetMs} ms`,
      notApplicable: true,
    };
  }
  if (!isServed(world, healing.span))
    return { why: "the ensemble itself did not serve, see the recovery of the ensemble" };
  const isPresent = (incarnation: string): boolean =>
    lengthOf(without(healing.span, absences(presenceOf, incarnation))) >=
    healing.span.to - healing.span.from;
  if (!group.blackBox && !incarnationsOf(world, group).some(isPresent))
    return { why: "every contender was stopped, held or gone", notApplicable: true };
  const held = terms.find((term) => !group.blackBox && !isPresent(term.owner));
  if (held !== undefined)
    return {
      why: `${held.owner}, which led, was stopped or held by the scenario`,
      notApplicable: true,
    };
  return undefined;
}

function absences(presenceOf: PresenceOf, incarnation: string): readonly Span[] {
  const { stopped, held, alive } = presenceOf(incarnation);
  return [
    ...stopped,
    ...held,
    { from: Number.NEGATIVE_INFINITY, to: alive.from },
    { from: alive.to, to: Number.POSITIVE_INFINITY },
  ];
}

function incarnationsOf(world: World, group: GroupWorld): readonly string[] {
  const all = world.evidence.history.flatMap(({ event }) =>
    event.type === "contender" ? [event.incarnation] : [],
  );
  return [...new Set(all)].filter((each) => each.startsWith(`${group.info.name}/`));
}

/** When the term was certainly in force: between the insides of its ends' brackets. */
function certainSpan(world: World, term: Term): Span {
  const from = world.bracketOf(term.from.zxid)?.latest ?? Number.POSITIVE_INFINITY;
  if (term.ended === undefined) return { from, to: Number.POSITIVE_INFINITY };
  return { from, to: world.bracketOf(term.ended.at.zxid)?.earliest ?? Number.NEGATIVE_INFINITY };
}

/** In doubt for the group: a term that may have been in force is one. */
function isPossiblyIn(world: World, term: Term, span: Span): boolean {
  const from = world.bracketOf(term.from.zxid)?.earliest ?? Number.NEGATIVE_INFINITY;
  const ended = term.ended === undefined ? undefined : world.bracketOf(term.ended.at.zxid);
  return from < span.to && (ended?.latest ?? Number.POSITIVE_INFINITY) > span.from;
}

/** When the first write decided under one of these terms was done after the heal; undefined: none. */
function firstAct(
  world: World,
  group: GroupWorld,
  terms: readonly Term[],
  span: Span,
): number | undefined {
  const tokens = new Set(terms.map((term) => formatToken(term.token)));
  // Who writes only when told to is not idle for not being told: that it believes must do.
  if (group.info.writesPerSecond === 0) {
    const begun = world.contenders.beliefs.flatMap((belief) =>
      tokens.has(formatToken(belief.token)) && belief.from <= span.to ? [belief.from] : [],
    );
    return begun.length === 0 ? undefined : Math.max(span.from, Math.min(...begun));
  }
  const times = group.writes.flatMap(({ op, txn }) => {
    if (group.blackBox) return world.bracketOf(txn.record.zxid)?.latest ?? [];
    if (op?.token === undefined || !tokens.has(formatToken(op.token))) return [];
    return op.attempts.flatMap(({ outcome }) => (outcome?.phase === "ok" ? [outcome.at] : []));
  });
  return times.filter((at) => at > span.from && at <= span.to).sort((a, b) => a - b)[0];
}

/** It acted, by its own clock just before the span or just after it. */
function isWithinClockError(
  world: World,
  group: GroupWorld,
  terms: readonly Term[],
  { span }: Healing,
): boolean {
  const errors = incarnationsOf(world, group).map((each) => world.clockErrorOf(each) ?? 0);
  const error = Math.max(0, ...errors);
  if (error === 0) return false;
  const wider = { from: span.from - error, to: span.to + error };
  return firstAct(world, group, terms, wider) !== undefined;
}

function findOrphans(
  world: World,
  group: GroupWorld,
  healing: Healing,
  presenceOf: PresenceOf,
): readonly Term[] {
  if (group.blackBox) return [];
  const believed = new Set(world.contenders.beliefs.map((belief) => formatToken(belief.token)));
  return group.terms.filter((term) => {
    if (believed.has(formatToken(term.token))) return false;
    const inForce = overlapOf(certainSpan(world, term), healing.span);
    if (inForce === undefined) return false;
    const away = [...absences(presenceOf, term.owner), ...presenceOf(term.owner).disconnected];
    return lengthOf(without(inForce, away)) >= healing.budgetMs * NS_PER_MS * ORPHAN_SHARE;
  });
}

/** A term begins and ends inside brackets, so that a whole budget can never be shown. */
const ORPHAN_SHARE = 0.9;

function takeOrphan(group: GroupWorld, term: Term, healing: Healing, tally: Tally): void {
  tally.find("violation", () => ({
    name: "orphan-term",
    culprit: "library",
    message: `${term.owner} led by ${term.node.path} for the whole ${healing.budgetMs} ms after the last heal and never believed it`,
    zxid: formatZxid(term.from.zxid),
    path: term.node.path,
    session: formatSession(term.node.session),
    incarnation: group.blackBox ? undefined : term.owner,
    evidence: [termRef(term)],
  }));
}

function takeMissing(
  group: GroupWorld,
  terms: readonly Term[],
  healing: Healing,
  tally: Tally,
): void {
  const [term] = terms;
  const within = `within ${healing.budgetMs} ms after the last heal at ${(healing.healedAt / 1e9).toFixed(3)} s`;
  if (term === undefined) {
    tally.find("violation", () => ({
      name: "leaderless",
      culprit: "contender",
      message: `nobody of ${group.info.name} led ${within}`,
    }));
    return;
  }
  tally.find("violation", () => ({
    name: "leader-idle",
    culprit: "contender",
    message: `${term.owner} led, and no write decided under its term was acknowledged ${within}`,
    zxid: formatZxid(term.from.zxid),
    path: term.node.path,
    session: formatSession(term.node.session),
    incarnation: group.blackBox ? undefined : term.owner,
    evidence: [termRef(term)],
  }));
}
