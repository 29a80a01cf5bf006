/**
 * The local runtime: the process's own network namespace is the switch, one bridge in it, and each
 * node a network namespace joined to it by a veth pair. All unnamed, so the kernel removes them.
 */

import { execFile } from "node:child_process";
import { chownSync, lstatSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import { LabError } from "../../errors.ts";
import { SwitchController } from "../network/controller.ts";
import { startNft } from "../network/nft-process.ts";
import { NftTable } from "../network/nft-table.ts";
import type { LabNode, Runtime } from "../runtime.ts";
import { Exposures } from "./expose.ts";
import { LocalNode } from "./node.ts";
import { nodeUser } from "./node-user.ts";
import { NodeShell } from "./shell.ts";

const run = promisify(execFile);
const BRIDGE = "zklab0";
const SWITCH_ADDRESS = "10.88.0.1/16";
const TABLE = "zklab";
const FIRST_HOST = 11;
const NODES_MAX = 240;

export class LocalRuntime implements Runtime {
  readonly name = "local";
  /** The lab itself is in the switch's namespace. */
  readonly network = new SwitchController(() =>
    NftTable.open(TABLE, startNft(TABLE, "the switch")),
  );
  readonly #exposures = new Exposures();
  #nodes: LocalNode[] = [];
  /** Names and addresses are never used twice: a removed node's may linger in caches for a while. */
  #created = 0;

  /** Call inside the namespaces that enter.ts makes. */
  static async create(): Promise<LocalRuntime> {
    const runtime = new LocalRuntime();
    // The lab's own processes are none of the contenders' business: their user sees only its own.
    await run("mount", ["-o", "remount,hidepid=2", "/proc"]);
    await ipBatch([
      "link set lo up",
      `link add ${BRIDGE} type bridge forward_delay 0`,
      `addr add ${SWITCH_ADDRESS} dev ${BRIDGE}`,
      `link set ${BRIDGE} up`,
    ]);
    return runtime;
  }

  async createNodes(names: readonly string[]): Promise<readonly LabNode[]> {
    if (this.#nodes.length + names.length > NODES_MAX) {
      throw new LabError(
        "bad-input",
        `create ${names.length} nodes: at most ${NODES_MAX} fit on the switch`,
      );
    }
    const base = this.#created;
    this.#created += names.length;
    const shells = await Promise.all(names.map((name) => NodeShell.start(name)));
    await ipBatch(
      shells.flatMap((shell, i) => [
        `link add zk${base + i} type veth peer name eth0 netns ${shell.pid}`,
        `link set zk${base + i} master ${BRIDGE} up`,
      ]),
    );
    const nodes = await Promise.all(
      shells.map(async (shell, i) => {
        const address = addressOf(FIRST_HOST + base + i);
        await shell.run(
          `ip link set lo up && ip addr add ${address}/16 dev eth0 && ip link set eth0 up`,
        );
        return new LocalNode(names[i] ?? address, address, shell);
      }),
    );
    this.#nodes.push(...nodes);
    return nodes;
  }

  expose(path: string): string {
    return this.#exposures.expose(path);
  }

  makeWritable(directory: string): void {
    mkdirSync(directory, { recursive: true });
    const user = nodeUser();
    if (user !== undefined) chownTree(directory, user.uid, user.gid);
  }

  reclaim(directory: string): void {
    if (nodeUser() !== undefined)
      chownTree(directory, process.getuid?.() ?? 0, process.getgid?.() ?? 0);
  }

  /** Their links go with their namespaces. */
  removeNodes(nodes: readonly LabNode[]): Promise<void> {
    for (const node of this.#nodes.filter((one) => nodes.includes(one))) node.close();
    this.#nodes = this.#nodes.filter((one) => !nodes.includes(one));
    return Promise.resolve();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.removeNodes(this.#nodes);
    await this.network[Symbol.asyncDispose]();
    await run("ip", ["link", "del", BRIDGE]).catch(() => undefined);
  }
}

function addressOf(host: number): string {
  return `10.88.${host >> 8}.${host & 0xff}`;
}

/** Never follows a link: what a contender left in its folder could point anywhere. */
function chownTree(path: string, uid: number, gid: number): void {
  const stat = lstatSync(path);
  if (stat.isSymbolicLink()) return;
  chownSync(path, uid, gid);
  if (!stat.isDirectory()) return;
  for (const entry of readdirSync(path)) chownTree(join(path, entry), uid, gid);
}

async function ipBatch(lines: readonly string[]): Promise<void> {
  const work = run("ip", ["-batch", "-"]);
  work.child.stdin?.end(`${lines.join("\n")}\n`);
  try {
    await work;
  } catch (cause) {
    const found = cause instanceof Error && "stderr" in cause ? String(cause.stderr).trim() : "";
    throw new LabError("environment", `set up the switch with ip(8): ${found}`, {
      hint: "run `zklab doctor`",
      cause,
    });
  }
}
