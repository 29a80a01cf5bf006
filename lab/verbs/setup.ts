/** `zklab setup`: everything that `run` would set up, alone. */

import { EXIT, type ExitCode } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { ensureSetup } from "../runtime/setup/setup.ts";
import { makeOutput, type OutputOptions } from "./output.ts";
import { ask } from "./run.ts";

export async function setupVerb(
  options: OutputOptions & { readonly yes: boolean; readonly zookeeper?: string },
): Promise<ExitCode> {
  const output = makeOutput(options);
  const setup = await ensureSetup({
    yes: options.yes,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    say: (line) => output.say(line),
    ask,
    nativeClient: true,
    verifyHashes: true,
    ...(options.zookeeper === undefined ? {} : { version: options.zookeeper }),
  });
  if (options.json === true) output.write(toJson(setup));
  output.say(setup.zookeeper.note);
  output.say(`npm zookeeper ${setup.nativeClient?.version} is built`);
  return EXIT.asExpected;
}
