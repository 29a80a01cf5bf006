/**
 * Not a test: the main program that wrapped.docker.test starts. Starts contenders whose process 1 is no
 * contender (sh -c, tini), pauses each, and prints one JSON line of what it saw, beside what the
 * engine's own signal reaches. Arguments: a folder, ZooKeeper's jars as JSON, the contenders' image.
 */

import { once } from "node:events";
import { setTimeout as delay } from "node:timers/promises";
import type Dockerode from "dockerode";
import { pause } from "../../faults/pause.ts";
import { settingsFor } from "../../lab/ensemble/config.ts";
import { freshPlace } from "../../lab/ensemble/place.ts";
import { DockerRuntime } from "../../lab/runtime/docker/docker-runtime.ts";
import { openEngine } from "../../lab/runtime/docker/engine.ts";
import { provideImages } from "../../lab/runtime/docker/images.ts";
import type { LabNode } from "../../lab/runtime/runtime.ts";
import type { ZooKeeperJars } from "../../lab/runtime/setup/zookeeper-jars.ts";

/** So long a stopped process is listened to; one that runs prints every 10 ms. */
const LISTEN_MS = 500;
const PRINTS = "setInterval(() => console.log('runs'), 10)";
/** Not the last command, or the shell would become it. */
const SHELL = ["sh", "-c", `sleep 1000 & node -e "${PRINTS}"; exit $?`];

const WRAPPED: Readonly<Record<string, readonly string[]>> = {
  shell: SHELL,
  tini: ["tini", "--", ...SHELL],
};

async function main(directory: string, jars: ZooKeeperJars, contender: string): Promise<object> {
  const setup = { zookeeper: jars, nativeClient: undefined, curator: undefined };
  const docker = await openEngine();
  const say = (): void => undefined;
  const images = await provideImages({ docker, setup, env: process.env, say });
  await using runtime = await DockerRuntime.create({ ...images, contender }, setup);
  const { signal } = new AbortController();
  const place = await freshPlace(directory, {
    ...{ runtime, servers: 3, jars, signal },
    settings: settingsFor(500),
    properties: {},
  });
  const nodes = await runtime.createNodes(Object.keys(WRAPPED));
  const seen = await Promise.all(nodes.map(look));
  await place.collect();
  return seen;
}

async function look(node: LabNode): Promise<object> {
  const [command = "", ...args] = WRAPPED[node.name] ?? [];
  const { stdout } = await node.start({
    command,
    args,
    env: { PATH: "/usr/local/bin:/usr/bin:/bin" },
  });
  if (stdout === undefined) throw new Error("no stdout");
  const container = await containerOf(node.name);
  let printed = 0;
  stdout.on("data", () => {
    printed += 1;
  });
  await once(stdout, "data");
  await container.kill({ signal: "SIGSTOP" });
  const byEngine = await countWhile(() => printed);
  await container.kill({ signal: "SIGCONT" });
  const context = { serverAddresses: [], clientPort: 2181 };
  const effect = await pause.inject(node, context, {});
  const states = await node.processes();
  // What was on its way when it was stopped has arrived by then.
  await delay(LISTEN_MS / 5);
  const whilePaused = await countWhile(() => printed);
  const healed = await pause.heal(node, context, {});
  await once(stdout, "data");
  await node.signal("SIGKILL");
  return {
    name: node.name,
    runsOnUnderTheEnginesSignal: byEngine > 0,
    ...{ proven: effect.proven, healed: healed.proven, whilePaused },
    processes: states.map((one) => `${one.command} ${one.state}`).sort(),
  };
}

/** Its name ends with the node's and a number. */
async function containerOf(name: string): Promise<Dockerode.Container> {
  const docker = await openEngine();
  const [found] = await docker.listContainers({
    filters: { ancestor: [image], name: [`-${name}-`] },
  });
  if (found === undefined) throw new Error(`no container of ${name}`);
  return docker.getContainer(found.Id);
}

async function countWhile(count: () => number): Promise<number> {
  const before = count();
  await delay(LISTEN_MS);
  return count() - before;
}

const [directory = "", jars = "", image = ""] = process.argv.slice(2);
const seen = await main(directory, JSON.parse(jars) as ZooKeeperJars, image);
process.stdout.write(`${JSON.stringify(seen)}\n`);
