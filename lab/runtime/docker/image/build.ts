/**
 * Building and importing by the engine's API. That is the classic builder on every engine, needs no
 * buildx, and the Dockerfiles use nothing that only newer ones know.
 */

import { readdirSync } from "node:fs";
import type { Readable } from "node:stream";
import type Dockerode from "dockerode";
import { LabError } from "../../../errors.ts";

const LOG_LINES = 8;

export async function hasImage(docker: Dockerode, name: string): Promise<boolean> {
  return docker
    .getImage(name)
    .inspect()
    .then(
      () => true,
      () => false,
    );
}

export interface BuildOptions {
  /** The context, with the Dockerfile at its top. */
  readonly directory: string;
  readonly tag: string;
  readonly base: string;
}

export async function buildImage(docker: Dockerode, options: BuildOptions): Promise<void> {
  const { directory, tag, base } = options;
  const stream = await docker.buildImage(
    { context: directory, src: readdirSync(directory) },
    { t: tag, buildargs: { BASE: base }, forcerm: true, labels: { "zklab.image": "true" } },
  );
  await followed(docker, stream, `build ${tag}`);
}

/** A root file system as a tar stream becomes an image of one layer. */
export async function importImage(
  docker: Dockerode,
  tar: Readable,
  [repo, tag]: readonly [string, string],
): Promise<void> {
  const stream = await docker.importImage(tar as unknown as string, { repo, tag });
  await followed(docker, stream, `import ${repo}:${tag}`);
}

/** Reads the engine's progress to its end; its last lines are told where it failed. */
async function followed(
  docker: Dockerode,
  stream: NodeJS.ReadableStream,
  attempted: string,
): Promise<void> {
  const events = await new Promise<readonly Record<string, unknown>[]>((resolve, reject) => {
    docker.modem.followProgress(stream, (error: Error | null, output: Record<string, unknown>[]) =>
      error === null ? resolve(output) : reject(failed(attempted, error.message)),
    );
  });
  const error = events.find((event) => typeof event["error"] === "string");
  if (error === undefined) return;
  const log = events.flatMap((event) =>
    typeof event["stream"] === "string" ? [event["stream"].trim()] : [],
  );
  const tail = log.filter((line) => line !== "").slice(-LOG_LINES);
  throw failed(attempted, [String(error["error"]), ...tail].join("\n    "));
}

function failed(attempted: string, found: string): LabError {
  return new LabError("environment", `${attempted}: ${found}`, {
    hint: "choose another base with `zklab images --base registry|debian|host`",
  });
}
