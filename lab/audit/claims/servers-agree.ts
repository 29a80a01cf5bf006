/**
 * Servers agree on every committed transaction (semantics 13, 15, 16). One zxid with two records is a
 * violation: with one header and two bodies one transaction became two contents, `replica-divergence`;
 * with two headers (session, cxid, type, time) two transactions share it: the claim on zxids. Absence is
 * either normal (3.4's sync phase, SNAP) or fatal (3.9.3, ZOOKEEPER-4925) and looks the same in the logs;
 * the servers' trees, walked at the seal, tell them apart. Ghosts and identical
 * repeats are warnings. What earlier runs left in a kept ensemble's logs is not of this run.
 */

import { TREES_STAGE } from "../../evidence/server-tree.ts";
import { formatSession, formatZxid, sessionId, type Zxid } from "../../ids.ts";
import {
  againstEachOther,
  againstHistory,
  type Difference,
  replayedAtSeal,
} from "../divergence.ts";
import { isTrusted } from "../doubts.ts";
import { logRef, Tally } from "../findings.ts";
import { readTransfers } from "../state-transfer.ts";
import type { ClaimResult } from "../types.ts";
import { knownHoles } from "../version.ts";
import { isInRun } from "../window.ts";
import type { World } from "../world.ts";
import { gradeOfWarning, sameHeader } from "./common.ts";

export const SERVERS_AGREE = {
  claim: "servers-agree",
  sentence: "All servers logged the same committed transactions and hold the same data",
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
  takeHoles(world, takeTrees(world, tally), tally);
  for (const { server, zxid } of inOrder(world.history.duplicates).filter((each) =>
    inRun(each.zxid),
  ))
    tally.find(gradeOfWarning(world, "log-duplicate"), () => ({
      name: "log-duplicate",
      culprit: "ensemble",
      message: `${server} logged ${formatZxid(zxid)} more than once`,
      zxid: formatZxid(zxid),
      evidence: refsOf(world, zxid),
    }));
  for (const { record, servers } of world.history.ghosts.filter((txn) => inRun(txn.record.zxid)))
    tally.find(gradeOfWarning(world, "ghost-txn"), () => ({
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
      evidence: sources.map((record) => logRef(record)),
    }));
  }
}

/**
 * A hole is judged by what its server holds. Its own tree differs: part of the divergence. Its tree agrees:
 * a known defect of the version (a warning), or the log was altered after it was written: on 3.9.5, an
 * acknowledged set taken out of zk2's log leaves zk2's tree with that very mzxid, and no defect of 3.9.5
 * does that; calling it a warning would let an edited log pass as holding. No tree: unknown. What the
 * server was given as a whole tree it never logged: told, and no doubt.
 */
function takeHoles(world: World, differences: readonly Difference[], tally: Tally): void {
  const holes = inOrder(world.history.holes).filter((hole) => isInRun(hole.zxid, world.window));
  const known = knownHoles(world.evidence.run.zookeeper.version);
  const walked = new Set(world.evidence.trees?.map((tree) => tree.server));
  const diverged = new Set(differences.map((each) => each.server));
  const unwalked = holes.filter((hole) => !walked.has(hole.server)).length;
  if (unwalked > 0)
    tally.doubt(
      `${records(unwalked)} missing inside what a server's log covers, and no tree was walked to tell whether its data lack them`,
    );
  const isTransferred = readTransfers(world.evidence.servers);
  const strange = holes.filter(
    ({ server, zxid }) =>
      walked.has(server) && !diverged.has(server) && !isTransferred(server, zxid),
  );
  if (strange.length > 0 && known === undefined)
    tally.doubt(
      `${records(strange.length)} missing inside what a server's log covers, though its tree agrees and ZooKeeper ${world.evidence.run.zookeeper.version} is not known to leave holes: its log was altered`,
    );
  for (const { server, zxid } of holes)
    tally.find(gradeOfWarning(world, "log-hole"), () => ({
      name: "log-hole",
      culprit: strange.length > 0 && known === undefined ? "lab" : "ensemble",
      message: `${server} did not log ${formatZxid(zxid)}, which others did${whyNot(isTransferred(server, zxid) ? "it was given the leader's tree instead" : known)}`,
      zxid: formatZxid(zxid),
      evidence: refsOf(world, zxid),
    }));
}

function whyNot(known: string | undefined): string {
  return known === undefined ? "" : ` (${known})`;
}

function records(n: number): string {
  return n === 1 ? "1 committed record is" : `${n} committed records are`;
}

/** What the servers' own trees say; none for runs that did not walk them. */
function takeTrees(world: World, tally: Tally): readonly Difference[] {
  const { trees = [], servers, history } = world.evidence;
  const isTold = history.some(({ event }) => event.type === "stage" && event.stage === TREES_STAGE);
  // Runs made before trees were walked have none; of any other, a tree that is gone is evidence that is.
  if (trees.length === 0 && !isTold && world.evidence.bare === undefined) return [];
  const { sealing } = world.window;
  tally.count("treesWalked", trees.length);
  tally.count(
    "nodesCompared",
    trees.reduce((sum, tree) => sum + tree.nodes.length, 0),
  );
  for (const { server } of servers)
    if (!trees.some((tree) => tree.server === server))
      tally.doubt(
        world.evidence.bare === undefined
          ? `the tree of ${server} is not there`
          : `no snapshot with a whole log behind it stands for the tree of ${server}`,
      );
  // The replay is right only where nothing is missing from it, and of bare logs it knows no beginning.
  const isWhole =
    world.evidence.bare === undefined &&
    sealing !== undefined &&
    isTrusted(world.doubts, sealing) &&
    world.history.undecided.length + world.history.conflicts.length + world.history.gaps.length ===
      0;
  const differences = isWhole
    ? againstHistory(trees, replayedAtSeal(world.history, world.window), world.afterSeal)
    : againstEachOther(trees, world.afterSeal);
  for (const { server, path, how } of differences)
    tally.find("violation", () => ({
      name: "replica-divergence",
      culprit: "ensemble",
      message: `${path} in the tree of ${server} at the seal ${how}`,
      path,
    }));
  return differences;
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
