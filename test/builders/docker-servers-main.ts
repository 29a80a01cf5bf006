/**
 * Not a test: the main program that servers.docker.test starts. Brings up the ensemble in containers,
 * attaches a debugger over the exec relay, kills a server and starts it again, and prints one JSON
 * line of what it saw. Arguments: a folder, and ZooKeeper's jars as JSON.
 */

import { settingsFor } from "../../lab/ensemble/config.ts";
import { freshPlace } from "../../lab/ensemble/place.ts";
import { DockerRuntime } from "../../lab/runtime/docker/docker-runtime.ts";
import { openEngine } from "../../lab/runtime/docker/engine.ts";
import { provideImages } from "../../lab/runtime/docker/images.ts";
import type { ZooKeeperJars } from "../../lab/runtime/setup/zookeeper-jars.ts";

const LIMIT_MS = 60_000;

async function main(directory: string, jars: ZooKeeperJars): Promise<object> {
  const setup = { zookeeper: jars, nativeClient: undefined };
  const docker = await openEngine();
  const say = (): void => undefined;
  const images = await provideImages({ docker, setup, env: process.env, say });
  await using runtime = await DockerRuntime.create(images, setup);
  const { signal } = new AbortController();
  const place = await freshPlace(directory, {
    ...{ runtime, servers: 3, jars, signal, debugged: true },
    settings: settingsFor(500),
    properties: { "zklab.test": "two words" },
  });
  const { ensemble } = place;
  const debugged = await debug();
  const [first] = ensemble.servers;
  if (first === undefined) throw new Error("no server");
  const addressBefore = first.node.address;
  const killed = await first.node.signal("SIGKILL");
  const exit = await first.process.exited;
  await ensemble.restart(first.name);
  const views = await ensemble.untilServing(LIMIT_MS, signal);
  const mainsLogged = ensemble.logOf(first.name).split("Starting quorum peer").length - 1;
  const sameAddress = first.node.address === addressBefore;
  await place.collect();
  return {
    ...{ debugged, killed: killed.length, exit, sameAddress, mainsLogged },
    roles: views.map(({ role }) => role).sort(),
  };

  async function debug(): Promise<boolean> {
    await using jvm = await ensemble.debug("zk1");
    return jvm !== undefined;
  }
}

const seen = await main(process.argv[2] ?? "", JSON.parse(process.argv[3] ?? "") as ZooKeeperJars);
process.stdout.write(`${JSON.stringify(seen)}\n`);
