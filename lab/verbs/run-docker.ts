/** The docker half of `zklab run`: images, the runtime, interrupts, and one line about all of it. */

import { LabError } from "../errors.ts";
import { zklabVersion } from "../package-root.ts";
import { DockerRuntime } from "../runtime/docker/docker-runtime.ts";
import { openEngine } from "../runtime/docker/engine.ts";
import { provideImages } from "../runtime/docker/images.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { lookAtDocker } from "../runtime/setup/docker/look.ts";
import { describeDocker } from "../runtime/setup/docker/setup.ts";
import { thisMachine } from "../runtime/setup/requirements.ts";
import type { Setup } from "../runtime/setup/setup.ts";
import type { Output } from "./output.ts";

/** Throws LabError("environment") where there is no engine or no compose. */
export async function withDockerRuntime<T>(
  setup: Setup,
  output: Output,
  play: (runtime: Runtime, signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const look = await lookAtDocker(thisMachine());
  if (look.engine === undefined || look.compose === undefined) {
    const found = look.engineProblem ?? "there is no docker compose 2 or later";
    throw new LabError("environment", `run in containers: ${found}`, {
      hint: "`zklab setup --docker` brings both; --runtime local does without",
    });
  }
  const what = `docker runtime (asked for), ${describeDocker(look)}, ${setup.zookeeper.note}`;
  output.say(`zklab ${zklabVersion()}: ${what}`);
  const docker = await openEngine();
  const images = await provideImages({ docker, setup, env: process.env, say: output.say });
  const interrupts = listenForInterrupts();
  try {
    await using runtime = await DockerRuntime.create(images, setup);
    return await play(runtime, interrupts.signal);
  } finally {
    interrupts.stop();
  }
}

/** The first asks for an orderly end; the second ends this process, and the watchdog cleans up. */
function listenForInterrupts(): { readonly signal: AbortSignal; stop(): void } {
  const abort = new AbortController();
  const onSignal = (): void => {
    if (abort.signal.aborted) process.exit(130);
    abort.abort(
      new LabError("interrupted", "interrupted: healing, collecting and auditing what there is"),
    );
  };
  const signals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;
  for (const signal of signals) process.on(signal, onSignal);
  return {
    signal: abort.signal,
    stop: () => {
      for (const signal of signals) process.off(signal, onSignal);
    },
  };
}
