/**
 * The Java contender (contenders/java: Curator's own LeaderLatch), built by Maven into zklab's cache: its
 * jar and every jar that it runs on. An entry is named by its content, so another source or pom is
 * another entry, and a clone that is older or newer than this one keeps its own.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { copyFile, readdir, rm } from "node:fs/promises";
import { join, relative } from "node:path";
import { LabError } from "../../errors.ts";
import { packageRoot } from "../../package-root.ts";
import { cacheDirectory, makeEntry } from "./cache.ts";
import { howItEnded, type RunCommand, runCommand, succeeded, tailOf } from "./command.ts";
import { findJava, findProgram } from "./java.ts";
import { inspectEntry, writeManifest } from "./manifest.ts";
import { firstErrors } from "./maven.ts";

const JAR = "curator-latch-1.jar";
export const CURATOR_MAIN = "zklab.contender.Main";
const MAVEN_LIMIT_MS = 10 * 60 * 1000;
const START_LIMIT_MS = 30_000;
/** What the sources are written in. */
export const OLDEST_CURATOR_JAVA = 17;

export interface CuratorLatch {
  /** Holds the jars and nothing else but their manifest. */
  readonly directory: string;
  /** File names in it: the whole class path. */
  readonly jars: readonly string[];
  /** As the program says itself: `Curator 5.9.0, ZooKeeper 3.9.3`. */
  readonly version: string;
}

export interface CuratorOptions {
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  readonly run?: RunCommand;
}

/** Only looks, never builds. */
export function findCurator(env: NodeJS.ProcessEnv = process.env): CuratorLatch | undefined {
  const { place, recipe } = entryOf(env);
  const entry = inspectEntry(place, recipe);
  if (entry.state !== "good") return undefined;
  const { files, version } = entry.manifest;
  return { directory: place, jars: files.map(({ name }) => name), version };
}

/**
 * The contender from the cache, else built there (some 20 s, 13 MB from Maven Central). Throws
 * LabError("environment") with what the build lacks or Maven's own reason; `interrupted` by the signal.
 */
export async function provideCurator(options: CuratorOptions = {}): Promise<CuratorLatch> {
  const env = options.env ?? process.env;
  const found = findCurator(env);
  if (found !== undefined) return found;
  const { place, recipe } = entryOf(env);
  await makeEntry(
    place,
    async (directory) => {
      await build(directory, options);
      const version = await checkStarts(directory, options);
      writeManifest(directory, { version, recipe }, await readdir(directory));
    },
    () => findCurator(env) !== undefined,
  );
  const made = findCurator(env);
  if (made !== undefined) return made;
  throw new LabError("environment", `curator-latch: the cache lost ${place} at once`);
}

/** The pom and the sources make the entry; the JVM that it is started on is checked when it is made. */
function entryOf(env: NodeJS.ProcessEnv): { place: string; recipe: string } {
  const root = sourcesRoot();
  const hash = createHash("sha256");
  const files = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  for (const file of files) hash.update(`${relative(root, file)}\0`).update(readFileSync(file));
  const digest = hash.digest("hex").slice(0, 16);
  const place = join(cacheDirectory(env), "curator-latch", digest);
  return { place, recipe: `curator-latch:${digest}` };
}

function sourcesRoot(): string {
  return join(packageRoot(), "contenders", "java");
}

/** Throws LabError("environment") with Maven's own reason, the compiler's messages among it. */
async function build(into: string, options: CuratorOptions): Promise<void> {
  const { signal, onProgress: say = () => undefined } = options;
  const env = options.env ?? process.env;
  const mvn = await findProgram("mvn", env);
  if (mvn === undefined) throw cannot("Maven is not installed");
  say("building curator-latch with Maven (about 20 s, 13 MB from Maven Central)");
  const work = join(into, "build");
  const result = await (options.run ?? runCommand)(
    mvn,
    [
      "-B",
      ...["-f", join(sourcesRoot(), "pom.xml")],
      `-Dzklab.build=${work}`,
      ...["compiler:compile", "jar:jar", "dependency:copy-dependencies"],
      "-DincludeScope=runtime",
      `-DoutputDirectory=${into}`,
    ],
    { timeoutMs: MAVEN_LIMIT_MS, env, ...(signal === undefined ? {} : { signal }) },
  );
  if (result.outcome === "aborted") {
    throw new LabError("interrupted", "building curator-latch was interrupted");
  }
  if (!succeeded(result)) {
    throw cannot(`mvn ${howItEnded(result)}\n${firstErrors(result.stdout) ?? tailOf(result)}`);
  }
  await copyFile(join(work, JAR), join(into, JAR));
  await rm(work, { recursive: true });
}

/** Starts it as a contender is started, but for a word: every class is found, and it says its versions. */
async function checkStarts(directory: string, options: CuratorOptions): Promise<string> {
  const env = options.env ?? process.env;
  const run = options.run ?? runCommand;
  const java = await findJava(env, run);
  if (java === undefined) throw cannot("there is no java");
  const result = await run(java.path, ["-cp", join(directory, "*"), CURATOR_MAIN, "--version"], {
    timeoutMs: START_LIMIT_MS,
    env,
  });
  const said = /^Curator \S+, ZooKeeper \S+$/m.exec(result.stdout)?.[0];
  if (succeeded(result) && said !== undefined) return said;
  throw cannot(`it was built but does not start on Java ${java.version}\n${tailOf(result)}`);
}

function cannot(why: string): LabError {
  return new LabError("environment", `build curator-latch: ${why}`, {
    hint: `it takes Maven, a JDK ${OLDEST_CURATOR_JAVA} and Maven Central; \`zklab setup --yes\` installs the first two`,
  });
}
