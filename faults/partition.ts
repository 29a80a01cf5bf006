/**
 * `partition`: some nodes do not hear some others. The rule acts at the switch (lab/runtime/network), so
 * connections are neither closed nor refused: what is sent is lost, as when a cable is pulled. Proven
 * by packets in every direction that is cut: they arrived before, and none does after; healed when they
 * arrive again.
 */

import { z } from "zod";
import { LabError } from "../lab/errors.ts";
import type { NetworkController } from "../lab/runtime/network/controller.ts";
import type { LabNode } from "../lab/runtime/runtime.ts";
import type { Effect, Fault, FaultContext, Members } from "./fault.ts";
import {
  grudge,
  SHAPE_NAMES,
  type ShapeName,
  type Silence,
  targetsOf,
} from "./partition-shapes.ts";
import { type Path, type Probed, probe } from "./probe.ts";

const CUT_LIMIT_MS = 1_000;
const HEAL_LIMIT_MS = 5_000;
const HEAL_TURN_MS = 100;

const shapeSchema = z.enum(SHAPE_NAMES);
const optionsSchema = z.strictObject({ shape: shapeSchema.default("isolate") });

export const partition: Fault = {
  name: "partition",
  summary: `cut nodes off from each other: ${SHAPE_NAMES.join(", ")}`,
  actsOn: ["contender", "server"],
  options: optionsSchema,
  needs: "network",
  unavailable: () => (process.platform === "linux" ? undefined : "needs nftables"),
  targetProblem: (options, kind) => {
    const { shape } = optionsSchema.parse(options);
    const kinds = targetsOf(shape);
    return kinds.some((one) => one === kind)
      ? undefined
      : `${shape} starts from a ${kinds.join(" or a ")}`;
  },
  inject: async (node, context, options) => {
    const { shape } = optionsSchema.parse(options);
    return await cutOff(node, context, shape);
  },
  heal: (_node, context) => mendCut(context),
};

/** In force when it returns, and proven or not. */
export async function cutOff(
  node: LabNode,
  context: FaultContext,
  shape: ShapeName,
): Promise<Effect> {
  const cutting = demand(context);
  const { network, members, injection } = cutting;
  const paths = await pathsOf(shape, node, cutting);
  if (paths.length === 0) {
    throw new LabError("fault", `partition ${shape} from ${node.name}: there is nothing to cut`, {
      hint: `${members().servers.length} server(s) cannot be divided like that`,
    });
  }
  const inhabited = await inhabitedOf(paths);
  const open = inhabited.filter((path) => !network.isCut(pairOf(path)));
  const before = await probe(open, CUT_LIMIT_MS);
  await network.cut(injection, paths.map(pairOf));
  const after = await untilSilent(inhabited);
  const where = `${shape}: ${describe(paths)} cut in ${network.place}`;
  if (after.asked.length === 0) {
    return { proven: false, proof: `${where}, but no node could send a probe`, pids: [] };
  }
  // Where all of it was cut already by another fault, silence is all that can be seen.
  const proven = after.arrived === 0 && (before.arrived > 0 || open.length === 0);
  const proof = `${where}: ${before.arrived} of ${before.sent} probe packets arrived before, ${after.arrived} of ${after.sent} after`;
  return { proven, proof, pids: [] };
}

/** Safe when nothing is in force. What another cut still holds stays cut. */
export async function mendCut(context: FaultContext): Promise<Effect> {
  const { network, members, injection } = demand(context);
  const freed = await network.mend(injection);
  if (freed.length === 0) return { proven: true, proof: "nothing of it was cut", pids: [] };
  const { servers, contenders } = members();
  const nodes = new Map([...servers, ...contenders].map((one) => [one.address, one]));
  const paths = freed.flatMap((pair) => {
    const [from, to] = [nodes.get(pair.from), nodes.get(pair.to)];
    return from === undefined || to === undefined ? [] : [{ from, to }];
  });
  const { asked, sent, arrived } = await untilHeard(paths);
  const proof =
    asked.length === 0
      ? "the cut is ended, and no node is left that could send a probe"
      : `${arrived} of ${sent} probe packets arrive again`;
  return { proven: arrived >= sent, proof, pids: [] };
}

/** Asked again in short turns: who was cut off may end at once when it hears what it missed. */
async function untilHeard(paths: readonly Path[]): Promise<Probed> {
  const deadline = performance.now() + HEAL_LIMIT_MS;
  for (;;) {
    const probed = await probe(await inhabitedOf(paths), HEAL_TURN_MS);
    if (probed.arrived >= probed.sent || performance.now() > deadline) return probed;
  }
}

