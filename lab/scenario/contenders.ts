/** Starts every group's contenders on their nodes, with the environment that the contract names. */

import { join } from "node:path";
import type { Fleet } from "../../contenders/fleet.ts";
import type { Observed } from "../../faults/observed.ts";
import type { Recorder } from "../evidence/recorder.ts";
import type { RunInfo } from "../evidence/run-info.ts";
import { packageRoot } from "../package-root.ts";
import type { LabNode, Runtime } from "../runtime/runtime.ts";
import type { Setup } from "../runtime/setup/setup.ts";
import type { TimeBase } from "./duration.ts";
import { guardedPath } from "./resolve.ts";
import type { Scenario } from "./schema.ts";

const HEAP_MB = 96;
const CONNECT_LIMIT_MS = 20_000;

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
  readonly signal: AbortSignal;
}

/** Resolves when every contender has a session. */
export async function startContenders(options: StartContenders): Promise<void> {
  const { run, runtime, fleet, recorder, observed, signal } = options;
  const main = runtime.expose(join(packageRoot(), "dist", "contenders", "main.js"));
  const node = runtime.expose(process.execPath);
  const jobs = run.groups.flatMap((group) =>
    group.contenders.map(async (name) => {
      const place = options.nodes.find((candidate) => candidate.name === `${group.name}/${name}`);
      if (place === undefined) return;
      await fleet.start(
        {
          group: group.name,
          name,
          command: node,
          args: [`--max-old-space-size=${HEAP_MB}`, main, group.strategy],
          env: environmentOf(options, group),
        },
        place,
      );
    }),
  );
  await Promise.all(jobs);
  const connected = (): boolean =>
    fleet.contenders.every(
      (c) => !c.alive() || (observed.get(c.incarnation)?.sessions.size ?? 0) > 0,
    );
  if (connected()) return;
  const name = "every contender to have a session";
  await recorder.next(() => (connected() ? true : undefined), {
    name,
    limitMs: CONNECT_LIMIT_MS,
    signal,
  });
}

function environmentOf(
  options: StartContenders,
  group: RunInfo["groups"][number],
): Record<string, string> {
  const { setup, runtime, connect, time, scenario } = options;
  const native = setup.nativeClient;
  return {
    PATH: "/usr/bin:/bin",
    NODE_NO_WARNINGS: "1",
    ZKLAB_CONNECT: connect,
    ZKLAB_ELECTION_PATH: group.electionPath,
    ZKLAB_GUARDED_PATH: guardedPath(group.name),
    ZKLAB_SESSION_TIMEOUT_MS: String(time.sessionTimeoutMs),
    ZKLAB_WRITES_PER_SECOND: String(scenario.writesPerSecond),
    ZKLAB_OPTIONS: JSON.stringify(group.options),
    ...(native === undefined ? {} : { ZKLAB_NATIVE_CLIENT: runtime.expose(native.directory) }),
  };
}
