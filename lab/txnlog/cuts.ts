/**
 * Where each epoch ends: semantics 2. Every epoch e has one cut c(e); what it logged up to there is
 * committed, what it logged above is a ghost. A cut is found as bounds, and what lies between them
 * stays undecided. Every witness below only ever tightens a bound, so that evidence that is deleted
 * can turn judgements to undecided, never from committed to ghost or back.
 *
 * E is the next epoch of which any server logged a transaction (or the sealing write's): a leader
 * proposes only after a quorum took it as leader, so E was established, and c(e) is where the history
 * ended with which E's leader was elected.
 *
 * The sealing write decides for its own epoch: it was acknowledged when the run was over, and all of
 * the epoch below it is committed. For the others the witnesses of witnesses.ts are asked in turn:
 * the leader's log lines, the leader's disk, every participant's disk, observers, a majority of disks.
 */

import { epochOf, formatZxid, makeZxid, type Zxid } from "../ids.ts";
import type { EpochSpan } from "./epochs.ts";
import type { EpochCut } from "./types.ts";
import {
  type Bound,
  type CutInputs,
  everyParticipant,
  greatest,
  leaderDisk,
  leaderSnapshot,
  least,
  linesOf,
  majority,
  observer,
  observerInLastEpoch,
} from "./witnesses.ts";

/** The cut of each epoch that logged anything, and what its witnesses disagree about. */
export function cutEpochs(inputs: CutInputs): {
  readonly cuts: readonly EpochCut[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const cuts = inputs.spans.map((span) => cutOf(span, inputs, problems));
  return { cuts, problems };
}

function cutOf(span: EpochSpan, inputs: CutInputs, problems: string[]): EpochCut {
  const { epoch, first, last } = span;
  const exact = (zxid: Zxid, decidedBy: string): EpochCut => {
    return { epoch, first, last, lower: zxid, upper: zxid, decidedBy };
  };
  const { sealing } = inputs;
  if (sealing !== undefined && epochOf(sealing, inputs.split) === epoch) {
    return exact(sealing, `the sealing write ${formatZxid(sealing)} was committed in this epoch`);
  }
  const next = nextEstablished(epoch, inputs);
  const lines = next === undefined ? [] : linesOf(epoch, next, inputs);
  const [line] = lines;
  if (line !== undefined && lines.every((other) => other.zxid === line.zxid)) {
    return exact(line.zxid, line.says);
  }
  if (line !== undefined) {
    problems.push(
      `epoch ${epoch}: servers' own logs disagree where it ended: ${lines.map((l) => l.says).join("; ")}`,
    );
    const ends = lines.map((l) => l.zxid);
    const decidedBy = "servers' own logs, which disagree";
    return { epoch, first, last, lower: least(ends), upper: greatest(ends), decidedBy };
  }
  if (next === epoch + 1) {
    const snapshot = leaderSnapshot(span, next, inputs);
    if (snapshot !== undefined) return exact(snapshot.zxid, snapshot.says);
  }
  return bounded(span, next, inputs);
}

/** No witness names the cut: the best lower bound, and everything above it undecided. */
function bounded(span: EpochSpan, next: number | undefined, inputs: CutInputs): EpochCut {
  const { epoch, first, last } = span;
  const none: Bound = { zxid: makeZxid(epoch, 0, inputs.split), says: "no witness" };
  const candidates =
    next === undefined
      ? [observerInLastEpoch(span, inputs), majority(span, inputs)]
      : next === epoch + 1
        ? [leaderDisk(span, next, inputs), everyParticipant(span, inputs), observer(span, inputs)]
        : [];
  let best = none;
  for (const bound of candidates) if (bound !== undefined && bound.zxid > best.zxid) best = bound;
  const decidedBy =
    best.zxid >= last
      ? best.says
      : `${best.says}; above it nothing tells whether ${
          next === undefined
            ? "a quorum had it"
            : `epoch ${next} began with it (who led it, and with which history, is in no server's log)`
        }`;
  return { epoch, first, last, lower: best.zxid, upper: greatest([last, best.zxid]), decidedBy };
}

/** The next epoch that logged anything, the sealing write's included though its logs be missing. */
function nextEstablished(epoch: number, inputs: CutInputs): number | undefined {
  const logged = inputs.spans.find((span) => span.epoch > epoch)?.epoch;
  const sealed = inputs.sealing === undefined ? -1 : epochOf(inputs.sealing, inputs.split);
  return logged ?? (sealed > epoch ? sealed : undefined);
}
