/** A container's files and log, brought into the run directory over the engine's API: also from afar. */

import { spawn } from "node:child_process";
import { createWriteStream } from "node:fs";
import { mkdir } from "node:fs/promises";
import { dirname } from "node:path";
import { pipeline } from "node:stream/promises";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";

/** Copies what is in a folder of the container, running or not, into a folder of ours. */
export async function fetchFolder(
  container: Dockerode.Container,
  from: string,
  to: string,
): Promise<void> {
  await mkdir(to, { recursive: true });
  const attempted = `copy ${from} out of container ${container.id.slice(0, 12)}`;
  const archive = await container.getArchive({ path: `${from}/.` }).catch((cause: unknown) => {
    throw new LabError("evidence", `${attempted}: the engine does not give it`, {
      hint: "did the engine end, or was the container removed? `zklab down --all` cleans up",
      cause,
    });
  });
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

/**
 * Appends the container's stdout and stderr to a file, from this time on (seconds since 1970; 0: all);
 * resolves with how to wait for their end.
 */
export async function followLog(
  container: Dockerode.Container,
  file: string,
  since: string,
): Promise<() => Promise<void>> {
  await mkdir(dirname(file), { recursive: true });
  const stream = await container.logs({
    ...{ follow: true, stdout: true, stderr: true },
    since: Number(since),
  });
  const log = createWriteStream(file, { flags: "a" });
  container.modem.demuxStream(stream, log, log);
  const ended = new Promise<void>((resolve) => {
    const close = (): void => {
      log.end(() => resolve());
    };
    stream.once("end", close);
    stream.once("close", close);
    stream.once("error", close);
  });
  return () => ended;
}
