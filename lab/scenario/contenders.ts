/** Starts every group's contenders on their nodes, with the environment that the contract names. */

import { existsSync } from "node:fs";
import { isAbsolute, join } from "node:path";
import { findStrategy } from "../../contenders/catalogue.ts";
import type { Contender, ContenderSpec, Fleet } from "../../contenders/fleet.ts";
import type { Observed } from "../../faults/observed.ts";
import { LabError } from "../errors.ts";
import type { Recorder } from "../evidence/recorder.ts";
import type { GroupInfo, RunInfo } from "../evidence/run-info.ts";
import { packageRoot } from "../package-root.ts";
import type { LabNode, Runtime } from "../runtime/runtime.ts";
import { CURATOR_MAIN } from "../runtime/setup/curator.ts";
import type { Setup } from "../runtime/setup/setup.ts";
import type { TimeBase } from "./duration.ts";
import { guardedPath } from "./resolve.ts";
import type { Scenario } from "./schema.ts";

const HEAP_MB = 96;
/** Small and quick to start: a lab runs several of them beside its servers. */
const JVM_FLAGS = ["-Xmx64m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"];
const CONNECT_LIMIT_MS = 20_000;
const CAMPAIGN_POLL_MS = 50;

export interface StartContenders {
  readonly run: RunInfo;
  readonly scenario: Scenario;
  readonly runtime: Runtime;
  readonly setup: Setup;
  readonly recorder: Recorder;
  readonly observed: Observed;
  readonly fleet: Fleet;
  readonly nodes: readonly LabNode[];
  readonly connect: string;
  readonly time: TimeBase;
  /** True where anybody stands in the group's election. */
  readonly campaigning: (group: GroupInfo) => Promise<boolean>;
  readonly signal: AbortSignal;
}

/** Starts all; resolves when every contender has a session, and of a black box somebody campaigns. */
export async function startContenders(options: StartContenders): Promise<void> {
  const { run, fleet, signal, recorder } = options;
  const jobs = run.groups.flatMap(({ name: group, contenders }) =>
    contenders.map((name) => startContender(options, group, name)),
  );
  await Promise.all(jobs);
  const limitMs = CONNECT_LIMIT_MS;
  const silent = run.groups.filter(({ blackBox = false }) => blackBox);
  const campaigns = silent.map((group) => {
    const alive = (): boolean => fleet.contenders.some((c) => c.group === group.name && c.alive());
    const ask = async (): Promise<boolean> => !alive() || (await options.campaigning(group));
    const name = `anybody of ${group.name}, a black box, to campaign in ${group.electionPath}`;
    return recorder.poll(ask, CAMPAIGN_POLL_MS, { name, limitMs, signal });
  });
  await Promise.all([untilConnected(options, limitMs), ...campaigns]);
}

async function untilConnected(options: StartContenders, limitMs: number): Promise<void> {
  const { run, fleet, recorder, observed, signal } = options;
  const isSilent = (name: string): boolean =>
    run.groups.find((group) => group.name === name)?.blackBox === true;
  const connected = (): boolean =>
    fleet.contenders.every(
      (c) =>
        !c.alive() || isSilent(c.group) || (observed.get(c.incarnation)?.sessions.size ?? 0) > 0,
    );
  if (connected()) return;
  const name =
    "every contender to have a session (of a program without the contract say `blackBox: true`)";
  await recorder.next(() => (connected() ? true : undefined), { name, limitMs, signal });
}

/** Starts one contender of a group; again, where it ran before: then as a new incarnation. */
export function startContender(
  options: StartContenders,
  groupName: string,
  name: string,
): Promise<Contender> {
  const { run, fleet, nodes } = options;
  const group = run.groups.find((one) => one.name === groupName);
  const node = nodes.find((candidate) => candidate.name === `${groupName}/${name}`);
  if (group === undefined || node === undefined) {
    throw new LabError(
      "bad-input",
      `start ${groupName}/${name}: the scenario has no such contender`,
    );
  }
  const [command = "", ...args] = commandOf(group, options);
  const spec: ContenderSpec = {
    ...{ group: groupName, name, command, args, speaks: group.blackBox !== true },
    env: environmentOf(options, group),
  };
  return fleet.start(spec, node);
}

/** The strategy's own program, or the one that the scenario names, by paths that a node can reach. */
function commandOf(
  { strategy, command }: GroupInfo,
  { runtime, setup }: StartContenders,
): readonly string[] {
  if (command !== undefined) {
    const isFile = (word: string): boolean => isAbsolute(word) && existsSync(word);
    return command.map((word) => (isFile(word) ? runtime.expose(word) : word));
  }
  if (findStrategy(strategy)?.family === "curator") return curatorCommand(setup, runtime);
  const main = runtime.expose(join(packageRoot(), "dist", "contenders", "main.js"));
  const node = runtime.expose(process.execPath);
  return [node, `--max-old-space-size=${HEAP_MB}`, main, strategy];
}

function curatorCommand({ curator, zookeeper }: Setup, runtime: Runtime): readonly string[] {
  if (curator === undefined) {
    throw new LabError("environment", "start curator-latch: it is not built", {
      hint: "run `zklab setup`",
    });
  }
  const directory = runtime.expose(curator.directory);
  const classPath = curator.jars.map((jar) => join(directory, jar)).join(":");
  return [runtime.expose(zookeeper.java), ...JVM_FLAGS, "-cp", classPath, CURATOR_MAIN];
}

function environmentOf(
  { setup, runtime, connect, time, scenario }: StartContenders,
  group: RunInfo["groups"][number],
): Record<string, string> {
  const native = setup.nativeClient;
  const rate = scenario.groups[group.name]?.writesPerSecond ?? scenario.writesPerSecond;
  return {
    PATH: "/usr/bin:/bin",
    NODE_NO_WARNINGS: "1",
    ZKLAB_CONNECT: connect,
    ZKLAB_ELECTION_PATH: group.electionPath,
    ZKLAB_GUARDED_PATH: guardedPath(group),
    ZKLAB_SESSION_TIMEOUT_MS: String(time.sessionTimeoutMs),
    ZKLAB_WRITES_PER_SECOND: String(rate),
    ZKLAB_OPTIONS: JSON.stringify(group.options),
    ...(native === undefined ? {} : { ZKLAB_NATIVE_CLIENT: runtime.expose(native.directory) }),
  };
}
