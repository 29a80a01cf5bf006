/**
 * How far belief was behind truth at both ends, as numbers. Truth is a zxid and belief a time, so each
 * carries half the bracket's width as its error (semantics 31). A contender that revokes before its term
 * ends is no lag.
 */

import type { Bracket } from "../brackets.ts";
import type { Belief } from "../contenders.ts";
import type { Tally } from "../findings.ts";
import { formatToken } from "../token.ts";
import type { GroupWorld, World } from "../world.ts";

const NS_PER_MS = 1e6;

export function countLag(
  world: World,
  group: GroupWorld,
  beliefs: readonly Belief[],
  tally: Tally,
): void {
  const terms = new Map(group.terms.map((term) => [formatToken(term.token), term]));
  let noticed: Lag | undefined;
  let outlived: Lag | undefined;
  for (const belief of beliefs) {
    const term = terms.get(formatToken(belief.token));
    if (term === undefined) {
      tally.count("beliefsWithoutTerm");
      continue;
    }
    const error = world.clockErrorOf(belief.incarnation) ?? 0;
    noticed = longer(noticed, lagOf(world.placeOf(term.from.zxid), belief.from, error));
    if (term.ended !== undefined && belief.to !== undefined)
      outlived = longer(outlived, lagOf(world.placeOf(term.ended.at.zxid), belief.to, error));
  }
  record("lagToBelieveMaxMs", noticed, tally);
  record("lagToRevokeMaxMs", outlived, tally);
}

interface Lag {
  readonly ns: number;
  readonly error: number;
}

function lagOf(bracket: Bracket | undefined, at: number, error: number): Lag | undefined {
  if (bracket === undefined) return undefined;
  const ns = at - (bracket.earliest + bracket.latest) / 2;
  const width = Math.max(0, bracket.latest - bracket.earliest) / 2;
  return ns > 0 ? { ns, error: width + error } : undefined;
}

function longer(one: Lag | undefined, other: Lag | undefined): Lag | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return other.ns > one.ns ? other : one;
}

function record(name: string, lag: Lag | undefined, tally: Tally): void {
  if (lag === undefined) return;
  tally.count(name, Math.round(lag.ns / NS_PER_MS));
  tally.count(`${name}Error`, Math.ceil(lag.error / NS_PER_MS));
}
