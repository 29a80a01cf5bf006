/** `zklab setup`: everything that `run` would set up, alone. */

import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { stopEngine } from "../runtime/setup/docker/daemon.ts";
import { describeDocker, ensureDocker } from "../runtime/setup/docker/setup.ts";
import { ensureSetup } from "../runtime/setup/setup.ts";
import { makeOutput, type Output, type OutputOptions } from "./output.ts";
import { ask } from "./run.ts";

export interface SetupVerbOptions extends OutputOptions {
  readonly yes: boolean;
  readonly zookeeper?: string;
  /** Engine and compose, too. */
  readonly docker?: true;
  /** With docker: end the engine that an earlier set-up started, and nothing else. */
  readonly stop?: true;
}

export async function setupVerb(options: SetupVerbOptions): Promise<ExitCode> {
  const output = makeOutput(options);
  if (options.stop === true) return stopVerb(output, options);
  const shared = {
    yes: options.yes,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    say: (line: string) => output.say(line),
    ask,
  };
  if (options.docker === true) {
    const docker = await ensureDocker(shared);
    if (options.json === true) output.write(toJson(docker));
    output.say(describeDocker(docker));
    return EXIT.asExpected;
  }
  const setup = await ensureSetup({
    ...shared,
    nativeClient: true,
    curator: true,
    verifyHashes: true,
    ...(options.zookeeper === undefined ? {} : { version: options.zookeeper }),
  });
  if (options.json === true) output.write(toJson(setup));
  output.say(setup.zookeeper.note);
  output.say(`npm zookeeper ${setup.nativeClient?.version} is built`);
  output.say(`curator-latch is built (${setup.curator?.version})`);
  return EXIT.asExpected;
}

async function stopVerb(output: Output, options: SetupVerbOptions): Promise<ExitCode> {
  if (options.docker !== true) {
    throw new LabError("usage", "setup --stop: say what to stop", { hint: "add --docker" });
  }
  const pid = await stopEngine(process.env);
  if (options.json === true) output.write(toJson({ stopped: pid ?? null }));
  output.say(
    pid === undefined
      ? "no engine that zklab started is running"
      : `ended the engine that zklab started (pid ${pid})`,
  );
  return EXIT.asExpected;
}
