/**
 * Zxids are unique and in order, epochs never go back, the counter never carries (semantics 15, 19).
 * Keyed by zxid, the union of the logs is unique and rising by construction, so these are asked of each
 * file; and of first occurrences only, since 3.8.0 logs identical records again, up to 4,000 back.
 *  - `zxid-reused`: one zxid, two headers, at least one committed. (One header with two bodies is one
 *    transaction with two contents: replica-divergence.)
 *  - `zxid-regressed`: in a file, a record lower than a committed one before it, of the same epoch.
 *  - `epoch-regressed`: the same across epochs. Between files there is no order but their names'.
 *  - `zxid-carried`: a counter of 0 or 0xffffffff in a log: the leader re-elects before it uses either
 *    (Leader.propose), so that a correct rollover, e_fffffffe then (e+1)_00000001, is none.
 * An acknowledged pair with falling zxids is `order-violation`, and not counted here again.
 * A standalone server has no epochs and no rollover check: its counter runs on into the high half, and a
 * torn tail's zxid is used again after a restart.
 */

import { counterOf, epochOf, formatSession, formatZxid, type Zxid } from "../../ids.ts";
import type { LogFile, TxnRecord } from "../../txnlog/types.ts";
import { logRef, Tally } from "../findings.ts";
import type { ClaimResult } from "../types.ts";
import { isInRun } from "../window.ts";
import type { World } from "../world.ts";
import { sameHeader } from "./common.ts";

export const ZXIDS = {
  claim: "zxids",
  sentence:
    "Zxids are unique and in order, epochs never go back, the counter never carries into the epoch",
  findings: ["zxid-reused", "zxid-regressed", "epoch-regressed", "zxid-carried"],
} as const;

const COUNTER_LAST = 0xffff_ffff;

export function judgeZxids(world: World): ClaimResult {
  const tally = new Tally({ ...ZXIDS, group: undefined });
  if (isStandalone(world)) return tally.notApplicable("a standalone server has no epochs");
  for (const reason of world.history.problems) tally.doubt(reason);
  takeReused(world, tally);
  const carried = new Set<Zxid>();
  for (const { files } of world.evidence.servers)
    for (const file of files) judgeFile(world, file, carried, tally);
  return tally.conclude();
}

function isStandalone({ evidence }: World): boolean {
  return evidence.history.some(
    ({ event }) => event.type === "server" && event.state === "standalone",
  );
}

function takeReused(world: World, tally: Tally): void {
  for (const { zxid, records } of world.history.conflicts) {
    const fate = world.union.at(zxid)?.fate;
    if (!isInRun(zxid, world.window) || fate === "ghost" || sameHeader(records)) continue;
    const at = formatZxid(zxid);
    const sources = [...records].sort((a, b) => (a.source.server < b.source.server ? -1 : 1));
    const who = sources.map(
      (record) =>
        `a ${record.type} of session ${formatSession(record.session)} on ${record.source.server}`,
    );
    tally.find(fate === "undecided" ? "unknown" : "violation", () => ({
      name: "zxid-reused",
      culprit: "ensemble",
      message: `${at} is ${who.join(", ")}`,
      zxid: at,
      evidence: sources.map((record) => logRef(record)),
    }));
  }
}

function judgeFile(world: World, file: LogFile, carried: Set<Zxid>, tally: Tally): void {
  const seen = new Set<Zxid>();
  let highest: TxnRecord | undefined;
  for (const record of file.records) {
    if (seen.has(record.zxid) || !isInRun(record.zxid, world.window)) continue;
    seen.add(record.zxid);
    tally.examined++;
    const counter = counterOf(record.zxid);
    if ((counter === 0 || counter === COUNTER_LAST) && !carried.has(record.zxid)) {
      carried.add(record.zxid);
      takeCarried(record, tally);
    }
    // Ghosts are no history: the next leader's records may well be lower.
    if (world.union.at(record.zxid)?.fate !== "committed") continue;
    if (highest !== undefined && record.zxid < highest.zxid) takeRegressed(record, highest, tally);
    else highest = record;
  }
}

function takeRegressed(record: TxnRecord, before: TxnRecord, tally: Tally): void {
  const at = formatZxid(record.zxid);
  const { server, file } = record.source;
  const isEpoch = epochOf(record.zxid) < epochOf(before.zxid);
  tally.find("violation", () => ({
    name: isEpoch ? "epoch-regressed" : "zxid-regressed",
    culprit: "ensemble",
    message: `${server} logged ${at} after ${formatZxid(before.zxid)} in ${file}${isEpoch ? ": an epoch went back" : ""}`,
    zxid: at,
    session: formatSession(record.session),
    evidence: [logRef(before), logRef(record)],
  }));
}

function takeCarried(record: TxnRecord, tally: Tally): void {
  const at = formatZxid(record.zxid);
  tally.find("violation", () => ({
    name: "zxid-carried",
    culprit: "ensemble",
    message: `${record.source.server} logged ${at}, a counter that no leader may use: it ran into the epoch`,
    zxid: at,
    session: formatSession(record.session),
    evidence: [logRef(record)],
  }));
}
