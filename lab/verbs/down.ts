/** `zklab down`: what is left of labs whose owner is dead is ended; living labs are left alone. */

import { EXIT, type ExitCode } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { openEngine } from "../runtime/docker/engine.ts";
import { removeDeadRuns } from "../runtime/docker/leftovers.ts";
import { findLabs, removeDeadLabs } from "../runtime/local/registry.ts";
import { makeOutput, type OutputOptions } from "./output.ts";

export async function downVerb(options: OutputOptions): Promise<ExitCode> {
  const output = makeOutput(options);
  const removed = removeDeadLabs();
  const inContainers = await removeDeadContainers();
  const living = findLabs();
  if (options.json === true) {
    const counts = { removed: removed.length + inContainers.length, living: living.length };
    output.write(toJson(counts));
  }
  for (const run of inContainers) output.say(`lab ${run} in containers: removed`);
  for (const { entry, rootAlive } of removed) {
    const what = rootAlive ? "ended its processes" : "nothing of it was running";
    output.say(`lab of dead owner ${entry?.owner.pid ?? "(unknown)"}: ${what}`);
  }
  for (const { entry } of living)
    output.say(`lab of pid ${entry?.owner.pid} is running: left alone`);
  if (removed.length + inContainers.length === 0 && living.length === 0)
    output.say("no lab is running and nothing is left of any");
  return EXIT.asExpected;
}

/** Containers of dead owners on this machine; none where no engine answers. */
async function removeDeadContainers(): Promise<readonly string[]> {
  const docker = await openEngine();
  const answers = await docker.ping().then(
    () => true,
    () => false,
  );
  return answers ? removeDeadRuns(docker) : [];
}
