/**
 * `zklab doctor`: what this machine can and cannot do, and the remedy for each. Only looks: nothing
 * is installed, fetched or built; what is in the cache is compared with its hashes.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { installCommand } from "./apt.ts";
import { cacheDirectory } from "./cache.ts";
import { type CuratorLatch, findCurator } from "./curator.ts";
import { debianEntry } from "./debian.ts";
import { inspectEntry } from "./manifest.ts";
import { mavenEntry } from "./maven.ts";
import { findNativeClient, type NativeClient } from "./native-client.ts";
import { checkRequirements, type Machine, type Requirement, thisMachine } from "./requirements.ts";

export { renderDoctor } from "./doctor-text.ts";

export interface DoctorReport {
  /** Nothing that a run requires is missing: exit code 0, else 3. */
  readonly ok: boolean;
  readonly node: string;
  readonly cacheDirectory: string;
  readonly requirements: readonly Requirement[];
  readonly abilities: readonly Ability[];
  readonly zookeepers: readonly CachedZooKeeper[];
  readonly nativeClient: NativeClient | undefined;
  readonly curator: CuratorLatch | undefined;
  /** The one command that brings all that packages can bring; undefined where none is missing. */
  readonly command: string | undefined;
}

/** One thing that people want to do with zklab. */
export interface Ability {
  readonly name: string;
  readonly can: boolean;
  /** Names of the requirements that it lacks. */
  readonly lacks: readonly string[];
}

export interface CachedZooKeeper {
  /** `3.9.5 (Maven Central)` */
  readonly name: string;
  readonly good: boolean;
  /** `30 jars, 12.1 MB, hashes match`, or what is wrong. */
  readonly detail: string;
}

const SERVERS = ["java"];
const NODES = [
  ...["linux", "privileges", "ip", "unshare", "nsenter", "setpriv", "namespaces"],
  "bridge and veth",
];
const ABILITIES: readonly { name: string; needs: readonly string[] }[] = [
  { name: "run an ensemble and contenders locally", needs: [...SERVERS, ...NODES] },
  { name: "pause, stop and restart them", needs: [...SERVERS, ...NODES] },
  { name: "partition their network", needs: [...NODES, "nft", "nftables of the bridge"] },
  { name: "run them in containers", needs: [...SERVERS, "docker engine", "docker compose"] },
  { name: "fetch any ZooKeeper version", needs: [...SERVERS, "maven"] },
  {
    name: "build the native client",
    needs: ["npm", "gcc", "g++", "make", "python3", "Node's headers"],
  },
  { name: "build the contender curator-latch", needs: [...SERVERS, "maven", "javac"] },
];

/** Looks at everything; some 0.3 s. */
export async function diagnose(machine: Machine = thisMachine()): Promise<DoctorReport> {
  const cache = cacheDirectory(machine.env);
  const [requirements, zookeepers] = await Promise.all([
    checkRequirements(machine),
    listZooKeepers(cache),
  ]);
  const missing = requirements.filter((requirement) => !requirement.ok);
  const packages = [...new Set(missing.flatMap((requirement) => requirement.packages))].sort();
  const lacking = new Set(missing.map((requirement) => requirement.name));
  return {
    ok: missing.every((requirement) => requirement.kind !== "required"),
    node: process.version,
    cacheDirectory: cache,
    requirements,
    abilities: ABILITIES.map(({ name, needs }) => {
      const lacks = needs.filter((need) => lacking.has(need));
      return { name, can: lacks.length === 0, lacks };
    }),
    zookeepers,
    nativeClient: findNativeClient(machine.env),
    curator: findCurator(machine.env),
    command: packages.length === 0 ? undefined : installCommand(packages, machine.uid),
  };
}

async function listZooKeepers(cache: string): Promise<readonly CachedZooKeeper[]> {
  const names = await readdir(join(cache, "zookeeper")).catch(() => []);
  return names.sort().flatMap((name) => {
    const version = /^maven-(.+)$/.exec(name)?.[1];
    if (version !== undefined) {
      return [inspect(mavenEntry(cache, version), `${version} (Maven Central)`)];
    }
    return name === "debian" ? [inspect(debianEntry(cache), "Debian's")] : [];
  });
}

function inspect(entry: { place: string; recipe: string }, name: string): CachedZooKeeper {
  const found = inspectEntry(entry.place, entry.recipe, { hashes: true });
  if (found.state !== "good") {
    const detail = found.state === "damaged" ? found.why : "it has no manifest";
    return { name, good: false, detail: `${detail}; the next run makes it anew` };
  }
  const { files, version } = found.manifest;
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  const size = `${files.length} jars, ${(bytes / 1e6).toFixed(1)} MB, hashes match`;
  return { name, good: true, detail: name.startsWith(version) ? size : `${version}, ${size}` };
}
