/**
 * From zxid to time (semantics 31). A position z happened in [latest invoke of any op with zxid ≤ z,
 * earliest acknowledgement of any op with zxid ≥ z] on the lab's monotonic clock. The header's time is
 * some leader's wall clock: it is shown, never judged by. What was stamped by another host's clock is as
 * much wider as that clock may be off.
 */

import type { HistoryLine } from "../evidence/history.ts";
import { parseZxid, type Zxid } from "../ids.ts";
import type { ErrorOf } from "./clocks.ts";
import type { Op } from "./ops.ts";

/** Nanoseconds since the run's time 0. */
export interface Bracket {
  readonly earliest: number;
  readonly latest: number;
}

/** Undefined where no acknowledged op stands on one of the two sides. */
export type BracketOf = (zxid: Zxid) => Bracket | undefined;

interface Witness {
  readonly zxid: Zxid;
  readonly invokedAt: number;
  readonly ackedAt: number;
}

/**
 * `isLogged` keeps out testimony that the logs do not bear out: one invented zxid would pull every
 * bracket behind it.
 */
export function readBrackets(
  lines: readonly HistoryLine[],
  ops: ReadonlyMap<string, ReadonlyMap<string, Op>>,
  isLogged: (zxid: Zxid) => boolean,
  errorOf: ErrorOf,
): BracketOf {
  const witnesses = [...labWrites(lines), ...elections(lines, errorOf), ...answered(ops, errorOf)]
    .filter((witness) => isLogged(witness.zxid))
    .sort((a, b) => (a.zxid < b.zxid ? -1 : a.zxid > b.zxid ? 1 : 0));
  const zxids = witnesses.map((witness) => witness.zxid);
  const latestInvoke: number[] = [];
  let latest = Number.NEGATIVE_INFINITY;
  for (const { invokedAt } of witnesses) {
    latest = Math.max(latest, invokedAt);
    latestInvoke.push(latest);
  }
  const earliestAck: number[] = new Array<number>(witnesses.length);
  let earliest = Number.POSITIVE_INFINITY;
  for (let i = witnesses.length - 1; i >= 0; i--) {
    earliest = Math.min(earliest, witnesses[i]?.ackedAt ?? earliest);
    earliestAck[i] = earliest;
  }
  return (zxid) => {
    const from = latestInvoke[countAtMost(zxids, zxid) - 1];
    const to = earliestAck[countBelow(zxids, zxid)];
    if (from === undefined || to === undefined || !Number.isFinite(from)) return undefined;
    return { earliest: from, latest: to };
  };
}

/** Probes, and the opening and sealing writes, of which only the acknowledgement is stamped. */
function* labWrites(lines: readonly HistoryLine[]): Generator<Witness> {
  for (const { event } of lines) {
    if (event.type !== "probe" && event.type !== "opening" && event.type !== "sealing") continue;
    const id = parseZxid(event.zxid);
    const invokedAt = event.type === "probe" ? event.invokedAt : Number.NEGATIVE_INFINITY;
    if (id !== undefined) yield { zxid: id, invokedAt, ackedAt: event.at };
  }
}

/**
 * Whoever says that it was elected by a znode has read or made it, so its czxid had happened by then.
 * On a loaded machine the next acknowledgement came 90 ms after that, and an op that was refused in
 * between could not be placed after the end of its term: exposed 0, and a good run was unknown.
 */
function* elections(lines: readonly HistoryLine[], errorOf: ErrorOf): Generator<Witness> {
  for (const { event } of lines) {
    if (event.type !== "contender" || event.line.type !== "belief") continue;
    if (event.line.state !== "elected") continue;
    const id = parseZxid(event.line.token.czxid);
    const error = errorOf(event.incarnation);
    if (id === undefined || error === undefined) continue;
    yield { zxid: id, invokedAt: Number.NEGATIVE_INFINITY, ackedAt: event.at + error };
  }
}

/** What a contender said of the beginning of its own term: it cannot learn that it leads before it does. */
export interface Elected {
  readonly began: Zxid;
  readonly saidAt: number;
}

/**
 * The brackets made narrower by what leaders said. It is testimony like an acknowledgement, but of one
 * program about itself: whoever believes too early would move its own term forward. So this places what
 * is drawn, told and measured, and no verdict is made from it; a word that contradicts the other
 * witnesses, by coming before the term can have begun, is left out.
 */
export function narrowed(bracketOf: BracketOf, elected: readonly Elected[]): BracketOf {
  const borneOut = elected
    .filter(({ began, saidAt }) => saidAt >= (bracketOf(began)?.earliest ?? Number.NaN))
    .sort((a, b) => (a.began < b.began ? -1 : a.began > b.began ? 1 : 0));
  const zxids = borneOut.map(({ began }) => began);
  const earliestWord: number[] = new Array<number>(borneOut.length);
  let earliest = Number.POSITIVE_INFINITY;
  for (let i = borneOut.length - 1; i >= 0; i--) {
    earliest = Math.min(earliest, borneOut[i]?.saidAt ?? earliest);
    earliestWord[i] = earliest;
  }
  return (zxid) => {
    const bracket = bracketOf(zxid);
    const word = earliestWord[countBelow(zxids, zxid)];
    if (bracket === undefined || word === undefined) return bracket;
    return { earliest: bracket.earliest, latest: Math.min(bracket.latest, word) };
  };
}

/** Attempts that the server answered with a zxid, refusals included: they took a zxid as well. */
function* answered(
  ops: ReadonlyMap<string, ReadonlyMap<string, Op>>,
  errorOf: ErrorOf,
): Generator<Witness> {
  for (const group of ops.values())
    for (const op of group.values()) {
      const error = errorOf(op.incarnation);
      if (error === undefined) continue;
      for (const { invoke, outcome } of op.attempts)
        if (invoke !== undefined && outcome?.zxid !== undefined)
          yield {
            zxid: outcome.zxid,
            invokedAt: invoke.at - error,
            ackedAt: outcome.at + error,
          };
    }
}

function countAtMost(sorted: readonly Zxid[], zxid: Zxid): number {
  return partition(sorted, (value) => value <= zxid);
}

function countBelow(sorted: readonly Zxid[], zxid: Zxid): number {
  return partition(sorted, (value) => value < zxid);
}

/** How many of a sorted list stand in front of the first that does not belong. */
function partition(sorted: readonly Zxid[], belongs: (value: Zxid) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    const value = sorted[middle];
    if (value !== undefined && belongs(value)) low = middle + 1;
    else high = middle;
  }
  return low;
}
