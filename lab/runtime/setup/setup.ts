/**
 * Set-up: finds all that is missing, installs it where the user agreed, and provides ZooKeeper, the
 * native client and the Java contender. Everything that is missing is one error with the one command that cures it.
 */

import { LabError } from "../../errors.ts";
import { hasApt, installCommand, installPackages } from "./apt.ts";
import { cacheDirectory } from "./cache.ts";
import { type CuratorLatch, findCurator, provideCurator } from "./curator.ts";
import { inspectEntry } from "./manifest.ts";
import { mavenEntry } from "./maven.ts";
import { findNativeClient, type NativeClient, provideNativeClient } from "./native-client.ts";
import { checkRequirements, type Machine, type Requirement, thisMachine } from "./requirements.ts";
import {
  DEFAULT_ZOOKEEPER_VERSION,
  provideZooKeeper,
  type ZooKeeperJars,
} from "./zookeeper-jars.ts";

export interface SetupOptions {
  /** `--yes`: install what is missing. */
  readonly yes: boolean;
  /** A person is at the terminal and may be asked. */
  readonly interactive: boolean;
  readonly env: NodeJS.ProcessEnv;
  /** Progress, one line each. */
  readonly say: (line: string) => void;
  readonly ask: (question: string) => Promise<boolean>;
  /** Build the native client where it is not in the cache, and want what that needs. */
  readonly nativeClient: boolean;
  /** The same for the Java contender; default: not. */
  readonly curator?: boolean;
  /** Exactly this ZooKeeper; without it the default. */
  readonly version?: string;
  readonly verifyHashes?: boolean;
  readonly signal?: AbortSignal;
  /** The seam for tests: the machine that is looked at and that commands run on. */
  readonly machine?: Machine;
  readonly check?: (machine: Machine) => Promise<readonly Requirement[]>;
}

export interface Setup {
  readonly zookeeper: ZooKeeperJars;
  /** Undefined where it was not asked for and is not in the cache. */
  readonly nativeClient: NativeClient | undefined;
  /** Likewise. */
  readonly curator?: CuratorLatch | undefined;
}

/**
 * Makes the machine ready for a run; 0.2 s where nothing is missing. Throws LabError("environment")
 * that lists everything missing with its remedy, and in its hint the one command to run.
 */
export async function ensureSetup(options: SetupOptions): Promise<Setup> {
  const machine = options.machine ?? thisMachine(options.env);
  await ensureRequirements(options, machine);
  const shared = {
    onProgress: options.say,
    env: options.env,
    run: machine.run,
    ...(options.signal === undefined ? {} : { signal: options.signal }),
  };
  const zookeeper = await provideZooKeeper({
    ...shared,
    verifyHashes: options.verifyHashes ?? false,
    ...(options.version === undefined ? {} : { version: options.version }),
  });
  const nativeClient = options.nativeClient
    ? await provideNativeClient(shared)
    : findNativeClient(options.env);
  const curator =
    options.curator === true ? await provideCurator(shared) : findCurator(options.env);
  return { zookeeper, nativeClient, curator };
}

/** The part before anything is fetched: looks, installs after consent, looks again. */
export async function ensureRequirements(options: SetupOptions, machine: Machine): Promise<void> {
  const check = options.check ?? checkRequirements;
  const look = async (): Promise<Missing> => whatIsMissing(await check(machine), options);
  let missing = await look();
  if (missing.wanted.length === 0) return;
  // Packages are no use while something that no package cures is missing as well.
  const curable = missing.packages.length > 0 && missing.wanted.every((r) => r.packages.length > 0);
  if (curable && machine.uid === 0 && (await hasApt(machine)) && (await agreed(missing, options))) {
    await installPackages(missing.packages, machine, options.say);
    missing = await look();
  }
  if (missing.fatal.length > 0) throw notReady(missing, machine);
}

interface Missing {
  /** What is not ok and matters for what was asked. */
  readonly wanted: readonly Requirement[];
  /** Those of them without which it does not work. */
  readonly fatal: readonly Requirement[];
  readonly packages: readonly string[];
}

function whatIsMissing(requirements: readonly Requirement[], options: SetupOptions): Missing {
  const kinds = new Set<Requirement["kind"]>(["required"]);
  if (options.nativeClient) kinds.add("native-client");
  if (options.curator === true) kinds.add("curator");
  const missing = requirements.filter((requirement) => !requirement.ok);
  const fatal = missing.filter((requirement) => kinds.has(requirement.kind));
  if (!hasJars(options)) kinds.add("preferred");
  const wanted = missing.filter((requirement) => kinds.has(requirement.kind));
  return { wanted, fatal, packages: [...new Set(wanted.flatMap((r) => r.packages))].sort() };
}

/** Maven is of no use where the jars are there already, or where the user brings a ZooKeeper. */
function hasJars({ env, version = DEFAULT_ZOOKEEPER_VERSION }: SetupOptions): boolean {
  if ((env["ZOOKEEPER_HOME"] ?? "") !== "") return true;
  const { place, recipe } = mavenEntry(cacheDirectory(env), version);
  return inspectEntry(place, recipe).state === "good";
}

async function agreed(missing: Missing, options: SetupOptions): Promise<boolean> {
  if (options.yes || options.env["ZKLAB_SETUP"] === "yes" || options.env["CI"] === "true") {
    return true;
  }
  if (!options.interactive) return false;
  for (const requirement of missing.wanted) options.say(describe(requirement));
  return options.ask(`install ${missing.packages.join(", ")} with apt-get?`);
}

function notReady(missing: Missing, machine: Machine): LabError {
  const list = missing.wanted.map((requirement) => describe(requirement)).join("\n");
  const packages = installCommand(missing.packages, machine.uid);
  return new LabError("environment", `this machine lacks what a run needs:\n${list}`, {
    hint:
      missing.packages.length === 0
        ? "see the remedies above; `zklab doctor` tells more"
        : `run: ${packages}   (or, as root on Debian or Ubuntu, add --yes)`,
  });
}

function describe(requirement: Requirement): string {
  const found = requirement.found === undefined ? "" : ` (found: ${requirement.found})`;
  return `  - ${requirement.name}, for ${requirement.neededFor}${found}: ${requirement.remedy}`;
}
