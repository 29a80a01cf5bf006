/**
 * Was the danger there (semantics 12)? An op is exposed if it was decided under token T and settled after
 * the position at which T ended, however it ended. Committed writes, terms and elections do not ask that:
 * a contender that gives up before it sends meets them all though nothing was tested. Ops are counted,
 * not attempts.
 */

import type { Nanos, Zxid } from "../ids.ts";
import type { BracketOf } from "./brackets.ts";
import type { ErrorOf } from "./clocks.ts";
import type { GuardedWrite } from "./guarded-writes.ts";
import type { Op } from "./ops.ts";
import type { Term } from "./terms.ts";
import { formatToken } from "./token.ts";
import type { Union } from "./union.ts";

/** How an exposed op ended. `refusedByClient`: by the client alone, with no record in any log. */
export type ExposedEnd = "committedStale" | "fencedByServer" | "refusedByClient" | "otherwise";

export interface ExposedOp {
  readonly op: Op;
  /** The last term under the op's token. */
  readonly term: Term;
  readonly end: ExposedEnd;
}

export interface ExposureInput {
  readonly ops: Iterable<Op>;
  readonly terms: readonly Term[];
  readonly writes: readonly GuardedWrite[];
  readonly union: Union;
  readonly bracketOf: BracketOf;
  readonly clockErrorOf: ErrorOf;
  /** Ops of the group whose id stands in a ghost, undecided or rejected record. */
  readonly traces: ReadonlySet<string>;
}

export interface Exposure {
  readonly exposed: readonly ExposedOp[];
  /** Ops with a token that could not be placed before or after its term's end. */
  readonly unplaced: number;
  /** Ops whose token names no term in the log. */
  readonly unknownTokens: number;
}

export function findExposure(input: ExposureInput): Exposure {
  const termByToken = new Map(input.terms.map((term) => [formatToken(term.token), term]));
  const committedOf = commitsByOp(input.writes);
  const exposed: ExposedOp[] = [];
  let unplaced = 0;
  let unknownTokens = 0;
  for (const op of input.ops) {
    if (op.token === undefined) continue;
    const term = termByToken.get(formatToken(op.token));
    if (term === undefined) {
      unknownTokens++;
      continue;
    }
    if (term.ended === undefined) continue;
    const commits = committedOf.get(op) ?? [];
    const settled = settledAfter(op, term.ended.at.zxid, commits, input);
    if (settled === "unplaced") unplaced++;
    if (settled === "after")
      exposed.push({ op, term, end: endOf(op, term.ended.at.zxid, commits, input) });
  }
  return { exposed, unplaced, unknownTokens };
}

function commitsByOp(writes: readonly GuardedWrite[]): ReadonlyMap<Op, readonly Zxid[]> {
  const commits = new Map<Op, Zxid[]>();
  for (const { op, txn } of writes) {
    if (op === undefined) continue;
    const known = commits.get(op);
    if (known === undefined) commits.set(op, [txn.record.zxid]);
    else known.push(txn.record.zxid);
  }
  return commits;
}

/**
 * When did the op settle, against the end of its term? A zxid says it exactly; a commit before the end
 * settles an op however late its reply was read. Otherwise time must say so beyond the bracket's width.
 */
function settledAfter(
  op: Op,
  ended: Zxid,
  commits: readonly Zxid[],
  { bracketOf, clockErrorOf }: ExposureInput,
): "before" | "after" | "unplaced" {
  const answered = op.attempts.flatMap(({ outcome }) => outcome?.zxid ?? []);
  if (commits.some((zxid) => zxid > ended) || answered.some((zxid) => zxid > ended)) return "after";
  if (commits.length > 0) return "before";
  const last = op.attempts.at(-1)?.outcome;
  if (last?.zxid !== undefined) return "before";
  const settledAt = latest(op, last?.at);
  // Still open: in flight when the term ended, or held for ever.
  if (settledAt === undefined) return "after";
  const bracket = bracketOf(ended);
  const error = clockErrorOf(op.incarnation);
  if (bracket === undefined || error === undefined) return "unplaced";
  if (settledAt - error > bracket.latest) return "after";
  return settledAt + error < bracket.earliest ? "before" : "unplaced";
}

/** The last moment that the op's own lines tell of; a release from a hold is one. */
function latest(op: Op, outcomeAt: Nanos | undefined): number | undefined {
  const at = op.settledAt ?? outcomeAt;
  if (at === undefined) return undefined;
  return Math.max(at, outcomeAt ?? at, ...op.holds.flatMap((hold) => hold.until ?? []));
}

function endOf(op: Op, ended: Zxid, commits: readonly Zxid[], input: ExposureInput): ExposedEnd {
  if (commits.some((zxid) => zxid > ended)) return "committedStale";
  if (op.attempts.some((attempt) => isSeenFenced(attempt.outcome, attempt.invoke, input.union)))
    return "fencedByServer";
  const untold = op.attempts.some(
    ({ outcome }) => outcome === undefined || outcome.zxid !== undefined,
  );
  return untold || commits.length > 0 || input.traces.has(op.id) ? "otherwise" : "refusedByClient";
}

type AttemptOf = Op["attempts"][number];

/**
 * A fenced attempt counts if the servers' logs bear it out: the record of exactly that zxid exists, is
 * rejected and is of that session. A failed check has lost its path (semantics 9), so from the log alone
 * nothing more can be said.
 */
function isSeenFenced(
  outcome: AttemptOf["outcome"],
  invoke: AttemptOf["invoke"],
  union: Union,
): boolean {
  if (outcome?.phase !== "fail" || !outcome.fenced || outcome.zxid === undefined) return false;
  const logged = union.at(outcome.zxid);
  const session = outcome.session ?? invoke?.session;
  return (
    logged?.fate === "committed" &&
    logged.txn.record.rejected &&
    (session === undefined || logged.txn.record.session === session)
  );
}
