/**
 * How long from the trigger, as the lab observes it, until a process stands still: by the fault `pause`
 * with its journal and its proof, beside a bare kill(2) on the same process in turns, and in containers
 * beside the engine's API and its command.
 */

import { execFile } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type Dockerode from "dockerode";
import { FaultController } from "../../faults/controller.ts";
import { pause } from "../../faults/pause.ts";
import { Recorder } from "../../lab/evidence/recorder.ts";
import { processState } from "../../lab/runtime/local/processes.ts";
import type { LabNode, StartedProcess } from "../../lab/runtime/runtime.ts";

const run = promisify(execFile);
const SAMPLES = 200;
const ENGINE_SAMPLES = 40;
const STOP_LIMIT_MS = 5_000;

/** Says a line for each that it hears, as a contender does when something happens to it. */
export const TALKER = `require("node:readline").createInterface({ input: process.stdin })
  .on("line", (line) => console.log(line));`;

/** Milliseconds, by way. */
export type Samples = Readonly<Record<string, readonly number[]>>;

export async function sampleStops(
  node: LabNode,
  { pid, stdin, stdout }: StartedProcess,
  container?: Dockerode.Container,
): Promise<Samples> {
  const folder = mkdtempSync(join(tmpdir(), "zklab-bench-"));
  const recorder = new Recorder(join(folder, "history.jsonl"), process.hrtime.bigint());
  const context = { serverAddresses: [], clientPort: 2181 };
  const controller = new FaultController(recorder, context);
  stdout?.on("data", () => recorder.record({ type: "stage", stage: "trigger" }));
  /** Resolves at the moment at which the lab has seen the process say something. */
  const triggered = (): Promise<number> => {
    const seen = recorder.next(
      (event) => (event.type === "stage" ? performance.now() : undefined),
      { name: "a line", limitMs: STOP_LIMIT_MS },
    );
    stdin.write("trigger\n");
    return seen;
  };
  const byFault = async (): Promise<number> => {
    const from = await triggered();
    const target = { word: "bench:leader", resolved: "bench/c1#1", node };
    const injection = await controller.inject(pause, target);
    const took = performance.now() - from;
    await injection.heal();
    return took;
  };
  const by = async (stop: () => unknown, go: () => unknown): Promise<number> => {
    const from = await triggered();
    await stop();
    untilStopped(pid);
    const took = performance.now() - from;
    await go();
    return took;
  };
  const kill = (): Promise<number> =>
    by(
      () => process.kill(pid, "SIGSTOP"),
      () => process.kill(pid, "SIGCONT"),
    );
  const samples: Record<string, number[]> = { "pause (zklab)": [], "kill(2)": [] };
  try {
    // In turns, so that what the machine does besides happens to both.
    for (let i = 0; i < SAMPLES; i += 1) {
      samples["pause (zklab)"]?.push(await byFault());
      samples["kill(2)"]?.push(await kill());
    }
    if (container !== undefined) await sampleEngine(container, by, samples);
  } finally {
    recorder.close();
    rmSync(folder, { recursive: true });
  }
  return samples;
}

type By = (stop: () => unknown, go: () => unknown) => Promise<number>;

async function sampleEngine(
  container: Dockerode.Container,
  by: By,
  samples: Record<string, number[]>,
): Promise<void> {
  const go = (): Promise<unknown> => container.kill({ signal: "SIGCONT" });
  const docker = (...args: readonly string[]): Promise<unknown> =>
    run("docker", [...args, container.id]);
  const ways: Readonly<Record<string, readonly [() => unknown, () => unknown]>> = {
    "engine's API, kill": [() => container.kill({ signal: "SIGSTOP" }), go],
    "engine's API, pause": [() => container.pause(), () => container.unpause()],
    "docker kill": [() => docker("kill", "-s", "STOP"), go],
    "docker pause": [() => docker("pause"), () => docker("unpause")],
  };
  for (let i = 0; i < ENGINE_SAMPLES; i += 1) {
    for (const [way, [stop, start]] of Object.entries(ways)) {
      samples[way] ??= [];
      samples[way].push(await by(stop, start));
    }
  }
}

/** T by a signal; a frozen one sleeps (D), and its engine has answered only when it does. */
function untilStopped(pid: number): void {
  const deadline = performance.now() + STOP_LIMIT_MS;
  for (;;) {
    const state = processState(pid)?.state;
    if (state === "T" || state === "D") return;
    if (performance.now() > deadline) throw new Error(`pid ${pid} does not stop: ${state}`);
  }
}
