/**
 * Which packages bring Docker on this release of Debian or Ubuntu. Their names changed: trixie has
 * the command line in a package of its own, bookworm's `docker-compose` is still the Python one, and
 * Ubuntu calls the new one `docker-compose-v2`. So the package lists are asked.
 */

import type { Machine } from "../requirements.ts";
import type { DockerLook } from "./look.ts";

const QUERY_LIMIT_MS = 30_000;
const ENGINE = "docker.io";
const COMMAND_LINE = "docker-cli";
const COMPOSE = ["docker-compose-v2", "docker-compose"];

export interface PackagePlan {
  readonly packages: readonly string[];
  /** Compose is needed and no package of this release brings it: take that of a newer Debian. */
  readonly composeFromNewer: boolean;
}

/** What would have to be installed for what the look did not find; asks apt-cache, changes nothing. */
export async function planPackages(look: DockerLook, machine: Machine): Promise<PackagePlan> {
  const names = [ENGINE, COMMAND_LINE, ...COMPOSE];
  const options = { timeoutMs: QUERY_LIMIT_MS, env: { ...machine.env, LC_ALL: "C" } };
  const policy = await machine.run("apt-cache", ["policy", ...names], options);
  const candidates = readPolicy(policy.stdout);
  const packages: string[] = [];
  if (look.engine === undefined && candidates.get(ENGINE)?.installed !== true) {
    packages.push(ENGINE);
    if (candidates.has(COMMAND_LINE) && look.cli === undefined) packages.push(COMMAND_LINE);
  } else if (look.cli === undefined) {
    packages.push(candidates.has(COMMAND_LINE) ? COMMAND_LINE : ENGINE);
  }
  if (look.compose !== undefined) return { packages, composeFromNewer: false };
  const compose = COMPOSE.find((name) => (candidates.get(name)?.major ?? 0) >= 2);
  if (compose !== undefined) packages.push(compose);
  return { packages, composeFromNewer: compose === undefined };
}

interface Candidate {
  readonly major: number;
  readonly installed: boolean;
}

/** `apt-cache policy`: a name in the first column, then Installed and Candidate, `(none)` for none. */
export function readPolicy(text: string): ReadonlyMap<string, Candidate> {
  const found = new Map<string, Candidate>();
  for (const block of text.split(/^(?=\S)/m)) {
    const name = /^(\S+):$/m.exec(block)?.[1];
    const version = /^\s+Candidate: (?!\(none\))(?:\d+:)?(\d+)/m.exec(block)?.[1];
    if (name === undefined || version === undefined) continue;
    const installed = /^\s+Installed: (?!\(none\))/m.test(block);
    found.set(name, { major: Number(version), installed });
  }
  return found;
}
