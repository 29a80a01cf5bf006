/**
 * An ephemeral lives exactly as long as its session, or until it is deleted (semantics 21).
 * `ephemeral-lost`: a later committed transaction, or a server's tree at the seal, takes it for gone
 * without an end. `ephemeral-leaked`: it is there after its session's closeSession, or is made after it.
 * Removal without a transaction (a new leader's own clean-up) is inferred from the contradiction, and the
 * message says by what. Behind a hole in the evidence nothing is inferred: the missing transaction may be
 * the very delete.
 */

import { formatSession, formatZxid, parseSession, parseZxid } from "../../ids.ts";
import { isTrusted } from "../doubts.ts";
import { type Contradiction, type Ephemeral, Ephemerals, touches } from "../ephemerals.ts";
import { logRef, Tally } from "../findings.ts";
import type { ClaimResult } from "../types.ts";
import { isInRun } from "../window.ts";
import type { World } from "../world.ts";

export const EPHEMERALS = {
  claim: "ephemerals",
  sentence: "An ephemeral lives exactly as long as its session, or until it is deleted",
  findings: ["ephemeral-lost", "ephemeral-leaked"],
} as const;

export function judgeEphemerals(world: World): ClaimResult {
  const tally = new Tally({ ...EPHEMERALS, group: undefined });
  const state = new Ephemerals();
  for (const { record } of world.history.committed) {
    if (world.window.sealing !== undefined && record.zxid > world.window.sealing) break;
    state.apply(record);
  }
  tally.examined = state.created;
  if (state.created === 0) return tally.notApplicable("nobody made an ephemeral");
  for (const reason of world.doubts.about(undefined)) tally.doubt(reason);
  for (const each of state.contradictions) take(world, each, tally);
  if (isWholeAtSeal(world))
    for (const tree of world.evidence.trees ?? []) judgeTree(world, tree, state, tally);
  return tally.conclude();
}

/** Whether the replay knows every ephemeral at the sealing write. */
function isWholeAtSeal({ window, doubts }: World): boolean {
  return window.sealing !== undefined && isTrusted(doubts, window.sealing);
}

function take(world: World, found: Contradiction, tally: Tally): void {
  const { node, shownBy, closed } = found;
  if (!isInRun(shownBy.zxid, world.window)) return;
  const unsure =
    !isTrusted(world.doubts, shownBy.zxid) ||
    world.history.undecided.some(({ record }) => touches(record, node.path));
  tally.find(unsure ? "unknown" : "violation", () => ({
    name: found.kind === "lost" ? "ephemeral-lost" : "ephemeral-leaked",
    culprit: "ensemble",
    message: `${describe(node)} ${found.how} at ${formatZxid(shownBy.zxid)}`,
    zxid: formatZxid(shownBy.zxid),
    path: node.path,
    session: formatSession(node.session),
    evidence: [
      logRef(node.created),
      ...(closed === undefined ? [] : [logRef(closed)]),
      ...(shownBy === node.created ? [] : [logRef(shownBy)]),
    ],
  }));
}

type Tree = NonNullable<World["evidence"]["trees"]>[number];

/** What the server itself holds at the end of the run, against what it should. */
function judgeTree(world: World, tree: Tree, state: Ephemerals, tally: Tally): void {
  const there = new Map(tree.nodes.map((node) => [node.path, node]));
  for (const node of state.living) {
    if (!isBelow(node.path, tree.root) || isTouchedLater(world, node)) continue;
    if (there.get(node.path)?.czxid === formatZxid(node.created.zxid)) continue;
    const how = `is not in the tree of ${tree.server} at the seal, though nothing ended it`;
    takeAtSeal("ephemeral-lost", node, how, tally);
  }
  for (const { path, owner, czxid } of tree.nodes) {
    const session = parseSession(owner);
    const closed = session === undefined ? undefined : state.endOf(session);
    const made = parseZxid(czxid);
    const created = made === undefined ? undefined : world.union.at(made)?.txn.record;
    if (session === undefined || closed === undefined || created === undefined) continue;
    const how = `is in the tree of ${tree.server} at the seal, though its session ended at ${formatZxid(closed.zxid)}`;
    takeAtSeal("ephemeral-leaked", { path, session, created }, how, tally);
  }
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root === "/" ? "/" : `${root}/`);
}

/** Sessions may end between the seal and the walk; their servers' logs tell. */
function isTouchedLater(world: World, node: Ephemeral): boolean {
  return world.afterSeal.sessions.has(node.session) || world.afterSeal.paths.has(node.path);
}

function takeAtSeal(
  name: "ephemeral-lost" | "ephemeral-leaked",
  node: Ephemeral,
  how: string,
  tally: Tally,
): void {
  tally.find("violation", () => ({
    name,
    culprit: "ensemble",
    message: `${describe(node)} ${how}`,
    zxid: formatZxid(node.created.zxid),
    path: node.path,
    session: formatSession(node.session),
    evidence: [logRef(node.created)],
  }));
}

function describe(node: Ephemeral): string {
  return `the ephemeral ${node.path} (${formatZxid(node.created.zxid)}) of session ${formatSession(node.session)}`;
}
