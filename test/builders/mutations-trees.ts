/** Mutations of what the servers hold at the seal, and of logs whose servers' trees are known. */

import { formatZxid } from "../../lab/ids.ts";
import { ackedInside, oneOf, onServers, without } from "./evidence-edits.ts";
import type { Mutation } from "./mutation.ts";
import { onTree, withTrees } from "./trees.ts";

export const TREE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "one server's tree lacks a node": (evidence, pick) => {
    const walked = withTrees(evidence);
    const gone = oneOf(walked.trees?.[0]?.nodes.slice(1) ?? [], pick);
    if (gone === undefined) return undefined;
    const lacking = onTree(walked, "zk2", (nodes) =>
      nodes.filter(({ path }) => path !== gone.path),
    );
    return { evidence: lacking, violations: ["replica-divergence"] };
  },
  "one server's tree holds the data of an earlier write": (evidence, pick) => {
    const walked = withTrees(evidence);
    const path = oneOf(
      walked.trees?.[0]?.nodes.filter((node) => node.mzxid !== node.czxid) ?? [],
      pick,
    )?.path;
    const stale = onTree(walked, "zk3", (nodes) =>
      nodes.map((node) => (node.path === path ? { ...node, mzxid: node.czxid, version: 0 } : node)),
    );
    return path === undefined ? undefined : { evidence: stale, violations: ["replica-divergence"] };
  },
  "one server's tree holds a node that nobody made": (evidence) => {
    const extra = onTree(withTrees(evidence), "zk1", (nodes) =>
      nodes.flatMap((node, i) =>
        i === 0 ? [node, { ...node, path: "/run/from-nowhere" }] : [node],
      ),
    );
    return { evidence: extra, violations: ["replica-divergence"] };
  },
  "a write taken out of one log, which that server's tree holds": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const dropped = onServers(withTrees(evidence), ["zk2"], without(written.zxid));
    return { evidence: dropped, violations: [], also: ["log-hole"] };
  },
  "a write that one server neither logged nor holds": (evidence) => {
    const last = ackedInside(evidence).at(-1);
    const path = last?.record.ops.flatMap((each) => (each.op === "setData" ? [each.path] : []))[0];
    const walked = withTrees(evidence);
    const node = walked.trees?.[0]?.nodes.find((each) => each.path === path);
    if (last === undefined || node?.mzxid !== formatZxid(last.zxid)) return undefined;
    const dropped = onServers(walked, ["zk2"], without(last.zxid));
    const lacking = onTree(dropped, "zk2", (nodes) =>
      nodes.map((each) => (each.path === path ? { ...each, mzxid: each.czxid } : each)),
    );
    return { evidence: lacking, violations: ["replica-divergence"], also: ["log-hole"] };
  },
  "an ephemeral in a tree whose session had ended": (evidence) => {
    const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
    const made = records.find((record) =>
      record.ops.some((each) => each.op === "create" && each.ephemeral),
    );
    const ended = records.find(
      (record) => record.type === "closeSession" && record.session === made?.session,
    );
    const path = made?.ops.flatMap((each) => (each.op === "create" ? [each.path] : []))[0];
    if (made === undefined || ended === undefined || path === undefined) return undefined;
    const leaked = onTree(withTrees(evidence), "zk3", (nodes) =>
      nodes.flatMap((node, i) => {
        if (i > 0) return [node];
        const czxid = formatZxid(made.zxid);
        const owner = `0x${made.session.toString(16)}`;
        return [node, { ...node, path, czxid, mzxid: czxid, pzxid: czxid, owner }];
      }),
    );
    return { evidence: leaked, violations: ["ephemeral-leaked"] };
  },
};
