/** Names inside a run directory (design 7), and making a new one. The names are the format. */

import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { LabError } from "../errors.ts";

export const FILES = {
  run: "run.json",
  history: "history.jsonl",
  servers: "servers",
  serverLog: "server.log",
  contenders: "contenders",
  labLog: "lab.log",
  audit: "audit.json",
  report: "report.html",
  junit: "junit.xml",
  suite: "suite.json",
  manifest: "manifest.json",
} as const;

/**
 * `<runs>/<scenario>/<utc>-<seed>`, with `latest` beside it linking to the newest. Throws
 * LabError("environment") where it cannot be made.
 */
export function makeRunDirectory(
  runs: string,
  scenario: string,
  startedAt: Date,
  seed: string,
): string {
  const utc = startedAt
    .toISOString()
    .replace(/[-:]/g, "")
    .replace(/\.\d+Z$/, "Z");
  let directory = join(runs, scenario, `${utc}-${seed}`);
  makeParents(dirname(directory));
  for (let n = 2; !tryMake(directory); n += 1) {
    directory = join(runs, scenario, `${utc}-${seed}.${n}`);
  }
  linkLatest(directory);
  return directory;
}

/** Level by level: Node's own `recursive` never returns below /proc, where mkdir says ENOENT. */
function makeParents(directory: string): void {
  if (existsSync(directory)) return;
  makeParents(dirname(directory));
  tryMake(directory);
}

function tryMake(directory: string): boolean {
  try {
    mkdirSync(directory);
    return true;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EEXIST") return false;
    throw new LabError("environment", `make the run directory ${directory}`, {
      hint: "name a folder that you may write to with --runs",
      cause: error,
    });
  }
}

/** Two labs may do this at once; whichever comes last is the newest, and neither may fail. */
function linkLatest(directory: string): void {
  const link = join(dirname(directory), "latest");
  try {
    rmSync(link, { force: true });
    symlinkSync(basename(directory), link);
  } catch {
    // The other lab's link stands; it is as new as ours.
  }
}
