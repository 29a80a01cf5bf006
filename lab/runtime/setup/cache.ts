/**
 * zklab's cache: what was fetched or built once for this user. Entries are directories that appear
 * whole or not at all: each is made under a temporary name beside its place and renamed into it, so
 * that Ctrl-C leaves no half entry and two set-ups at once do not disturb each other.
 */

import { randomBytes } from "node:crypto";
import { mkdir, readdir, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join } from "node:path";
import { LabError } from "../../errors.ts";

/** `ZKLAB_CACHE`, else `$XDG_CACHE_HOME/zklab`, else `~/.cache/zklab`; not necessarily there yet. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  const own = env["ZKLAB_CACHE"];
  if (own !== undefined && own !== "") return absolute(own);
  const xdg = env["XDG_CACHE_HOME"];
  // The XDG specification: relative values are invalid and must be ignored.
  if (xdg !== undefined && isAbsolute(xdg)) return join(xdg, "zklab");
  return join(homedir(), ".cache", "zklab");
}

const TEMPORARY = ".making-";
/** Longer than any set-up step may take, so that what another set-up is making is never swept. */
const ABANDONED_AFTER_MS = 2 * 60 * 60 * 1000;

/**
 * Makes the entry `place` by letting `fill` write into an empty directory, then renames it there. An
 * entry that `isGood` accepts and that another process put there meanwhile is kept and ours dropped.
 */
export async function makeEntry(
  place: string,
  fill: (directory: string) => Promise<void>,
  isGood: () => boolean,
): Promise<void> {
  const parent = dirname(place);
  await mkdirOrExplain(parent);
  await sweepAbandoned(parent);
  const making = join(parent, `${TEMPORARY}${process.pid}-${randomBytes(4).toString("hex")}`);
  try {
    await mkdir(making);
    await fill(making);
    if (isGood()) return;
    await moveInto(making, place);
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

async function moveInto(making: string, place: string): Promise<void> {
  const damaged = `${making}-replaced`;
  // A directory is never renamed over a filled one (ENOTEMPTY), so what is damaged steps aside first.
  await rename(place, damaged).catch(ignoreMissing);
  try {
    await rename(making, place);
  } catch (error) {
    // Another set-up won between the two renames; its entry is as good as ours.
    if (!isCode(error, "ENOTEMPTY") && !isCode(error, "EEXIST")) throw error;
  }
  await rm(damaged, { recursive: true, force: true });
}

async function sweepAbandoned(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    if (!name.startsWith(TEMPORARY)) continue;
    const path = join(parent, name);
    const age = await stat(path).then(
      (found) => Date.now() - found.mtimeMs,
      () => 0,
    );
    if (age > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

async function mkdirOrExplain(directory: string): Promise<void> {
  try {
    await mkdir(directory, { recursive: true });
  } catch (cause) {
    throw new LabError("environment", `cache directory ${directory}: cannot be made`, {
      hint: "set ZKLAB_CACHE to a directory that you may write to",
      cause,
    });
  }
}

function absolute(path: string): string {
  return isAbsolute(path) ? path : join(process.cwd(), path);
}

function ignoreMissing(error: unknown): void {
  if (!isCode(error, "ENOENT")) throw error;
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
