/**
 * Order, as ZooKeeper promises it (semantics 24). Writes are linearizable: an op acknowledged before
 * another was invoked has the lower zxid. `invoke` is stamped before the bytes are written and the
 * acknowledgement after the reply is parsed, both by the contender, so pauses only widen the interval.
 * Refusals that carry a zxid count too: they took one. Times of another host's clock are judged where it
 * was read, and beyond its error; reads, and order across a reconnect, are outside. The pair is one finding: of falling zxids in a log
 * the claim on zxids speaks.
 */

import { formatZxid, parseZxid, type Zxid } from "../../ids.ts";
import { historyRef, logRef, Tally } from "../findings.ts";
import { attemptRefs } from "../told.ts";
import type { ClaimResult, EvidenceRef } from "../types.ts";
import { isInRun } from "../window.ts";
import type { World } from "../world.ts";
import { judgeFifo } from "./fifo.ts";

export const ORDER = {
  claim: "order",
  sentence: "Writes are committed in real-time order, and each connection's in the order sent",
  findings: ["order-violation", "fifo-violation"],
} as const;

interface Witness {
  readonly zxid: Zxid;
  readonly invokedAt: number;
  readonly ackedAt: number;
  /** How far both may be off, in ns. */
  readonly error: number;
  readonly who: string;
  readonly op: string | undefined;
  readonly incarnation: string | undefined;
  readonly refs: readonly EvidenceRef[];
}

export function judgeOrder(world: World): ClaimResult {
  const tally = new Tally({ ...ORDER, group: undefined });
  const foreign = new Set<string>();
  // What the logs do not bear out is no witness: whether it was lost is durability's question.
  const witnesses = [...probes(world), ...answered(world, foreign)]
    .filter(({ zxid }) => isInRun(zxid, world.window) && isCommitted(world, zxid))
    .sort((a, b) => (a.zxid < b.zxid ? -1 : a.zxid > b.zxid ? 1 : 0));
  if (foreign.size > 0) tally.count("contendersOnOtherClocks", foreign.size);
  if (witnesses.length === 0) return tally.notApplicable("nothing was acknowledged on one clock");
  tally.examined = witnesses.length;
  const certain = fallingPairs(witnesses, ({ error }) => error);
  for (const [first, second] of certain) take(world, first, second, tally);
  const within = fallingPairs(witnesses, () => 0).length - certain.length;
  if (within > 0)
    tally.doubt(`whether ${within} write(s) were in order is within the error of a clock`);
  judgeFifo(world, tally);
  return tally.conclude();
}

/** Pairs of which the first was acknowledged before the second was invoked, and has the higher zxid. */
function fallingPairs(
  witnesses: readonly Witness[],
  errorOf: (witness: Witness) => number,
): readonly (readonly [Witness, Witness])[] {
  const pairs: [Witness, Witness][] = [];
  let earliest: Witness | undefined;
  const ackedBy = (witness: Witness): number => witness.ackedAt + errorOf(witness);
  for (const later of [...witnesses].reverse()) {
    const invokedFrom = later.invokedAt - errorOf(later);
    if (earliest !== undefined && ackedBy(earliest) < invokedFrom && earliest.zxid > later.zxid)
      pairs.push([earliest, later]);
    if (earliest === undefined || ackedBy(later) < ackedBy(earliest)) earliest = later;
  }
  return pairs;
}

function isCommitted(world: World, zxid: Zxid): boolean {
  return world.union.at(zxid)?.fate === "committed" && !world.union.hasConflict(zxid);
}

function* probes(world: World): Generator<Witness> {
  for (const { line, event } of world.evidence.history) {
    if (event.type !== "probe") continue;
    const zxid = parseZxid(event.zxid);
    if (zxid === undefined) continue;
    const { invokedAt, at: ackedAt } = event;
    const refs = [historyRef(line, `the lab's probe, acknowledged as ${event.zxid}`)];
    const nobody = { op: undefined, incarnation: undefined };
    yield { zxid, invokedAt, ackedAt, error: 0, who: "the lab's probe", ...nobody, refs };
  }
}

/** Adds to `foreign` whose clock nobody read. */
function* answered(world: World, foreign: Set<string>): Generator<Witness> {
  for (const group of world.groups)
    for (const op of group.ops.values()) {
      const error = world.clockErrorOf(op.incarnation);
      if (error === undefined) foreign.add(op.incarnation);
      if (error === undefined) continue;
      for (const attempt of op.attempts) {
        const { invoke, outcome } = attempt;
        if (invoke === undefined || outcome?.zxid === undefined) continue;
        yield {
          zxid: outcome.zxid,
          invokedAt: invoke.at,
          ackedAt: outcome.at,
          error,
          who: `op ${op.id} of ${op.incarnation}`,
          op: op.id,
          incarnation: op.incarnation,
          refs: attemptRefs(op, attempt),
        };
      }
    }
}

/** `first` was acknowledged before `second` was invoked, and stands behind it in the log. */
function take(world: World, first: Witness, second: Witness, tally: Tally): void {
  const at = formatZxid(second.zxid);
  const record = world.union.at(second.zxid)?.txn.record;
  tally.find("violation", () => ({
    name: "order-violation",
    culprit: "ensemble",
    message: `${second.who} was invoked after ${first.who} had been acknowledged as ${formatZxid(first.zxid)}, and was committed before it, as ${at}`,
    zxid: at,
    op: second.op,
    incarnation: second.incarnation,
    evidence: [...first.refs, ...second.refs, ...(record === undefined ? [] : [logRef(record)])],
  }));
}
