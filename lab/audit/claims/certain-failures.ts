/**
 * No write reported as certainly failed is committed (semantics 7). The last reply is certain about the
 * attempt, not about the op: create → ConnectionLoss (committed) → NodeExists. An op is `fail` iff all its
 * attempts are. A contender that does not report its attempts may have retried unseen, so of it only a
 * `fail` on the first and only attempt counts.
 */

import { formatSession, formatZxid } from "../../ids.ts";
import type { TxnRecord } from "../../txnlog/types.ts";
import { logRef, Tally } from "../findings.ts";
import { opIdOfRecord } from "../guarded-writes.ts";
import { certainlyFailed, type Op, outcomeOf } from "../ops.ts";
import { toldRefs } from "../told.ts";
import type { ClaimResult } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { doubtOf } from "./common.ts";

export const CERTAIN_FAILURES = {
  claim: "certain-failures",
  sentence: "No write that was reported as certainly failed is committed",
  findings: ["phantom-write"],
} as const;

export function judgeCertainFailures(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...CERTAIN_FAILURES, group: group.info.name });
  if (group.blackBox && group.ops.size === 0)
    return tally.notApplicable("the contenders do not report their ops");
  const failed = [...group.ops.values()].filter((op) => isJudged(op, group));
  // Nothing to judge is no missing evidence: a calm run has no failures, and must not be unknown for it.
  if (failed.length === 0) return tally.notApplicable("no op was reported as certainly failed");
  doubtOf(world, group, tally);
  const commits = new Map<Op, TxnRecord[]>();
  for (const { op, txn } of group.writes)
    if (op !== undefined) commits.set(op, [...(commits.get(op) ?? []), txn.record]);
  const undecided = new Set(world.history.undecided.map(({ record }) => opIdOfRecord(record)));
  for (const op of failed) {
    tally.examined++;
    const records = outcomeOf(op) === "fail" ? (commits.get(op) ?? []) : [];
    const answered = appliedDespiteError(world, op);
    for (const record of new Set([...records, ...answered])) take(op, record, tally);
    if (undecided.has(op.id)) tally.doubt(`whether ${op.id} was committed is undecided`);
  }
  return tally.conclude();
}

function isJudged(op: Op, group: GroupWorld): boolean {
  if (!group.info.promises.reportsAttempts && op.attempts.length !== 1) return false;
  return outcomeOf(op) === "fail" || op.attempts.some(refusedWithZxid);
}

function refusedWithZxid(attempt: Op["attempts"][number]): boolean {
  return certainlyFailed(attempt) && attempt.outcome?.zxid !== undefined;
}

/** Records of exactly the zxid that the server's error reply carried, applied nevertheless. */
function appliedDespiteError(world: World, op: Op): readonly TxnRecord[] {
  return op.attempts.filter(refusedWithZxid).flatMap(({ outcome }) => {
    const logged = outcome?.zxid === undefined ? undefined : world.union.at(outcome.zxid);
    if (logged?.fate !== "committed" || logged.txn.record.rejected) return [];
    const { record } = logged.txn;
    return outcome?.session === undefined || outcome.session === record.session ? [record] : [];
  });
}

function take(op: Op, record: TxnRecord, tally: Tally): void {
  const at = formatZxid(record.zxid);
  const last = op.attempts.at(-1)?.outcome;
  // What never reached a socket cannot be the server's doing.
  const culprit = op.attempts.some(({ outcome }) => outcome?.unsent) ? "contender" : "ensemble";
  tally.find("violation", () => ({
    name: "phantom-write",
    culprit,
    message: `${at} committed op ${op.id} of ${op.incarnation}, which was reported as failed (${last?.code ?? "no code"})`,
    zxid: at,
    path: record.ops.flatMap((each) => (each.op === "error" ? [] : [each.path]))[0],
    op: op.id,
    session: formatSession(record.session),
    incarnation: op.incarnation,
    evidence: [logRef(record), ...toldRefs(op)],
  }));
}
