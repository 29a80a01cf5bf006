/**
 * Provides the jars of one ZooKeeper server version, from the first source that has it: Maven
 * Central (cached), the user's ZOOKEEPER_HOME, Debian's packages (cached). The note says which it
 * was, and why the ones before it were passed over.
 */

import { LabError } from "../../errors.ts";
import { cacheDirectory } from "./cache.ts";
import { type RunCommand, runCommand } from "./command.ts";
import { provideFromDebian } from "./debian.ts";
import { findJava } from "./java.ts";
import { provideFromMaven } from "./maven.ts";
import type { Answer, Wanted } from "./source.ts";
import { assertRelease, DEFAULT_ZOOKEEPER_VERSION, type ServerLogging } from "./versions.ts";
import { findInHome } from "./zookeeper-home.ts";

export { DEFAULT_ZOOKEEPER_VERSION, KNOWN_ZOOKEEPER_VERSIONS } from "./versions.ts";

export interface ZooKeeperJars {
  readonly version: string;
  readonly source: "maven" | "home" | "debian";
  /** Absolute paths: the whole class path of a server, with exactly one slf4j binding. */
  readonly jars: readonly string[];
  /** `logback` reads logback.xml; `log4j` (1.2 or reload4j) reads log4j.properties. */
  readonly logging: ServerLogging;
  /** Absolute path of the `java` that the jars were checked with, and its version. */
  readonly java: string;
  readonly javaVersion: string;
  /** One line for people: `ZooKeeper 3.9.5 from Maven Central (cached)`. */
  readonly note: string;
}

export interface ProvideOptions {
  /** Exactly this version; without it the default, or what ZOOKEEPER_HOME or Debian has instead. */
  readonly version?: string;
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
  /** Compare the cache's files by sha-256 too, not only by size. */
  readonly verifyHashes?: boolean;
  readonly env?: NodeJS.ProcessEnv;
  readonly run?: RunCommand;
}

/**
 * Provides a server's class path: 5 ms when cached. Throws LabError: `usage` for a version that is
 * none, `environment` without Java or when no source has the version, `interrupted` by the signal.
 */
export async function provideZooKeeper(options: ProvideOptions = {}): Promise<ZooKeeperJars> {
  const wanted = await whatIsWanted(options);
  const passedOver: string[] = [];
  for (const source of ["maven", "home", "debian"] as const) {
    const answer = await askSource(source, wanted);
    if ("passedOver" in answer) {
      passedOver.push(answer.passedOver);
      continue;
    }
    for (const why of passedOver) wanted.say(`passed over: ${why}`);
    const clauses = passedOver.map((why) => why.split("\n")[0]);
    const reasons = clauses.length === 0 ? "" : ` (${clauses.join("; ")})`;
    return {
      version: answer.version,
      source,
      jars: answer.jars,
      logging: answer.logging,
      java: wanted.java.path,
      javaVersion: wanted.java.version,
      note: `ZooKeeper ${answer.version} from ${answer.from}${reasons}`,
    };
  }
  throw new LabError(
    "environment",
    `ZooKeeper ${wanted.version}: no source has it\n${passedOver.map((why) => `  - ${why}`).join("\n")}`,
    {
      hint: "run `zklab doctor` for what is missing, or set ZOOKEEPER_HOME to an unpacked ZooKeeper",
    },
  );
}

async function whatIsWanted(options: ProvideOptions): Promise<Wanted> {
  const version = options.version ?? DEFAULT_ZOOKEEPER_VERSION;
  assertRelease(version);
  const env = options.env ?? process.env;
  const run = options.run ?? runCommand;
  const java = await findJava(env, run);
  if (java === undefined) {
    throw new LabError("environment", "ZooKeeper needs Java 8 or later, and no java was found", {
      hint: "zklab setup --yes (as root on Debian or Ubuntu), or set JAVA_HOME",
    });
  }
  return {
    version,
    exactly: options.version !== undefined,
    java,
    cache: cacheDirectory(env),
    env,
    run,
    say: options.onProgress ?? (() => undefined),
    verifyHashes: options.verifyHashes ?? false,
    signal: options.signal,
  };
}

function askSource(source: ZooKeeperJars["source"], wanted: Wanted): Promise<Answer> {
  switch (source) {
    case "maven":
      return provideFromMaven(wanted);
    case "home":
      return findInHome(wanted);
    case "debian":
      return provideFromDebian(wanted);
    default:
      return source satisfies never;
  }
}
