/** The docker half of `zklab run`: images, the runtime, interrupts. */

import { LabError } from "../errors.ts";
import { DockerRuntime } from "../runtime/docker/docker-runtime.ts";
import { openEngine } from "../runtime/docker/engine.ts";
import { provideImages } from "../runtime/docker/images.ts";
import type { Setup } from "../runtime/setup/setup.ts";
import type { Output } from "./output.ts";

/** Throws LabError("environment") where the engine cannot give what a lab needs. */
export async function withDockerRuntime<T>(
  setup: Setup,
  output: Output,
  play: (runtime: DockerRuntime, signal: AbortSignal) => Promise<T>,
): Promise<T> {
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
