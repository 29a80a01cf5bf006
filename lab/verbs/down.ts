/** `zklab down`: what is left of labs whose owner is dead is ended; living labs are left alone. */

import { EXIT, type ExitCode } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { findLabs, removeDeadLabs } from "../runtime/local/registry.ts";
import { makeOutput, type OutputOptions } from "./output.ts";

export function downVerb(options: OutputOptions): ExitCode {
  const output = makeOutput(options);
  const removed = removeDeadLabs();
  const living = findLabs();
  if (options.json === true)
    output.write(toJson({ removed: removed.length, living: living.length }));
  for (const { entry, rootAlive } of removed) {
    const what = rootAlive ? "ended its processes" : "nothing of it was running";
    output.say(`lab of dead owner ${entry?.owner.pid ?? "(unknown)"}: ${what}`);
  }
  for (const { entry } of living)
    output.say(`lab of pid ${entry?.owner.pid} is running: left alone`);
  if (removed.length === 0 && living.length === 0)
    output.say("no lab is running and nothing is left of any");
  return EXIT.asExpected;
}
