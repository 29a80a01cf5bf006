/**
 * The witnesses of an epoch's cut (semantics 2; e, E and c(e) as in cuts.ts).
 *
 * 1. The leader of E in its own log lines ("New election … proposed zxid", server-log.ts): exact.
 * 2. The leader of E by its disk: what it holds of e (log or snapshot) is committed, and its newest
 *    snapshot of e is the cut where it reaches its log's end, as the election snapshot of ≤ 3.4.5 and
 *    ≥ 3.5.0 does, and one log file goes on from e to E, so that no file can be missing between.
 *    Only for E = e + 1. Counterexample for E > e + 1: A is voted leader with ghost z,
 *    writes snapshot.z before any quorum acks (Leader.lead → loadData), dies, is overruled in e + 1
 *    and led back by TRUNC (which keeps snapshots) or SNAP (which keeps logs); then it leads E.
 *    With E = e + 1 no such thing can have come between: to be overruled takes an epoch of its own.
 * 3. Every participant by its disk, E = e + 1: whoever led E is one of them, so what all hold is
 *    committed. A lower bound only; void after a reconfig or where a participant's logs are missing.
 * 4. An observer's copy: proof and no vote, for it is told of commits only, save in the sync phase of
 *    a leader that never got its quorum. Such a leader has an epoch of its own, so: E = e + 1, or in
 *    the last epoch no server that accepted a later one.
 * 5. A majority of the participants' disks, in the last epoch alone, and only where acceptedEpoch =
 *    currentEpoch = e on every participant: else a later leader may be about to drop the tail, or a
 *    wiped disk is being counted. A lower bound: a tail on one disk may still be committed, the other
 *    copies wiped or replaced by a snapshot.
 *
 * Left out: replaying both candidates against the treeDigest of E's first transactions (3.6+). It
 * would decide some of what stays undecided where servers' logs are not to be had.
 */

import { epochOf, formatZxid, makeZxid, type Zxid, type ZxidSplit } from "../ids.ts";
import type { EpochSpan } from "./epochs.ts";
import type { ServerLogs } from "./types.ts";

export interface CutInputs {
  readonly servers: readonly ServerLogs[];
  readonly spans: readonly EpochSpan[];
  readonly sealing: Zxid | undefined;
  /** Participants of the ensemble; undefined where a reconfig makes it a function of the zxid. */
  readonly participants: number | undefined;
  readonly split: ZxidSplit;
}

/** Everything of the epoch up to there is committed, and why, as a sentence. */
export interface Bound {
  readonly zxid: Zxid;
  readonly says: string;
}

/** Where epoch `of` ended, as each server that says it led epoch `next` says. */
export function linesOf(of: number, next: number, inputs: CutInputs): readonly Bound[] {
  const bounds: Bound[] = [];
  for (const server of inputs.servers) {
    // A leader that led an epoch without a transaction is elected with that epoch's mark, e_00000000:
    // then the election to *that* epoch tells. Epochs fall with every step.
    let at = next;
    let lastZxid = lastZxidAt(server, at);
    while (lastZxid !== undefined && epochOf(lastZxid, inputs.split) > of) {
      const earlier = epochOf(lastZxid, inputs.split);
      lastZxid = earlier < at ? electionTo(earlier, inputs.servers) : undefined;
      at = earlier;
    }
    if (lastZxid === undefined) continue;
    const held = epochOf(lastZxid, inputs.split) === of;
    const said = `${server.server}'s own log: elected to lead epoch ${next} with ${formatZxid(lastZxid)}`;
    bounds.push({
      zxid: held ? lastZxid : makeZxid(of, 0, inputs.split),
      says: held ? said : `${said}, without anything of epoch ${of}`,
    });
  }
  return bounds;
}

function lastZxidAt(server: ServerLogs, epoch: number): Zxid | undefined {
  return server.elections?.find((won) => won.epoch === epoch)?.lastZxid;
}

