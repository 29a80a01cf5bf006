/**
 * Servers agree on every committed transaction (semantics 13, 15, 16). One zxid with two records is a
 * violation: with one header and two bodies one transaction became two contents, `replica-divergence`;
 * with two headers (session, cxid, type, time) two transactions share it: the claim on zxids. Absence is
 * either normal (3.4's sync phase, SNAP) or fatal (3.9.3, ZOOKEEPER-4925) and looks the same in the logs:
 * `log-hole` is a warning, and without walked trees it leaves the claim unknown. Ghosts and identical
 * repeats are warnings. What earlier runs left in a kept ensemble's logs is not of this run.
 */

import { formatSession, formatZxid, sessionId, type Zxid } from "../../ids.ts";
import { logRef, Tally } from "../findings.ts";
import type { ClaimResult } from "../types.ts";
import { isInRun } from "../window.ts";
import type { World } from "../world.ts";
import { sameHeader } from "./common.ts";

export const SERVERS_AGREE = {
  claim: "servers-agree",
  sentence: "All servers logged the same committed transactions",
  findings: ["replica-divergence", "log-hole", "log-duplicate", "ghost-txn"],
} as const;

const NOBODY = sessionId(0n);

export function judgeServersAgree(world: World): ClaimResult {
  const tally = new Tally({ ...SERVERS_AGREE, group: undefined });
  if (world.evidence.servers.length === 1) return tally.notApplicable("there is one server");
  for (const reason of world.history.problems) tally.doubt(reason);
  const inRun = (zxid: Zxid): boolean => isInRun(zxid, world.window);
  for (const { record, servers } of world.history.committed)
    if (servers.length > 1 && inRun(record.zxid)) tally.examined++;
  takeConflicts(world, tally);
  takeHoles(world, tally);
  for (const { server, zxid } of inOrder(world.history.duplicates).filter((each) =>
    inRun(each.zxid),
  ))
    tally.find("warning", () => ({
      name: "log-duplicate",
      culprit: "ensemble",
      message: `${server} logged ${formatZxid(zxid)} more than once`,
      zxid: formatZxid(zxid),
      evidence: refsOf(world, zxid),
    }));
  for (const { record, servers } of world.history.ghosts.filter((txn) => inRun(txn.record.zxid)))
    tally.find("warning", () => ({
      name: "ghost-txn",
      culprit: "ensemble",
      message: `${formatZxid(record.zxid)} (${record.type}) was logged by ${servers.join(", ")} and never committed`,
      zxid: formatZxid(record.zxid),
      session: formatSession(record.session),
      evidence: [logRef(record)],
    }));
  return tally.conclude();
}

function takeConflicts(world: World, tally: Tally): void {
  for (const { zxid, records } of world.history.conflicts) {
    if (!isInRun(zxid, world.window)) continue;
    const fate = world.union.at(zxid)?.fate;
    // Ghosts are no history: a server may log anything that was never agreed on.
    if (fate === "ghost") continue;
    const at = formatZxid(zxid);
    if (!sameHeader(records)) {
      tally.doubt(`two transactions share ${at}, see the claim on zxids`);
      continue;
    }
    const sources = [...records].sort((a, b) => (a.source.server < b.source.server ? -1 : 1));
    const on = sources.map((record) => record.source.server).join(", ");
    const what = `a ${sources[0]?.type} of session ${formatSession(sources[0]?.session ?? NOBODY)}`;
    tally.find(fate === "undecided" ? "unknown" : "violation", () => ({
      name: "replica-divergence",
      culprit: "ensemble",
      message: `${at}, ${what}, has different contents on ${on}`,
      zxid: at,
      evidence: sources.map(logRef),
    }));
  }
}

function takeHoles(world: World, tally: Tally): void {
  const holes = inOrder(world.history.holes).filter((hole) => isInRun(hole.zxid, world.window));
  if (holes.length > 0)
    tally.doubt(
      `${holes.length} committed records are missing inside what a server's log covers, and no tree was walked to tell whether its data lack them`,
    );
  for (const { server, zxid } of holes)
    tally.find("warning", () => ({
      name: "log-hole",
      culprit: "ensemble",
      message: `${server} did not log ${formatZxid(zxid)}, which others did`,
      zxid: formatZxid(zxid),
      evidence: refsOf(world, zxid),
    }));
}

function refsOf(world: World, zxid: Zxid): readonly ReturnType<typeof logRef>[] {
  const logged = world.union.at(zxid);
  return logged === undefined ? [] : [logRef(logged.txn.record)];
}

function inOrder<T extends { readonly server: string; readonly zxid: Zxid }>(
  places: readonly T[],
): readonly T[] {
  return [...places].sort((a, b) =>
    a.zxid === b.zxid ? (a.server < b.server ? -1 : 1) : a.zxid < b.zxid ? -1 : 1,
  );
}
