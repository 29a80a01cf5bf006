/**
 * The newest snapshot of a server and what it logged behind it stand for its tree, where nobody walked it
 * (semantics 13). A server whose log ends before the last transaction that is judged, or has a hole behind
 * the snapshot, has no tree that can be compared: it may have been given what it did not log.
 */

import type { ServerTree, TreeNode } from "../evidence/server-tree.ts";
import { formatZxid, type Zxid } from "../ids.ts";
import type { CommittedHistory, ServerLogs, Snapshot } from "../txnlog/types.ts";
import { checksumOf, type ReplayedNode, TreeReplay } from "./tree.ts";

export function standIns(
  servers: readonly ServerLogs[],
  history: CommittedHistory,
  end: Zxid | undefined,
): readonly ServerTree[] {
  if (end === undefined) return [];
  return servers.flatMap((server) => {
    const snapshot = newest(server.snapshots, end);
    const from = snapshot?.zxid ?? 0n;
    const begins = history.committed[0]?.record.zxid;
    const logged = new Set(server.files.flatMap(({ records }) => records.map(({ zxid }) => zxid)));
    const own = history.committed.filter(({ record }) => record.zxid > from);
    const isWhole =
      begins !== undefined &&
      (snapshot !== undefined || (begins & 0xffff_ffffn) === 1n) &&
      own.every(({ record }) => logged.has(record.zxid));
    if (!isWhole) return [];
    const replay = new TreeReplay(snapshot?.nodes);
    for (const { record } of own) replay.apply(record);
    const nodes = [...replay.nodes.values()].filter(({ path }) => !isConfig(path)).map(nodeOf);
    return [{ schema: 1, server: server.server, root: "/", nodes }];
  });
}

/** Of those whose name is not behind the end; what is in it from behind is told by the logs. */
function newest(snapshots: readonly Snapshot[], end: Zxid): Snapshot | undefined {
  let best: Snapshot | undefined;
  for (const snapshot of snapshots)
    if (snapshot.zxid <= end && (best === undefined || snapshot.zxid > best.zxid)) best = snapshot;
  return best;
}

/** The servers make these themselves, before anything is logged. */
function isConfig(path: string): boolean {
  return path === "/" || path === "/zookeeper" || path.startsWith("/zookeeper/");
}

function nodeOf(node: ReplayedNode): TreeNode {
  return {
    path: node.path,
    czxid: formatZxid(node.czxid),
    mzxid: formatZxid(node.mzxid),
    pzxid: formatZxid(node.pzxid),
    version: node.version,
    cversion: 0,
    aversion: node.aversion,
    owner: `0x${(node.owner ?? 0n).toString(16)}`,
    bytes: node.data.length,
    crc32: checksumOf(node),
  };
}
