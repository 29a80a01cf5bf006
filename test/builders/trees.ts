/** The trees that a correct ensemble would hold after a run: worked out here again, and not by the audit's code. */

import { crc32 } from "node:zlib";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { ServerTree, TreeNode } from "../../lab/evidence/server-tree.ts";
import { formatZxid, type SessionId } from "../../lab/ids.ts";
import type { TxnRecord } from "../../lab/txnlog/types.ts";

export const ROOT = "/run";

/** The same evidence with every server's tree walked, all of them as the first server's log has it. */
export function withTrees(evidence: Evidence): Evidence {
  const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
  const nodes = nodesOf(records);
  const trees = evidence.servers.map(
    ({ server }): ServerTree => ({ schema: 1, server, root: ROOT, nodes }),
  );
  return { ...evidence, trees };
}

/** Changes one server's tree. */
export function onTree(
  evidence: Evidence,
  server: string,
  map: (nodes: readonly TreeNode[]) => readonly TreeNode[],
): Evidence {
  const trees = (evidence.trees ?? []).map((tree) =>
    tree.server === server ? { ...tree, nodes: [...map(tree.nodes)] } : tree,
  );
  return { ...evidence, trees };
}

function nodesOf(records: readonly TxnRecord[]): TreeNode[] {
  const nodes = new Map<string, TreeNode>();
  const touch = (path: string, zxid: string): void => {
    const parent = nodes.get(path.slice(0, path.lastIndexOf("/")));
    if (parent !== undefined) nodes.set(parent.path, { ...parent, pzxid: zxid });
  };
  for (const record of records.filter((each) => !each.rejected)) {
    const zxid = formatZxid(record.zxid);
    if (record.type === "closeSession")
      for (const { path, owner } of [...nodes.values()])
        if (owner === hex(record.session)) {
          nodes.delete(path);
          touch(path, zxid);
        }
    for (const op of record.ops) {
      const known = op.op === "error" ? undefined : nodes.get(op.path);
      if (op.op === "create") {
        const stat = {
          czxid: zxid,
          mzxid: zxid,
          pzxid: zxid,
          version: 0,
          cversion: 0,
          aversion: 0,
        };
        const owner = op.ephemeral ? hex(record.session) : "0x0";
        const data = { bytes: op.data.length, crc32: crc32(op.data) };
        nodes.set(op.path, { path: op.path, ...stat, owner, ...data });
        touch(op.path, zxid);
      } else if (op.op === "delete") {
        nodes.delete(op.path);
        touch(op.path, zxid);
      } else if (op.op === "setData" && known !== undefined) {
        const { version, data } = op;
        const written = { mzxid: zxid, version, bytes: data.length, crc32: crc32(data) };
        nodes.set(op.path, { ...known, ...written });
      } else if (op.op === "setAcl" && known !== undefined)
        nodes.set(op.path, { ...known, aversion: op.version });
    }
  }
  return [...nodes.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function hex(session: SessionId): string {
  return `0x${session.toString(16)}`;
}
