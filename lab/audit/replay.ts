/**
 * The one pass over the committed transactions: it drives every group's election and collects the guarded
 * writes with the state that judges them. What precedes the opening write builds the state and is not
 * judged; what follows the sealing write is not of the run (semantics 22).
 */

import type { EvidenceProblem } from "../evidence/evidence.ts";
import type { GroupInfo } from "../evidence/run-info.ts";
import { type SessionId, sessionId, type Zxid } from "../ids.ts";
import type { CommittedHistory, HistoryTxn, Snapshot, TxnOp, TxnRecord } from "../txnlog/types.ts";
import type { ContenderId, Contenders } from "./contenders.ts";
import {
  type GuardCheck,
  type GuardedWrite,
  isClientsOwn,
  isWriteOp,
  opIdOfRecord,
  type WriteTarget,
} from "./guarded-writes.ts";
import type { Op } from "./ops.ts";
import { globMatcher, parentOf } from "./paths.ts";
import { Election, type Term } from "./terms.ts";
import type { Window } from "./window.ts";

const NOBODY = sessionId(0n);

/** What the pass found out about one group. */
export interface Replayed {
  readonly group: GroupInfo;
  readonly election: Election;
  /** In the order of their zxids. */
  readonly writes: readonly GuardedWrite[];
}

interface Lane {
  readonly group: GroupInfo;
  readonly election: Election;
  readonly matches: (path: string) => boolean;
  readonly ops: ReadonlyMap<string, Op>;
  readonly opByZxid: ReadonlyMap<Zxid, Op>;
  readonly ownerOf: (session: SessionId) => ContenderId | undefined;
  readonly writes: GuardedWrite[];
}

export interface ReplayInput {
  readonly history: CommittedHistory;
  readonly groups: readonly GroupInfo[];
  readonly contenders: Contenders;
  readonly ops: ReadonlyMap<string, ReadonlyMap<string, Op>>;
  readonly window: Window;
  /** The state that the replay begins with; undefined: nothing was there. */
  readonly base: Snapshot | undefined;
}

export interface ReplayResult {
  readonly groups: readonly Replayed[];
  /** Paths that two groups guard: overlapping globs cannot be judged. */
  readonly problems: readonly EvidenceProblem[];
}

export function replay(input: ReplayInput): ReplayResult {
  const lanes = input.groups.map((group) => openLane(group, input));
  for (const lane of lanes) seed(lane.election, input.base);
  const overlaps = new Map<string, EvidenceProblem>();
  for (const txn of input.history.committed) {
    if (input.window.sealing !== undefined && txn.record.zxid > input.window.sealing) break;
    if (txn.record.rejected) continue;
    if (input.base !== undefined && txn.record.zxid <= input.base.zxid) continue;
    if (txn.record.type === "closeSession") {
      for (const lane of lanes) closeSession(lane, txn.record);
      continue;
    }
    const judged = input.window.opening === undefined || txn.record.zxid > input.window.opening;
    const guardedBy = lanes.filter((lane) => applyTxn(lane, txn, judged));
    if (guardedBy.length > 1) {
      const names = guardedBy.map((lane) => lane.group.name);
      const says = `the guarded paths of ${names.join(" and ")} overlap`;
      overlaps.set(says, { says, groups: names });
    }
  }
  return {
    groups: lanes.map(({ group, election, writes }) => ({ group, election, writes })),
    problems: [...overlaps.values()],
  };
}

function openLane(group: GroupInfo, input: ReplayInput): Lane {
  const ownerOf = (session: SessionId): ContenderId | undefined =>
    input.contenders.ownerOf(group.name, session);
  const ops = input.ops.get(group.name) ?? new Map<string, Op>();
  const opByZxid = new Map<Zxid, Op>();
  for (const op of ops.values())
    for (const { outcome } of op.attempts)
      if (outcome?.phase === "ok" && outcome.zxid !== undefined) opByZxid.set(outcome.zxid, op);
  const election = new Election(group, ownerOf);
  const matches = globMatcher(group.guarded);
  return { group, election, matches, ops, opByZxid, ownerOf, writes: [] };
}

/** Election znodes that were there before: each token is its czxid, and its term is open at the left. */
function seed(election: Election, base: Snapshot | undefined): void {
  const there = (base?.nodes ?? [])
    .filter(({ path }) => parentOf(path) === election.directory)
    .sort((a, b) => (a.czxid < b.czxid ? -1 : 1));
  for (const { path, czxid, ephemeralOwner } of there)
    election.create(path, ephemeralOwner !== undefined, ephemeralOwner ?? NOBODY, {
      ...{ zxid: czxid, k: 0 },
    });
}

function closeSession(lane: Lane, record: TxnRecord): void {
  lane.election.closeSession({
    session: record.session,
    paths: record.closes,
    // The leader itself asks for the end of an expired session; a client's own request has a cxid.
    expired: record.cxid === 0,
    zxid: record.zxid,
  });
}

/** Judges the record's sub-operations one by one and applies each; true where one was a guarded write. */
function applyTxn(lane: Lane, txn: HistoryTxn, judged: boolean): boolean {
  const { record } = txn;
  const targets: WriteTarget[] = [];
  const checks: GuardCheck[] = [];
  const writer = lane.ownerOf(record.session);
  let lastLed: Term | undefined;
  const takes = judged && isClientsOwn(record);
  for (const [k, op] of record.ops.entries()) {
    const at = { zxid: record.zxid, k };
    if (takes && isWriteOp(op) && lane.matches(op.path)) {
      lastLed = writer === undefined ? undefined : lane.election.lastTermOf(writer);
      targets.push({ at, path: op.path, op: op.op, leading: lane.election.leading });
    }
    if (op.op === "check")
      checks.push({ path: op.path, version: op.version, node: lane.election.child(op.path) });
    applyOp(lane.election, op, record, k);
  }
  if (targets.length === 0) return false;
  const opId = opIdOfRecord(record);
  const told = opId === undefined ? undefined : lane.ops.get(opId);
  const op = told ?? lane.opByZxid.get(record.zxid);
  lane.writes.push({
    group: lane.group.name,
    txn,
    targets,
    checks,
    setVersions: setVersions(record),
    writer,
    lastLed,
    opId: opId ?? op?.id,
    op,
  });
  return true;
}

function applyOp(election: Election, op: TxnOp, record: TxnRecord, k: number): void {
  if (op.op !== "create" && op.op !== "delete") return;
  if (parentOf(op.path) !== election.directory) return;
  const at = { zxid: record.zxid, k };
  // A snapshot may hold it, or what came after it, already (semantics 30).
  const there = election.child(op.path)?.created.zxid;
  if (there !== undefined && (op.op === "create" ? there >= at.zxid : there > at.zxid)) return;
  if (op.op === "create") election.create(op.path, op.ephemeral, record.session, at);
  else election.delete(op.path, record.session, at);
}

function setVersions(record: TxnRecord): ReadonlyMap<string, number> {
  const versions = new Map<string, number>();
  for (const op of record.ops) if (op.op === "setData") versions.set(op.path, op.version);
  return versions;
}
