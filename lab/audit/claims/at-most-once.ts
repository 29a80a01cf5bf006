/**
 * No op is applied twice, where that is promised (semantics 17). A retried set or multi applies twice by
 * ZooKeeper's own contract: its first reply was lost. So two committed transactions of one op are a
 * violation only
 *  - where the strategy promises at-most-once (the contender's fault);
 *  - where the contender reports its attempts and made one (ZooKeeper's);
 *  - where both have one session, cxid and connection: one request, applied twice (ZooKeeper's).
 * All else is a number. A multi that carries the op id in two sub-operations is one transaction.
 */

import { formatSession, formatZxid } from "../../ids.ts";
import { logRef, Tally } from "../findings.ts";
import type { GuardedWrite } from "../guarded-writes.ts";
import type { Op } from "../ops.ts";
import { toldRefs } from "../told.ts";
import type { ClaimResult, Culprit } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { doubtOf } from "./common.ts";

export const AT_MOST_ONCE = {
  claim: "at-most-once",
  sentence: "No op is applied twice, where that is promised or where it was sent once",
  findings: ["duplicate-write"],
} as const;

export function judgeAtMostOnce(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...AT_MOST_ONCE, group: group.info.name });
  const byOp = new Map<string, GuardedWrite[]>();
  for (const write of group.writes) {
    if (write.opId === undefined) tally.count("unjoined");
    else byOp.set(write.opId, [...(byOp.get(write.opId) ?? []), write]);
  }
  if (byOp.size === 0) return tally.notApplicable("no write carries the id of its op");
  doubtOf(world, group, tally);
  for (const writes of byOp.values()) {
    tally.examined++;
    const [first, second] = writes;
    if (first === undefined || second === undefined) continue;
    tally.exposed++;
    const blame = blameFor(group, [first, second]);
    if (blame === undefined) tally.count("appliedTwiceByRetry");
    else take([first, second], blame, tally);
  }
  return tally.conclude();
}

interface Blame {
  readonly culprit: Culprit;
  readonly why: string;
}

/** Undefined where applying it twice breaks no promise. */
function blameFor(
  group: GroupWorld,
  [first, second]: readonly [GuardedWrite, GuardedWrite],
): Blame | undefined {
  const op = first.op ?? second.op;
  const [one, other] = [first.txn.record, second.txn.record];
  if (op !== undefined && group.info.promises.reportsAttempts && op.attempts.length === 1)
    return { culprit: "ensemble", why: "it was attempted once" };
  if (
    op !== undefined &&
    one.session === other.session &&
    one.cxid === other.cxid &&
    isOneConnection(op, first)
  )
    return { culprit: "ensemble", why: `both are request ${one.cxid} of one connection` };
  if (group.info.promises.atMostOnce)
    return { culprit: "contender", why: "its strategy promises at-most-once" };
  return undefined;
}

/** A client may number its requests anew on each connection, so the cxid alone does not tell. */
function isOneConnection(op: Op, write: GuardedWrite): boolean {
  const { session } = write.txn.record;
  const told = op.attempts.flatMap(({ invoke, outcome }) =>
    (outcome?.session ?? invoke?.session) === session ? [outcome?.connection] : [],
  );
  return told[0] !== undefined && told.every((connection) => connection === told[0]);
}

function take(
  [first, second]: readonly [GuardedWrite, GuardedWrite],
  { culprit, why }: Blame,
  tally: Tally,
): void {
  const [one, other] = [first.txn.record, second.txn.record];
  const at = formatZxid(other.zxid);
  tally.find("violation", () => ({
    name: "duplicate-write",
    culprit,
    message: `${at} applied op ${second.opId} again, which ${formatZxid(one.zxid)} had applied, and ${why}`,
    zxid: at,
    path: second.targets[0]?.path,
    op: second.opId,
    session: formatSession(other.session),
    incarnation: second.writer,
    evidence: [logRef(one), logRef(other), ...toldRefs(first.op ?? second.op)],
  }));
}
