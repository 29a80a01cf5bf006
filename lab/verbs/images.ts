/** `zklab images`: the images that the docker runtime and `docker compose up` start from. */

import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { openEngine } from "../runtime/docker/engine.ts";
import type { BaseKind } from "../runtime/docker/image/base.ts";
import { provideImages } from "../runtime/docker/images.ts";
import { lookAtDocker, remedyOf } from "../runtime/setup/docker/look.ts";
import { thisMachine } from "../runtime/setup/requirements.ts";
import { ensureSetup } from "../runtime/setup/setup.ts";
import { makeOutput, type OutputOptions } from "./output.ts";
import { ask } from "./run.ts";

export interface ImagesVerbOptions extends OutputOptions {
  readonly base?: BaseKind;
  readonly zookeeper?: string;
  readonly yes?: true;
}

export async function imagesVerb(options: ImagesVerbOptions): Promise<ExitCode> {
  const output = makeOutput(options);
  const say = (line: string): void => output.say(line);
  const startedAt = performance.now();
  const setup = await ensureSetup({
    yes: options.yes === true,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    say,
    ask,
    nativeClient: false,
    ...(options.zookeeper === undefined ? {} : { version: options.zookeeper }),
  });
  const look = await lookAtDocker(thisMachine());
  if (look.engine === undefined) {
    throw new LabError("environment", `make images: ${look.engineProblem ?? "no engine answers"}`, {
      hint: remedyOf(look),
    });
  }
  const images = await provideImages({
    docker: await openEngine(),
    setup,
    env: process.env,
    say,
    ...(options.base === undefined ? {} : { base: options.base }),
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  if (options.json === true) output.write(toJson(images));
  say(`${images.server} and ${images.contender} are there (${seconds} s)`);
  return EXIT.asExpected;
}