function electionTo(epoch: number, servers: readonly ServerLogs[]): Zxid | undefined {
  for (const server of servers) {
    const found = lastZxidAt(server, epoch);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Witness 2, exact: the leader's newest snapshot of the epoch, where its log goes no further. */
export function leaderSnapshot(
  span: EpochSpan,
  next: number,
  inputs: CutInputs,
): Bound | undefined {
  const leader = leaderOf(next, inputs);
  if (leader === undefined) return undefined;
  const snapshot = newestSnapshot(leader, span.epoch, inputs.split);
  const logged = span.lastOf.get(leader.server);
  if (snapshot === undefined || logged === undefined || logged > snapshot) return undefined;
  if (!oneFileGoesOn(leader, span.epoch, next, inputs.split)) return undefined;
  const says = `election snapshot ${formatZxid(snapshot)} of ${leader.server}, which led epoch ${next}`;
  return { zxid: snapshot, says };
}

function oneFileGoesOn(server: ServerLogs, from: number, to: number, split: ZxidSplit): boolean {
  return server.files.some((file) => {
    const last = file.records.findLastIndex(({ zxid }) => epochOf(zxid, split) === from);
    return last >= 0 && file.records.slice(last).some(({ zxid }) => epochOf(zxid, split) === to);
  });
}

export function leaderDisk(span: EpochSpan, next: number, inputs: CutInputs): Bound | undefined {
  const leader = leaderOf(next, inputs);
  if (leader === undefined) return undefined;
  const held = heldOf(leader, span, inputs.split);
  if (held === undefined) return undefined;
  return {
    zxid: held,
    says: `${leader.server}, which led epoch ${next}, holds ${formatZxid(held)}`,
  };
}

function leaderOf(epoch: number, inputs: CutInputs): ServerLogs | undefined {
  const leaders = inputs.servers.filter((server) => server.ledEpochs.includes(epoch));
  return leaders.length === 1 ? leaders[0] : undefined;
}

/** Witness 3, a lower bound. */
export function everyParticipant(span: EpochSpan, inputs: CutInputs): Bound | undefined {
  const voters = votersHolding(span, inputs);
  if (voters === undefined) return undefined;
  const zxid = voters.at(-1);
  return zxid === undefined
    ? undefined
    : { zxid, says: `every participant holds ${formatZxid(zxid)}, whoever led the next epoch` };
}

/** Witness 5, a lower bound. */
export function majority(span: EpochSpan, inputs: CutInputs): Bound | undefined {
  const voters = votersHolding(span, inputs);
  if (voters === undefined) return undefined;
  const settled = inputs.servers.every(
    ({ role, acceptedEpoch, currentEpoch }) =>
      role === "observer" || (acceptedEpoch === span.epoch && currentEpoch === span.epoch),
  );
  const zxid = voters[Math.floor(voters.length / 2)];
  if (!settled || zxid === undefined) return undefined;
  return {
    zxid,
    says: `a majority of the participants, none of which accepted a later epoch, hold ${formatZxid(zxid)}`,
  };
}

/** The highest zxid of the epoch on each participant, falling; undefined if not all are known. */
function votersHolding(span: EpochSpan, inputs: CutInputs): readonly Zxid[] | undefined {
  const nothing = makeZxid(span.epoch, 0, inputs.split);
  const held = inputs.servers
    .filter((server) => server.role === "participant")
    .map((server) => heldOf(server, span, inputs.split) ?? nothing);
  if (held.length === 0 || held.length !== inputs.participants) return undefined;
  return held.sort((a, b) => (a < b ? 1 : a > b ? -1 : 0));
}

/** Witness 4, a lower bound. */
export function observer(span: EpochSpan, inputs: CutInputs): Bound | undefined {
  let best: Bound | undefined;
  for (const { role, server } of inputs.servers) {
    const zxid = role === "observer" ? span.lastOf.get(server) : undefined;
    if (zxid === undefined || (best !== undefined && zxid <= best.zxid)) continue;
    best = { zxid, says: `observer ${server} was told to commit ${formatZxid(zxid)}` };
  }
  return best;
}

export function observerInLastEpoch(span: EpochSpan, inputs: CutInputs): Bound | undefined {
  const voters = inputs.servers.filter((server) => server.role === "participant");
  if (voters.length !== inputs.participants) return undefined;
  const quiet = inputs.servers.every(
    ({ acceptedEpoch }) => acceptedEpoch !== undefined && acceptedEpoch <= span.epoch,
  );
  return quiet ? observer(span, inputs) : undefined;
}

/** The last of the epoch that a server holds in log or snapshot (whose name is a lower bound). */
function heldOf(server: ServerLogs, span: EpochSpan, split: ZxidSplit): Zxid | undefined {
  const logged = span.lastOf.get(server.server);
  const snapshot = newestSnapshot(server, span.epoch, split);
  if (logged === undefined || snapshot === undefined) return logged ?? snapshot;
  return greatest([logged, snapshot]);
}

function newestSnapshot(server: ServerLogs, epoch: number, split: ZxidSplit): Zxid | undefined {
  const names = server.snapshots.map((s) => s.zxid).filter((z) => epochOf(z, split) === epoch);
  return names.length === 0 ? undefined : greatest(names);
}

export function greatest(zxids: readonly Zxid[]): Zxid {
  return extreme(zxids, (a, b) => a > b);
}

export function least(zxids: readonly Zxid[]): Zxid {
  return extreme(zxids, (a, b) => a < b);
}

function extreme(zxids: readonly Zxid[], wins: (a: Zxid, b: Zxid) => boolean): Zxid {
  return zxids.reduce((best, each) => (wins(each, best) ? each : best));
}