/** A node whose processes have ended has nobody to hear or be heard, and in containers no network. */
async function inhabitedOf(paths: readonly Path[]): Promise<readonly Path[]> {
  const nodes = [...new Set(paths.flatMap(({ from, to }) => [from, to]))];
  const counts = await Promise.all(nodes.map(async (node) => (await node.processes()).length));
  const empty = new Set(nodes.filter((_, i) => counts[i] === 0));
  return paths.filter(({ from, to }) => !empty.has(from) && !empty.has(to));
}

/** A stray datagram of a node's own may be counted too, so one look is not enough to say that any came. */
async function untilSilent(paths: readonly Path[]): Promise<Probed> {
  const deadline = performance.now() + CUT_LIMIT_MS;
  for (;;) {
    const probed = await probe(paths);
    if (probed.arrived === 0 || performance.now() > deadline) return probed;
  }
}

async function pathsOf(
  shape: ShapeName,
  target: LabNode,
  { members, clientPort }: Cutting,
): Promise<readonly Path[]> {
  // A contender without a process has no address yet in containers.
  const placed = (nodes: readonly LabNode[]): readonly LabNode[] =>
    nodes.filter(({ address }) => address !== "");
  const all = members();
  const [servers, contenders] = [placed(all.servers), placed(all.contenders)];
  const wantsServer = shape === "contender-from-its-server";
  const connected = wantsServer ? await serverOf(target, servers, clientPort) : undefined;
  const names = (nodes: readonly LabNode[]): readonly string[] => nodes.map(({ name }) => name);
  const silences: readonly Silence[] = grudge(shape, {
    ...{ target: target.name, servers: names(servers), contenders: names(contenders) },
    ...(connected === undefined ? {} : { connected: connected.name }),
  });
  const byName = new Map([...servers, ...contenders].map((node) => [node.name, node]));
  return silences.flatMap(({ from, to }) => {
    const [sender, receiver] = [byName.get(from), byName.get(to)];
    return sender === undefined || receiver === undefined ? [] : [{ from: sender, to: receiver }];
  });
}

/** The server to whose client port the node has an established connection, as its own kernel says. */
async function serverOf(
  target: LabNode,
  servers: readonly LabNode[],
  port: number,
): Promise<LabNode> {
  const tables = await target.shell("cat /proc/net/tcp /proc/net/tcp6 2>/dev/null; true");
  const connected = new Set(connectedTo(tables, port));
  const server = servers.find(({ address }) => connected.has(address));
  if (server !== undefined) return server;
  throw new LabError("fault", `find the server of ${target.name}: it is connected to none`);
}

const ESTABLISHED = "01";

/** Remote IPv4 addresses of established connections to a port, from proc(5)'s tcp and tcp6 tables. */
export function connectedTo(tables: string, port: number): readonly string[] {
  const hexPort = port.toString(16).toUpperCase().padStart(4, "0");
  const line =
    /^\s*\d+: \S+ (?:0000000000000000FFFF0000)?([0-9A-F]{8}):([0-9A-F]{4}) ([0-9A-F]{2}) /gm;
  return [...tables.matchAll(line)].flatMap(([, address = "", remote, state]) => {
    if (remote !== hexPort || state !== ESTABLISHED) return [];
    // The kernel prints the address as a number of the host's own byte order.
    const bytes = Buffer.from(address, "hex");
    return [Array.from(isLittleEndian ? bytes.reverse() : bytes).join(".")];
  });
}

const isLittleEndian = new Uint8Array(new Uint16Array([1]).buffer)[0] === 1;

function pairOf({ from, to }: Path): { readonly from: string; readonly to: string } {
  return { from: from.address, to: to.address };
}

function describe(paths: readonly Path[]): string {
  const count = paths.length === 1 ? "1 direction" : `${paths.length} directions`;
  const nodes = new Set(paths.flatMap(({ from, to }) => [from, to]));
  return `${count} between ${nodes.size} nodes`;
}

interface Cutting {
  readonly network: NetworkController;
  readonly members: () => Members;
  readonly injection: string;
  readonly clientPort: number;
}

function demand({ network, members, injection, clientPort }: FaultContext): Cutting {
  if (network !== undefined && members !== undefined && injection !== undefined) {
    return { network, members, injection, clientPort };
  }
  throw new LabError("fault", "partition: there is no network to cut");
}
