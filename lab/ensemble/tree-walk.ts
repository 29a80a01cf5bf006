/**
 * Walks the run's tree on each server alone, after the sealing write and before the stop: what a server
 * holds is not told by its log, of which a part may be missing by nature (3.4's sync phase, a state
 * transfer) or by a defect that loses data (ZOOKEEPER-4925), with the same look (semantics 13).
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { ZooKeeper, ZooKeeperError } from "../client/index.ts";
import { crc32 } from "../evidence/crc32.ts";
import type { Recorder } from "../evidence/recorder.ts";
import { FILES } from "../evidence/run-directory.ts";
import {
  type ServerTree,
  TREE_FILE,
  TREE_SCHEMA_VERSION,
  TREES_STAGE,
  type TreeNode,
} from "../evidence/server-tree.ts";
import { formatZxid } from "../ids.ts";
import { type Ensemble, portOf, type Server } from "./ensemble.ts";

const SESSION_MS = 10_000;
const WALK_LIMIT_MS = 15_000;

/**
 * Writes `servers/<name>/tree.json` for every server that can be walked within the limit, and tells the
 * history that it did: without a tree that should be there the audit says unknown. Gives the reasons for
 * those that could not be walked.
 */
export async function walkTrees(
  ensemble: Ensemble,
  run: { readonly root: string; readonly directory: string; readonly recorder: Recorder },
): Promise<readonly string[]> {
  run.recorder.record({ type: "stage", stage: TREES_STAGE });
  const walks = await Promise.allSettled(
    ensemble.servers.map(async (server) => {
      const tree = await walkServer(server, run.root);
      const directory = join(run.directory, FILES.servers, server.name);
      mkdirSync(directory, { recursive: true });
      writeFileSync(join(directory, TREE_FILE), `${JSON.stringify(tree)}\n`);
    }),
  );
  return walks.flatMap((walk, i) =>
    walk.status === "fulfilled"
      ? []
      : [`walk the tree of ${ensemble.servers[i]?.name}: ${String(walk.reason)}`],
  );
}

async function walkServer(server: Server, root: string): Promise<ServerTree> {
  // One server in the list: the session cannot move to another one, and no read is answered elsewhere.
  const client = await ZooKeeper.connect({
    servers: `${server.node.address}:${portOf(server)}`,
    sessionTimeoutMs: SESSION_MS,
    connectTimeoutMs: WALK_LIMIT_MS,
    openSocket: () => server.node.dial(portOf(server)),
  });
  try {
    const deadline = Date.now() + WALK_LIMIT_MS;
    await client.sync(root);
    const nodes: TreeNode[] = [];
    const waiting = [root];
    for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
      if (Date.now() > deadline) throw new Error(`not done within ${WALK_LIMIT_MS} ms`);
      const found = await look(client, path);
      if (found === undefined) continue;
      nodes.push(found.node);
      waiting.push(...found.children);
    }
    nodes.sort((a, b) => (a.path < b.path ? -1 : 1));
    return { schema: TREE_SCHEMA_VERSION, server: server.name, root, nodes };
  } finally {
    await client.close();
  }
}

/** One node and the paths of its children; undefined where it went away meanwhile. */
async function look(
  client: ZooKeeper,
  path: string,
): Promise<{ node: TreeNode; children: readonly string[] } | undefined> {
  try {
    const { data, stat } = await client.getData(path);
    const names = await client.children(path);
    const node: TreeNode = {
      path,
      czxid: formatZxid(stat.czxid),
      mzxid: formatZxid(stat.mzxid),
      pzxid: formatZxid(stat.pzxid),
      version: stat.version,
      cversion: stat.cversion,
      aversion: stat.aversion,
      owner: `0x${BigInt.asUintN(64, stat.ephemeralOwner).toString(16)}`,
      bytes: data.length,
      crc32: crc32(data),
    };
    return { node, children: names.map((name) => (path === "/" ? `/${name}` : `${path}/${name}`)) };
  } catch (error) {
    if (error instanceof ZooKeeperError && error.zkName === "NoNode") return undefined;
    throw error;
  }
}
