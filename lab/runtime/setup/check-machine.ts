/** How much there is of what a run uses up. Never a reason to stop, often the reason of a surprise. */

import { readFileSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { availableParallelism, freemem, release, tmpdir, totalmem } from "node:os";
import { dirname } from "node:path";
import { cacheDirectory } from "./cache.ts";
import type { Machine, Requirement } from "./requirements.ts";

const GIB = 1024 ** 3;
/** A server preallocates its log in 64 MiB steps and takes 60 MB of memory; five and spare room. */
const ENOUGH_BYTES = 2 * GIB;
const ENOUGH_CPUS = 2;

export async function checkMachine({ env }: Machine): Promise<readonly Requirement[]> {
  const directories = [...new Set([cacheDirectory(env), process.cwd(), tmpdir()])];
  const disks = await Promise.all(directories.map(checkDisk));
  return [checkCpus(), checkMemory(), ...disks, kernel()];
}

function checkCpus(): Requirement {
  const cpus = availableParallelism();
  const ok = cpus >= ENOUGH_CPUS;
  return advice("processors", "timely faults", `${cpus}`, ok, "expect slower elections");
}

function checkMemory(): Requirement {
  const free = availableMemory();
  const found = `${gib(free)} of ${gib(totalmem())} free`;
  return advice(
    "memory",
    "servers and contenders",
    found,
    free >= ENOUGH_BYTES,
    "free some memory",
  );
}

async function checkDisk(directory: string): Promise<Requirement> {
  const free = await freeBytes(directory);
  const found = free === undefined ? undefined : `${gib(free)} free in ${directory}`;
  const ok = free !== undefined && free >= ENOUGH_BYTES;
  return advice("disk", "logs and evidence", found, ok, `make room in ${directory}`);
}

function kernel(): Requirement {
  return advice(
    "kernel",
    "knowing where a result comes from",
    `${process.platform} ${release()}`,
    true,
    "",
  );
}

function advice(
  name: string,
  neededFor: string,
  found: string | undefined,
  ok: boolean,
  remedy: string,
): Requirement {
  return { name, neededFor, found, ok, remedy, packages: [], kind: "advice" };
}

/** What processes may have without swapping; `free` alone leaves out the page cache. */
function availableMemory(): number {
  try {
    const kib = /^MemAvailable:\s+(\d+) kB/m.exec(readFileSync("/proc/meminfo", "utf8"))?.[1];
    return kib === undefined ? freemem() : Number(kib) * 1024;
  } catch {
    return freemem();
  }
}

/** Of the nearest directory above that exists: the cache may not have been made yet. */
async function freeBytes(directory: string): Promise<number | undefined> {
  for (let path = directory; ; path = dirname(path)) {
    const found = await statfs(path).catch(() => undefined);
    if (found !== undefined) return found.bavail * found.bsize;
    if (path === dirname(path)) return undefined;
  }
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
