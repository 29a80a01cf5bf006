/**
 * Where walked trees differ: from the replay of the committed history at the sealing write, or, where the
 * history is not whole, from each other. Divergence shows as absence, and absence in a log is normal
 * (3.4's sync phase, a state transfer) or fatal (3.9.3, ZOOKEEPER-4925) with the same look; in a tree it
 * is neither (semantics 13).
 */

import type { ServerTree, TreeNode } from "../evidence/server-tree.ts";
import { formatZxid } from "../ids.ts";
import type { CommittedHistory } from "../txnlog/types.ts";
import type { AfterSeal } from "./after-seal.ts";
import { checksumOf, type ReplayedNode, TreeReplay } from "./tree.ts";
import type { Window } from "./window.ts";

/** One node of one server's tree that is not as it should be. */
export interface Difference {
  readonly server: string;
  readonly path: string;
  /** E.g. `mzxid 0x10000002a, not 0x10000002c`. */
  readonly how: string;
}

export function replayedAtSeal(history: CommittedHistory, window: Window): TreeReplay {
  const replay = new TreeReplay();
  for (const { record } of history.committed) {
    if (window.sealing !== undefined && record.zxid > window.sealing) break;
    replay.apply(record);
  }
  return replay;
}

/** Each tree against the history; what changed between the seal and the walk is left out. */
export function againstHistory(
  trees: readonly ServerTree[],
  replay: TreeReplay,
  after: AfterSeal,
): readonly Difference[] {
  return trees.flatMap(({ server, root, nodes }) => {
    const there = new Map(nodes.map((node) => [node.path, node]));
    const differences: Difference[] = [];
    const add = (path: string, how: string): void => {
      if (!after.paths.has(path)) differences.push({ server, path, how });
    };
    for (const node of replay.nodes.values()) {
      // Lost and leaked ephemerals have a claim of their own.
      if (!isBelow(node.path, root) || isEphemeral(node)) continue;
      const found = there.get(node.path);
      const how = found === undefined ? "is missing" : difference(found, expected(node));
      if (how !== undefined) add(node.path, how);
    }
    const whole = replay.nodes.has(root);
    for (const { path, owner } of nodes)
      if (whole && !replay.nodes.has(path) && owner === "0x0")
        add(path, "was deleted, or never made");
    return differences;
  });
}

/** The trees against the first of them: all that can be asked where the history is not whole. */
export function againstEachOther(
  trees: readonly ServerTree[],
  after: AfterSeal,
): readonly Difference[] {
  const [first, ...others] = trees;
  if (first === undefined) return [];
  const there = new Map(first.nodes.map((node) => [node.path, node]));
  return others.flatMap(({ server, nodes }) => {
    const own = new Map(nodes.map((node) => [node.path, node]));
    return [...new Set([...there.keys(), ...own.keys()])].flatMap((path): Difference[] => {
      if (after.paths.has(path)) return [];
      const [here, elsewhere] = [own.get(path), there.get(path)];
      const how =
        here === undefined
          ? `is missing, and ${first.server} has it`
          : elsewhere === undefined
            ? `is there, and ${first.server} lacks it`
            : difference(here, elsewhere);
      return how === undefined ? [] : [{ server, path, how }];
    });
  });
}

type Expected = Pick<TreeNode, "czxid" | "mzxid" | "pzxid" | "version" | "aversion" | "crc32"> & {
  readonly owner: string | undefined;
};

function expected(node: ReplayedNode): Expected {
  return {
    czxid: formatZxid(node.czxid),
    mzxid: formatZxid(node.mzxid),
    pzxid: formatZxid(node.pzxid),
    version: node.version,
    aversion: node.aversion,
    crc32: checksumOf(node),
    owner: node.owner === undefined ? undefined : `0x${node.owner.toString(16)}`,
  };
}

function difference(found: TreeNode, wanted: Expected): string | undefined {
  const fields = ["czxid", "mzxid", "pzxid", "version", "aversion", "owner", "crc32"] as const;
  const different = fields.filter(
    (field) => wanted[field] !== undefined && found[field] !== wanted[field],
  );
  if (different.length === 0) return undefined;
  return `has ${different.map((field) => `${field} ${found[field]}, not ${wanted[field]}`).join("; ")}`;
}

function isEphemeral(node: ReplayedNode): boolean {
  return node.owner !== undefined && node.owner !== 0n;
}

function isBelow(path: string, root: string): boolean {
  return path === root || path.startsWith(root === "/" ? "/" : `${root}/`);
}
