/**
 * FIFO: attempts of one session on one connection commit in the order sent, and a committed one has no
 * uncommitted predecessor on that connection (semantics 24). Whoever reports `connection` says that the
 * order of its invoke lines is the order of sending, those held at a failpoint aside; among records the
 * cxid is the better witness, since a client numbers its requests as it writes them.
 */

import { formatSession, formatZxid, type SessionId, type Zxid } from "../../ids.ts";
import type { TxnRecord } from "../../txnlog/types.ts";
import { isTrusted } from "../doubts.ts";
import { logRef, type Tally } from "../findings.ts";
import { opIdOfRecord } from "../guarded-writes.ts";
import type { Attempt, Op } from "../ops.ts";
import { attemptRefs } from "../told.ts";
import { isInRun } from "../window.ts";
import type { GroupWorld, World } from "../world.ts";

/** One attempt that was handed to a connection. */
interface Sent {
  readonly op: Op;
  readonly attempt: Attempt;
  readonly sentLine: number;
  readonly session: SessionId;
  /** Its record, by the reply's zxid or by the op id of the session's records. */
  readonly record: TxnRecord | undefined;
}

export function judgeFifo(world: World, tally: Tally): void {
  for (const group of world.groups)
    for (const sent of connectionsOf(world, group).values()) judgeConnection(world, sent, tally);
}

function connectionsOf(world: World, group: GroupWorld): ReadonlyMap<string, readonly Sent[]> {
  const logged = recordsByOp(world);
  const connections = new Map<string, Sent[]>();
  for (const op of group.ops.values()) {
    // Held between its invoke line and its bytes: others may have overtaken it, and rightly so.
    if (op.holds.length > 0) continue;
    for (const attempt of op.attempts) {
      const { invoke, outcome } = attempt;
      const session = outcome?.session ?? invoke?.session;
      if (invoke === undefined || session === undefined || outcome?.connection === undefined)
        continue;
      const byZxid = outcome.zxid === undefined ? undefined : world.union.at(outcome.zxid);
      const own = logged.get(op.id)?.filter((record) => record.session === session) ?? [];
      const record =
        byZxid?.fate === "committed" && byZxid.txn.record.session === session
          ? byZxid.txn.record
          : op.attempts.length === 1
            ? own[0]
            : undefined;
      const key = `${formatSession(session)} ${outcome.connection}`;
      const sent = { op, attempt, sentLine: invoke.line, session, record };
      push(connections, key, sent);
    }
  }
  return connections;
}

/** Committed records by the op id that they carry. */
function recordsByOp(world: World): ReadonlyMap<string, readonly TxnRecord[]> {
  const byOp = new Map<string, TxnRecord[]>();
  for (const { record } of world.history.committed) {
    if (!isInRun(record.zxid, world.window)) continue;
    const id = opIdOfRecord(record);
    if (id !== undefined) push(byOp, id, record);
  }
  return byOp;
}

function push<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function judgeConnection(world: World, sent: readonly Sent[], tally: Tally): void {
  const inOrder = [...sent].sort((a, b) => a.sentLine - b.sentLine);
  tally.count("onOneConnection", inOrder.length);
  const logged = inOrder
    .filter(hasRecord)
    .sort((a, b) => (a.record.zxid < b.record.zxid ? -1 : a.record.zxid > b.record.zxid ? 1 : 0));
  for (const [i, later] of logged.entries()) {
    const earlier = logged[i - 1];
    if (earlier !== undefined && earlier.record.cxid > later.record.cxid)
      take(later, earlier, "was sent before it and committed after it", tally);
  }
  let next: (Sent & { readonly record: TxnRecord }) | undefined;
  for (const each of inOrder.reverse()) {
    if (hasRecord(each)) next = each;
    else if (next !== undefined && each.op.attempts.length === 1) {
      if (!isMissingForCertain(world, each, next.record.zxid)) tally.count("fifoUnplaced");
      else take(each, next, "was sent after it and committed, and it is nowhere in the log", tally);
    }
  }
}

function hasRecord(sent: Sent): sent is Sent & { readonly record: TxnRecord } {
  return sent.record !== undefined;
}

/**
 * A refused attempt leaves an `error` record without its op's id: while the session has such a record
 * that no reply names, it may be this one. Nor does anything follow where the evidence has holes.
 */
function isMissingForCertain(world: World, { op, session, attempt }: Sent, before: Zxid): boolean {
  if (attempt.outcome?.zxid !== undefined || !isTrusted(world.doubts, before)) return false;
  const undecided = world.history.undecided.some(({ record }) => opIdOfRecord(record) === op.id);
  const anonymous = world.history.committed.some(
    ({ record }) =>
      record.rejected &&
      record.session === session &&
      record.zxid < before &&
      opIdOfRecord(record) === undefined,
  );
  return !undecided && !anonymous;
}

function take(one: Sent, other: Sent, how: string, tally: Tally): void {
  const record = one.record ?? other.record;
  const at = record === undefined ? undefined : formatZxid(record.zxid);
  tally.find("violation", () => ({
    name: "fifo-violation",
    culprit: "ensemble",
    message: `op ${one.op.id} of ${one.op.incarnation}: op ${other.op.id} on the same connection ${how}`,
    zxid: at,
    path: one.attempt.invoke?.path,
    op: one.op.id,
    session: formatSession(one.session),
    incarnation: one.op.incarnation,
    evidence: [one, other].flatMap(({ op, attempt, record: found }) => [
      ...(found === undefined ? [] : [logRef(found)]),
      ...attemptRefs(op, attempt),
    ]),
  }));
}
