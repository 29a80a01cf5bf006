/**
 * Which local labs run on this machine: one small file each, so that `zklab down` can tell a dead
 * owner's leftovers from a living lab. The kernel removes a dead owner's lab by itself (enter.ts);
 * this is the belt to that pair of braces, and what `down` prints.
 */

import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { cacheDirectory } from "../setup/cache.ts";

/** Pids are reused; a pid with its start time is not. */
const processSchema = z.object({ pid: z.int().positive(), start: z.string() });
const entrySchema = z.object({
  owner: processSchema,
  root: processSchema,
  argv: z.array(z.string()),
});
export type LabEntry = z.infer<typeof entrySchema>;

export interface FoundLab {
  readonly file: string;
  readonly entry: LabEntry | undefined;
  readonly ownerAlive: boolean;
  /** The process at the top of the lab's pid namespace still runs. */
  readonly rootAlive: boolean;
}

/** Registers a running lab; returns how to take it off the list. */
export function register(rootPid: number, argv: readonly string[]): () => void {
  const directory = registryDirectory();
  mkdirSync(directory, { recursive: true });
  const file = join(directory, `${process.pid}.json`);
  const entry: LabEntry = {
    owner: { pid: process.pid, start: startTime(process.pid) ?? "" },
    root: { pid: rootPid, start: startTime(rootPid) ?? "" },
    argv: [...argv],
  };
  writeFileSync(file, `${JSON.stringify(entry)}\n`);
  return () => rmSync(file, { force: true });
}

export function findLabs(): FoundLab[] {
  let names: string[];
  try {
    names = readdirSync(registryDirectory());
  } catch {
    return [];
  }
  return names
    .filter((name) => name.endsWith(".json"))
    .map((name) => {
      const file = join(registryDirectory(), name);
      const entry = readEntry(file);
      const alive = (one: { pid: number; start: string } | undefined): boolean =>
        one !== undefined && startTime(one.pid) === one.start;
      return { file, entry, ownerAlive: alive(entry?.owner), rootAlive: alive(entry?.root) };
    });
}

/** Ends what is left of labs whose owner is dead, and forgets them. Touches nothing else. */
export function removeDeadLabs(): readonly FoundLab[] {
  const dead = findLabs().filter((lab) => !lab.ownerAlive);
  for (const lab of dead) {
    if (lab.rootAlive && lab.entry !== undefined) process.kill(lab.entry.root.pid, "SIGKILL");
    rmSync(lab.file, { force: true });
  }
  return dead;
}

function registryDirectory(): string {
  return join(cacheDirectory(), "labs");
}

function readEntry(file: string): LabEntry | undefined {
  try {
    return entrySchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Field 22 of /proc/PID/stat: clock ticks since boot at which the process started. */
function startTime(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return afterName[0] === "Z" ? undefined : afterName[19];
  } catch {
    return undefined;
  }
}
