/** A container's files and log, brought into the run directory over the engine's API: also from afar. */

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";

/** A configuration, an id: nothing that is read whole is large. */
const SMALL_FILE_BYTES_MAX = 1024 * 1024;

/** Copies what is in a folder of the container, running or not, into a folder of ours. */
export async function fetchFolder(
  container: Dockerode.Container,
  from: string,
  to: string,
): Promise<void> {
  await mkdir(to, { recursive: true });
  const attempted = `copy ${from} out of container ${container.id.slice(0, 12)}`;
  const archive = await archiveOf(container, `${from}/.`, attempted);
  const tar = spawn("tar", ["-x", "--no-same-owner", "--no-same-permissions", "-C", to], {
    stdio: ["pipe", "ignore", "pipe"],
  });
  const complaint: Buffer[] = [];
  tar.stderr.on("data", (chunk: Buffer) => complaint.push(chunk));
  const ended = new Promise<number | null>((resolve, reject) => {
    tar.once("error", reject);
    tar.once("close", resolve);
  });
  // tar stops reading at the archive's end mark, which may be before the stream's: only what tar says
  // counts. A stream that broke off earlier has no mark, and then tar complains.
  const sent = pipeline(archive, tar.stdin).catch((error: unknown) => error);
  const code = await ended.catch((error: unknown) => error);
  if (code === 0) return;
  const found = `tar: ${String(code)} ${Buffer.concat(complaint).toString().trim()}`;
  throw new LabError("evidence", `${attempted}: ${found}`, { cause: await sent });
}

/** The text of one small file in the container, running or not; what it says is untrusted. */
export async function readContainerFile(
  container: Dockerode.Container,
  path: string,
): Promise<string> {
  const attempted = `read ${path} in container ${container.id.slice(0, 12)}`;
  const archive = await archiveOf(container, path, attempted);
  const tar = spawn("tar", ["-xO"], { stdio: ["pipe", "pipe", "ignore"] });
  const sent = pipeline(archive, tar.stdin).catch(() => undefined);
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of tar.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > SMALL_FILE_BYTES_MAX) {
      tar.kill();
      throw new LabError("evidence", `${attempted}: more than ${SMALL_FILE_BYTES_MAX} bytes`);
    }
    chunks.push(chunk);
  }
  await sent;
  return Buffer.concat(chunks).toString("utf8");
}

async function archiveOf(
  container: Dockerode.Container,
  path: string,
  attempted: string,
): Promise<NodeJS.ReadableStream> {
  return container.getArchive({ path }).catch((cause: unknown) => {
    throw new LabError("evidence", `${attempted}: the engine does not give it`, {
      hint: "did the engine end, or was the container removed? `zklab down --all` cleans up",
      cause,
    });
  });
}

export interface FollowOptions {
  /** Seconds since 1970; "0": all. */
  readonly since: string;
  /** Its output comes over a terminal, as one stream. */
  readonly tty?: boolean;
  /** Ends it where the container goes on. */
  readonly signal?: AbortSignal;
}

/**
 * Appends the container's stdout and stderr to a file, from this time on; resolves with how to wait for
 * their end.
 */
export async function followLog(
  container: Dockerode.Container,
  file: string,
  { since, tty = false, signal }: FollowOptions,
): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  const stream = await container.logs({
    ...{ follow: true, stdout: true, stderr: true },
    since: Number(since),
    ...(signal === undefined ? {} : { abortSignal: signal }),
  });
  const log = createWriteStream(file, { flags: "a" });
  // Of a full disk the history tells, and whoever collects the rest.
  log.on("error", () => undefined);
  if (tty) stream.on("data", (chunk: Buffer) => log.write(chunk));
  else container.modem.demuxStream(stream, log, log);
  const ended = new Promise<void>((resolve) => {
    const close = (): void => {
      log.end(() => resolve());
      if (log.destroyed) resolve();
    };
    stream.once("end", close);
    stream.once("close", close);
    stream.once("error", close);
  });
  return () => ended;
}
