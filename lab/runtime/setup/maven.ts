/**
 * ZooKeeper from Maven Central: `dependency:copy-dependencies` on our own small pom, through the
 * `mvn` of the machine with the machine's own settings (a mirror or a proxy there just works).
 */

import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { assert, LabError } from "../../errors.ts";
import { howItEnded, succeeded, tailOf } from "./command.ts";
import { findProgram } from "./java.ts";
import { packagedFile } from "./packaged.ts";
import { type Answer, cachedOrFetched, type Wanted } from "./source.ts";
import { mavenProfiles } from "./versions.ts";

const MAVEN_LIMIT_MS = 10 * 60 * 1000;
/** A line of progress every so many files; a first fetch is some 150, plug-ins included. */
const FILES_A_LINE = 50;

/** ZooKeeper's jars of the wanted version from the cache, else fetched by Maven (some 20 s). */
export async function provideFromMaven(wanted: Wanted): Promise<Answer> {
  const { version } = wanted;
  let mvn: string | undefined;
  return cachedOrFetched(
    {
      ...mavenEntry(wanted.cache, version),
      from: "Maven Central",
      obstacle: async () => {
        mvn = await findProgram("mvn", wanted.env);
        return mvn === undefined ? "Maven is not installed" : undefined;
      },
      fetch: async (directory) => {
        assert(mvn !== undefined, "Maven was looked for before it is run");
        wanted.say(`fetching ZooKeeper ${version} from Maven Central (about 12 MB)`);
        await copyDependencies(mvn, directory, wanted);
        return { version };
      },
    },
    wanted,
  );
}

/** Throws LabError("environment") with Maven's own reason. */
async function copyDependencies(mvn: string, into: string, wanted: Wanted): Promise<void> {
  const { version, signal } = wanted;
  const profiles = mavenProfiles(version);
  const args = [
    "-B",
    "-U",
    ...["-f", packagedFile("maven/pom.xml")],
    `-Dzookeeper.version=${version}`,
    ...(profiles.length === 0 ? [] : [`-P${profiles.join(",")}`]),
    "dependency:copy-dependencies",
    "-DincludeScope=runtime",
    `-DoutputDirectory=${into}`,
  ];
  let files = 0;
  const result = await wanted.run(mvn, args, {
    timeoutMs: MAVEN_LIMIT_MS,
    env: wanted.env,
    ...(signal === undefined ? {} : { signal }),
    onLine: (line) => {
      if (!/^(\[INFO\] )?Downloaded from /.test(line)) return;
      files += 1;
      if (files % FILES_A_LINE === 0) wanted.say(`  Maven: ${files} files so far`);
    },
  });
  if (succeeded(result)) return;
  if (result.outcome === "aborted") {
    throw new LabError("interrupted", `fetching ZooKeeper ${version} was interrupted`);
  }
  const reason = firstErrors(result.stdout) ?? tailOf(result);
  throw new LabError(
    "environment",
    `ZooKeeper ${version} from Maven Central: mvn ${howItEnded(result)}\n${reason}`,
    {
      hint: "check that `mvn` can reach Maven Central (a proxy or mirror belongs in its settings)",
    },
  );
}

/** Where the cache keeps a version, and what made it: another pom makes the entry anew. */
export function mavenEntry(cache: string, version: string): { place: string; recipe: string } {
  const pom = readFileSync(packagedFile("maven/pom.xml"));
  const digest = createHash("sha256").update(pom).digest("hex").slice(0, 16);
  const place = join(cache, "zookeeper", `maven-${version}`);
  return { place, recipe: `maven:${version}:${digest}` };
}

/** Maven's own reason is in its first [ERROR] lines; what follows the [Help] is advice on options. */
export function firstErrors(stdout: string): string | undefined {
  const errors = stdout
    .split("\n")
    .filter((line) => /^\[(ERROR|FATAL)\] \S/.test(line))
    .slice(0, 3)
    .map((line) => `    ${line.replace(/^\[\w+\] /, "").slice(0, 400)}`);
  return errors.length === 0 ? undefined : errors.join("\n");
}
