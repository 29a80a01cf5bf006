/**
 * Not a bench by itself: `faults-main.js stop|cut local|docker`, which `npm run bench -- faults` starts,
 * in the switch's namespaces or as the user whose figures are wanted. Prints its samples as one JSON line.
 */

import { randomBytes } from "node:crypto";
import { openEngine } from "../../lab/runtime/docker/engine.ts";
import { LABEL, newRunLabels } from "../../lab/runtime/docker/labels.ts";
import { removeRun } from "../../lab/runtime/docker/leftovers.ts";
import { startNftHelper } from "../../lab/runtime/docker/network.ts";
import { DockerNode } from "../../lab/runtime/docker/node.ts";
import { enter, isInside } from "../../lab/runtime/local/enter.ts";
import { LocalRuntime } from "../../lab/runtime/local/switch.ts";
import { SwitchController } from "../../lab/runtime/network/controller.ts";
import { startNft } from "../../lab/runtime/network/nft-process.ts";
import { NftTable } from "../../lab/runtime/network/nft-table.ts";
import {
  byController,
  byNewProcess,
  nodeByNode,
  sampleCuts,
  startBlasters,
  type Way,
} from "./cuts.ts";
import { sampleStops, TALKER } from "./stops.ts";

const IMAGE = "zklab-contender:latest";
/** 3 servers and 5 contenders. */
const NODES = 8;
const CUTS = 100;
/** Whose table a new process may change: no process's own. */
const PEER_TABLE = `zklab_bench_${randomBytes(3).toString("hex")}`;

async function local(what: string): Promise<object> {
  await using runtime = await LocalRuntime.create();
  const names = Array.from({ length: what === "stop" ? 1 : NODES }, (_, i) => `n${i + 1}`);
  const nodes = await runtime.createNodes(names);
  const [node] = nodes;
  if (node === undefined) throw new Error("no node");
  if (what === "stop") {
    const spec = { command: process.execPath, args: ["-e", TALKER], env: {} };
    return await sampleStops(node, await node.start(spec));
  }
  await using peer = await sharedTable();
  const ways = { zklab: byController(runtime.network), ...peersOf(peer.name) };
  return await sampleCuts(await startBlasters(nodes, process.execPath), ways, CUTS);
}

async function docker(what: string): Promise<object> {
  const engine = await openEngine();
  const labels = newRunLabels();
  const name = `zklab-bench-${labels[LABEL.run]}`;
  await engine.createNetwork({ Name: name, Labels: { ...labels } });
  const [uid, gid] = [process.getuid?.() ?? 0, process.getgid?.() ?? 0];
  const user = uid === 0 ? "65534:65534" : `${uid}:${gid}`;
  const names = Array.from({ length: what === "stop" ? 1 : NODES }, (_, i) => `n${i + 1}`);
  const nodes = names.map(
    (one) =>
      new DockerNode(one, {
        routable: false,
        startPlace: () => ({
          ...{ docker: engine, image: IMAGE, labels, user },
          ...{ name: `${name}-${one}`, network: name },
        }),
      }),
  );
  try {
    const [node] = nodes;
    if (node === undefined) throw new Error("no node");
    if (what === "stop") {
      const spec = { command: "node", args: ["-e", TALKER], env: {} };
      const started = await node.start(spec);
      return await sampleStops(node, started, engine.getContainer(`${name}-${node.name}`));
    }
    const table = (way: string): string => `zklab_${labels[LABEL.run]}_${way}`;
    const direct = new SwitchController(() =>
      NftTable.open(table("direct"), startNft(table("direct"), "here")),
    );
    const helper = new SwitchController(async () =>
      NftTable.open(
        table("helper"),
        await startNftHelper(table("helper"), { docker: engine, image: IMAGE, labels }),
      ),
    );
    await using peer = await sharedTable();
    const ways = {
      zklab: byController(direct),
      "zklab, by its helper container": byController(helper),
      ...peersOf(peer.name),
    };
    const cuts = await sampleCuts(await startBlasters(nodes, "node"), ways, CUTS);
    await direct[Symbol.asyncDispose]();
    await helper[Symbol.asyncDispose]();
    return cuts;
  } finally {
    await Promise.all(nodes.map((one) => one.remove()));
    await removeRun(engine, labels[LABEL.run]);
  }
}

function peersOf(table: string): Readonly<Record<string, Way>> {
  return { "a new nft": byNewProcess(table), "a new nft a node": nodeByNode(table) };
}

/** A table that belongs to no process, with a set that any may change. */
async function sharedTable(): Promise<AsyncDisposable & { readonly name: string }> {
  const { execFile } = await import("node:child_process");
  const { promisify } = await import("node:util");
  const run = promisify(execFile);
  await run("nft", [
    `table bridge ${PEER_TABLE} { set cut { type ipv4_addr . ipv4_addr; }; chain f { type filter hook forward priority -200; ip saddr . ip daddr @cut drop; }; }`,
  ]);
  return {
    name: PEER_TABLE,
    [Symbol.asyncDispose]: async () => {
      await run("nft", ["delete", "table", "bridge", PEER_TABLE]);
    },
  };
}

const [what = "", where = ""] = process.argv.slice(2);
if (where === "docker" || isInside()) {
  const samples = await (where === "docker" ? docker(what) : local(what));
  process.stdout.write(`${JSON.stringify(samples)}\n`);
  process.exit(0);
} else {
  process.exitCode = await enter(process.argv.slice(2));
}
