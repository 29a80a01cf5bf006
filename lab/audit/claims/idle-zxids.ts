/**
 * Nobody burns zxids in a declared idle window (semantics 32). An epoch has 4·10⁹ of them, and a contender
 * that writes, or tries to, with nothing to say brings the next rollover nearer for everybody: a refused
 * request takes a zxid as well. A warning. Judged only where the scenario declares such a window, and of
 * contenders' sessions alone: the lab opens sessions, probes and seals, and client 0 (containers, TTL) is
 * the server's own. A transaction that may have been outside the window is not counted.
 */

import { formatZxid } from "../../ids.ts";
import type { TxnRecord } from "../../txnlog/types.ts";
import { historyRef, logRef, Tally } from "../findings.ts";
import type { Span } from "../spans.ts";
import type { ClaimResult } from "../types.ts";
import { isInRun } from "../window.ts";
import type { GroupWorld, World } from "../world.ts";
import { gradeOfWarning } from "./common.ts";

export const IDLE_ZXIDS = {
  claim: "idle-zxids",
  sentence: "Nobody burns zxids in a declared idle window",
  findings: ["zxid-burn"],
} as const;

const NS_PER_S = 1e9;
const S_PER_MIN = 60;
const SHOWN_MAX = 5;

export function judgeIdleZxids(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...IDLE_ZXIDS, group: group.info.name });
  const windows = idleWindows(world, group.info.name);
  if (windows.length === 0) return tally.notApplicable("the scenario declares no idle window");
  for (const reason of world.doubts.about(group.info.name)) tally.doubt(reason);
  for (const window of windows) {
    tally.examined += 1;
    for (const [contender, records] of usedIn(world, group, window)) {
      tally.count("zxids", records.length);
      if (rateOf(window, records) > window.perMinute)
        take(world, window, { contender, records }, tally);
    }
  }
  return tally.conclude();
}

interface IdleWindow {
  readonly span: Span;
  readonly perMinute: number;
  /** Where the history says that it began. */
  readonly line: number;
}

/** Those that were played to their end, of this group or of all. */
function idleWindows({ evidence }: World, group: string): readonly IdleWindow[] {
  const begun = new Map<string, { readonly at: number; readonly line: number }>();
  return evidence.history.flatMap(({ line, event }) => {
    if (event.type !== "idle" || (event.group ?? group) !== group) return [];
    const whose = event.group ?? "";
    const from = begun.get(whose);
    if (event.phase === "begun") begun.set(whose, { at: event.at, line });
    else begun.delete(whose);
    if (event.phase === "begun" || from === undefined) return [];
    return [{ span: { from: from.at, to: event.at }, perMinute: event.perMinute, line: from.line }];
  });
}

/** What each contender's sessions used within the window, refused requests included. */
function usedIn(
  world: World,
  group: GroupWorld,
  { span }: IdleWindow,
): ReadonlyMap<string, readonly TxnRecord[]> {
  const used = new Map<string, TxnRecord[]>();
  for (const { record } of world.history.committed) {
    const { session, zxid } = record;
    if (session === 0n || !isInRun(zxid, world.window)) continue;
    const contender = world.contenders.ownerOf(group.info.name, session);
    const happened = contender === undefined ? undefined : world.bracketOf(zxid);
    if (contender === undefined || happened === undefined) continue;
    if (happened.earliest < span.from || happened.latest > span.to) continue;
    const records = used.get(contender) ?? [];
    used.set(contender, records);
    records.push(record);
  }
  return used;
}

function secondsOf({ span }: IdleWindow): number {
  return (span.to - span.from) / NS_PER_S;
}

/** A minute. */
function rateOf(window: IdleWindow, records: readonly TxnRecord[]): number {
  return (records.length / secondsOf(window)) * S_PER_MIN;
}

function take(
  world: World,
  window: IdleWindow,
  { contender, records }: { contender: string; records: readonly TxnRecord[] },
  tally: Tally,
): void {
  const [first] = records;
  const n = records.length === 1 ? "1 zxid" : `${records.length} zxids`;
  const limit = window.perMinute === 0 ? "none" : window.perMinute;
  const rate = `${Math.round(rateOf(window, records))} a minute, and the scenario allows ${limit}`;
  const shown = records.slice(0, SHOWN_MAX).map((record) => logRef(record, kindOf(record)));
  tally.find(gradeOfWarning(world, "zxid-burn"), () => ({
    name: "zxid-burn",
    culprit: "contender",
    message: `${contender} used ${n} in ${secondsOf(window).toFixed(1)} s of idleness (${rate}): ${byKind(records)}`,
    zxid: first && formatZxid(first.zxid),
    incarnation: contender,
    evidence: [historyRef(window.line, "an idle window begins"), ...shown],
  }));
}

/** `setData 12, multi with error -101 3`, the most frequent first. */
function byKind(records: readonly TxnRecord[]): string {
  const counts = new Map<string, number>();
  for (const record of records) {
    const kind = kindOf(record);
    counts.set(kind, (counts.get(kind) ?? 0) + 1);
  }
  return [...counts]
    .sort(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .map(([kind, n]) => `${n} ${kind}`)
    .join(", ");
}

/**
 * A failed multi has an error for each of its operations: 0 for those before the one that failed, and -2
 * for those behind it, which were not tried.
 */
const NO_CAUSE: ReadonlySet<number> = new Set([0, -2]);

function kindOf({ type, ops }: TxnRecord): string {
  const codes = ops.flatMap((op) => (op.op === "error" ? [op.code] : []));
  const code = codes.find((each) => !NO_CAUSE.has(each)) ?? codes[0];
  if (code === undefined) return type;
  return type === "error" ? `error ${code}` : `${type} with error ${code}`;
}
