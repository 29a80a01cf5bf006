/**
 * No acknowledged write is lost (semantics 1). An acknowledgement is never evidence that a write is
 * committed; it is the claim under test. Were it evidence, a write that ZooKeeper answered and lost would
 * be declared committed, and the claim could never fail. `lost-write`: answered `ok` with zxid z, where
 *  - z is a ghost, or was rejected, or is another session's, path's or op's record;
 *  - z is on no log, although one log file has records on both sides of it.
 * No file that is left covers z: unknown. Snapshots are not asked yet.
 */

import { epochOf, formatSession, formatZxid, type Zxid } from "../../ids.ts";
import type { TxnRecord } from "../../txnlog/types.ts";
import { historyRef, logRef, Tally } from "../findings.ts";
import { opIdOfRecord } from "../guarded-writes.ts";
import type { Invoke, Op, Outcome } from "../ops.ts";
import type { ClaimResult } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { doubtOf } from "./common.ts";

export const DURABILITY = {
  claim: "durability",
  sentence: "No acknowledged write is lost",
  findings: ["lost-write"],
} as const;

/** Acknowledgements this near to the end of an epoch stood in danger: the next leader could lack them. */
const EXPOSED_ZXIDS = 100n;

interface Ack {
  readonly zxid: Zxid;
  readonly line: number;
  readonly says: string;
  /** What the record must be of; undefined fields are not asked. */
  readonly op: Op | undefined;
  readonly invoke: Invoke | undefined;
  readonly outcome: Outcome | undefined;
}

export function judgeDurability(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...DURABILITY, group: group.info.name });
  const acks = [...acksOf(group.ops.values())];
  if (group.blackBox && acks.length === 0)
    return tally.notApplicable("the contenders do not tell what was acknowledged");
  doubtOf(world, group, tally);
  return judgeAcks(world, acks, tally);
}

/** The lab's own probes: the only acknowledgements there are beside black boxes. */
export function judgeProbeDurability(world: World): ClaimResult {
  const tally = new Tally({ ...DURABILITY, group: undefined });
  const acks: Ack[] = [];
  for (const { line, event } of world.evidence.history) {
    if (event.type !== "probe") continue;
    const zxid = BigInt(event.zxid) as Zxid;
    const says = `the lab's probe ${event.zxid}`;
    acks.push({ zxid, line, says, op: undefined, invoke: undefined, outcome: undefined });
  }
  if (acks.length === 0) return tally.notApplicable("the lab wrote no probes");
  return judgeAcks(world, acks, tally);
}

function* acksOf(ops: Iterable<Op>): Generator<Ack> {
  for (const op of ops)
    for (const { invoke, outcome } of op.attempts)
      if (outcome?.phase === "ok" && outcome.zxid !== undefined)
        yield {
          zxid: outcome.zxid,
          line: outcome.line,
          says: `op ${op.id} of ${op.incarnation}`,
          op,
          invoke,
          outcome,
        };
}

function judgeAcks(world: World, acks: readonly Ack[], tally: Tally): ClaimResult {
  const sorted = [...acks].sort((a, b) =>
    a.zxid === b.zxid ? a.line - b.line : a.zxid < b.zxid ? -1 : 1,
  );
  const isExposed = exposureOf(world);
  for (const ack of sorted) {
    if (isExposed(ack.zxid)) tally.exposed++;
    judgeAck(world, ack, tally);
  }
  return tally.conclude();
}

function judgeAck(world: World, ack: Ack, tally: Tally): void {
  const { union } = world;
  const at = formatZxid(ack.zxid);
  const logged = union.at(ack.zxid);
  if (logged === undefined) {
    const cover = union.coverOf(ack.zxid);
    if (cover === undefined) {
      tally.count("uncovered");
      tally.doubt(`no log that is left covers ${at}`);
      return;
    }
    tally.examined++;
    lost(ack, `is on no log, although ${cover} has records on both sides of it`, tally);
    return;
  }
  if (logged.fate === "undecided" || union.hasConflict(ack.zxid)) {
    tally.count("undecided");
    const why = logged.fate === "undecided" ? "it is undecided" : "the servers' records differ";
    tally.doubt(`whether ${at} was committed as acknowledged is unknown: ${why}`);
    return;
  }
  tally.examined++;
  if (logged.fate === "ghost")
    lost(
      ack,
      `was logged by ${logged.txn.servers.join(", ")} and never committed`,
      tally,
      logged.txn.record,
    );
  const difference = differenceOf(ack, logged.txn.record);
  if (logged.fate === "committed" && difference !== undefined)
    lost(ack, difference, tally, logged.txn.record);
}

/** "ok" needs the same zxid, session and path as the record, not only the same op id. */
function differenceOf(ack: Ack, record: TxnRecord): string | undefined {
  if (record.rejected) return "is a rejected transaction in the log";
  const session = ack.outcome?.session;
  if (session !== undefined && session !== record.session)
    return `is a transaction of session ${formatSession(record.session)} in the log`;
  const path = ack.invoke?.path;
  if (path !== undefined && !writesTo(record, path)) return `does not write ${path} in the log`;
  const opId = opIdOfRecord(record);
  if (ack.op !== undefined && opId !== undefined && opId !== ack.op.id)
    return `is op ${opId} in the log`;
  return undefined;
}

/** A sequential create comes back with ten digits more than were asked for. */
function writesTo(record: TxnRecord, path: string): boolean {
  return record.ops.some(
    (op) =>
      op.op !== "error" &&
      (op.path === path ||
        (op.op === "create" &&
          op.path.startsWith(path) &&
          /^-?\d{10}$/.test(op.path.slice(path.length)))),
  );
}

function lost(ack: Ack, why: string, tally: Tally, record?: TxnRecord): void {
  const at = formatZxid(ack.zxid);
  const session = ack.outcome?.session;
  tally.find("violation", () => ({
    name: "lost-write",
    culprit: "ensemble",
    message: `${at} was acknowledged to ${ack.says} and ${why}`,
    zxid: at,
    path: ack.invoke?.path,
    op: ack.op?.id,
    session: session === undefined ? undefined : formatSession(session),
    incarnation: ack.op?.incarnation,
    evidence: [
      historyRef(ack.line, `${ack.says} is acknowledged as ${at}`),
      ...(record === undefined ? [] : [logRef(record)]),
    ],
  }));
}

/** True for zxids among the last of an epoch that another followed. */
function exposureOf(world: World): (zxid: Zxid) => boolean {
  const lastOf = new Map(world.history.epochs.map((cut) => [cut.epoch, cut.last]));
  const newest = world.history.epochs.at(-1)?.epoch;
  return (zxid) => {
    const epoch = epochOf(zxid);
    const last = lastOf.get(epoch);
    return last !== undefined && epoch !== newest && last - zxid < EXPOSED_ZXIDS;
  };
}
