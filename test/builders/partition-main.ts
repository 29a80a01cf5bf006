/**
 * Not a test: the main program that partition.integration starts. On the switch it cuts nodes off by the
 * fault `partition`, and asks by connects and datagrams of its own, not by the fault's probe, who reaches
 * whom. What it saw is printed as one JSON line.
 */

import { partition } from "../../faults/partition.ts";
import { enter, isInside } from "../../lab/runtime/local/enter.ts";
import { LocalRuntime } from "../../lab/runtime/local/switch.ts";
import type { LabNode } from "../../lab/runtime/runtime.ts";

const PORT = 2181;
const LIMIT_S = 1;

/** Accepts connections, and answers datagrams to the port that they name. */
const LISTENER = `
require("node:net").createServer((socket) => socket.end()).listen(${PORT}, () => console.log("up"));
const udp = require("node:dgram").createSocket("udp4");
udp.on("message", (text) => console.log(String(text))).bind(${PORT});
`;

class Bench {
  readonly nodes: ReadonlyMap<string, LabNode>;
  /** What each node was sent and printed. */
  readonly heard = new Map<string, string>();

  constructor(nodes: readonly LabNode[]) {
    this.nodes = new Map(nodes.map((node) => [node.name, node]));
  }

  node(name: string): LabNode {
    const found = this.nodes.get(name);
    if (found === undefined) throw new Error(`no node ${name}`);
    return found;
  }

  async listen(): Promise<void> {
    await Promise.all(
      [...this.nodes.values()].map(async (node) => {
        const spec = { command: process.execPath, args: ["-e", LISTENER], env: {} };
        const { stdout } = await node.start(spec);
        await new Promise<void>((resolve) => {
          stdout?.setEncoding("utf8").on("data", (text: string) => {
            this.heard.set(node.name, (this.heard.get(node.name) ?? "") + text);
            if (text.includes("up")) resolve();
          });
        });
      }),
    );
  }

  async connects(from: string, to: string): Promise<boolean> {
    const target = `/dev/tcp/${this.node(to).address}/${PORT}`;
    const line = `timeout ${LIMIT_S} bash -c 'exec 3<>${target}' && echo yes || echo no`;
    return (await this.node(from).shell(line)) === "yes";
  }

  /** One way only: a datagram, and whether its receiver printed it. */
  async hears(to: string, from: string): Promise<boolean> {
    const word = `${from}-${Math.random()}`;
    const target = `/dev/udp/${this.node(to).address}/${PORT}`;
    await this.node(from).shell(`bash -c 'echo ${word} >${target}'`);
    const deadline = performance.now() + 300;
    while (performance.now() < deadline) {
      if (this.heard.get(to)?.includes(word)) return true;
      await new Promise((resolve) => setImmediate(resolve));
    }
    return false;
  }
}

async function tryAll(): Promise<object> {
  await using runtime = await LocalRuntime.create();
  const names = ["zk1", "zk2", "zk3", "g/c1", "g/c2"];
  const nodes = await runtime.createNodes(names);
  const bench = new Bench(nodes);
  await bench.listen();
  const context = (injection: string) => ({
    ...{ serverAddresses: [], clientPort: PORT, injection, network: runtime.network },
    members: () => ({ servers: nodes.slice(0, 3), contenders: nodes.slice(3) }),
  });
  const inject = (injection: string, name: string, shape: string) =>
    partition.inject(bench.node(name), context(injection), { shape });
  const heal = (injection: string) => partition.heal(bench.node("zk1"), context(injection), {});
  const reach = async (pairs: readonly (readonly [string, string])[]): Promise<boolean[]> => {
    const found: boolean[] = [];
    for (const [from, to] of pairs) found.push(await bench.connects(from, to));
    return found;
  };

  const isolated = {
    before: await reach([["zk1", "zk2"]]),
    effect: await inject("f1", "zk1", "isolate"),
    cut: await reach([
      ["zk1", "zk2"],
      ["zk2", "zk1"],
      ["g/c1", "zk1"],
    ]),
    kept: await reach([
      ["zk2", "zk3"],
      ["g/c1", "zk2"],
      ["g/c1", "g/c2"],
    ]),
    heal: await heal("f1"),
    healedAgain: await heal("f1"),
    after: await reach([
      ["zk1", "zk2"],
      ["g/c1", "zk1"],
    ]),
  };
  const oneWay = {
    effect: await inject("f2", "g/c1", "one-way"),
    outward: await bench.hears("zk1", "g/c1"),
    inward: await bench.hears("g/c1", "zk1"),
    heal: await heal("f2"),
    outwardAgain: await bench.hears("zk1", "g/c1"),
  };
  // Side by side, as two groups inject: each must be proven though the other's probes are under way.
  const both = await Promise.all([
    inject("f3", "g/c1", "contender-from-ensemble"),
    inject("f4", "g/c2", "contender-from-ensemble"),
    inject("f5", "zk1", "isolate"),
  ]);
  const union = {
    effects: both,
    cut: await reach([
      ["g/c1", "zk1"],
      ["g/c1", "zk2"],
      ["g/c2", "zk3"],
      ["zk1", "zk2"],
    ]),
    heal: await heal("f5"),
    kept: await reach([
      ["g/c1", "zk1"],
      ["g/c2", "zk3"],
    ]),
    freed: await reach([["zk1", "zk2"]]),
    heals: await Promise.all([heal("f3"), heal("f4")]),
    after: await reach([
      ["g/c1", "zk1"],
      ["g/c2", "zk3"],
    ]),
  };
  const nothing = await inject("f6", "g/c1", "contender-from-its-server").then(
    () => "injected",
    (error: unknown) => String(error),
  );
  return { isolated, oneWay, union, nothing };
}

if (isInside()) {
  process.stdout.write(`${JSON.stringify(await tryAll())}\n`);
  process.exit(0);
} else {
  process.exitCode = await enter(process.argv.slice(2));
}
