/**
 * ZooKeeper from Debian's (or Ubuntu's) own packages: downloaded, unpacked into zklab's cache and not
 * installed, since the package `zookeeper` would bring 700 MB and a service. No root is needed. Jars
 * are taken by name: Debian's folder of jars holds several slf4j bindings and kills a server that
 * gets them all.
 */

import { access, copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../../errors.ts";
import { serverVersion } from "./class-path.ts";
import { howItEnded, succeeded, tailOf } from "./command.ts";
import { findProgram } from "./java.ts";
import { type Answer, cachedOrFetched, type Wanted } from "./source.ts";

const PACKAGE = "libzookeeper-java";
const QUERY_LIMIT_MS = 30_000;
const DOWNLOAD_LIMIT_MS = 5 * 60 * 1000;
const UNPACK_LIMIT_MS = 60_000;

/** Package and the jars that a server needs of it, without their versions. */
const WANTED_JARS: Readonly<Record<string, readonly string[]>> = {
  [PACKAGE]: ["zookeeper", "zookeeper-jute"],
  "libslf4j-java": ["slf4j-api", "slf4j-log4j12"],
  "liblog4j1.2-java": ["log4j-1.2"],
  "libnetty-java": [
    ...["netty-buffer", "netty-codec", "netty-common", "netty-handler", "netty-resolver"],
    ...["netty-transport", "netty-transport-native-epoll", "netty-transport-native-unix-common"],
  ],
  "libjetty9-java": [
    ...["jetty9-http", "jetty9-io", "jetty9-security", "jetty9-server", "jetty9-servlet"],
    ...["jetty9-util", "jetty9-util-ajax"],
  ],
  "libservlet-api-java": ["servlet-api"],
  "libjackson2-annotations-java": ["jackson-annotations"],
  "libjackson2-core-java": ["jackson-core"],
  "libjackson2-databind-java": ["jackson-databind"],
  "libdropwizard-metrics-java": ["metrics-core"],
  "libsnappy-java": ["snappy-java"],
  "libcommons-cli-java": ["commons-cli"],
  "libcommons-io-java": ["commons-io"],
};
/** Needed by those above, though the package itself does not name them. */
const INDIRECT: readonly string[] = ["libservlet-api-java"];

/** ZooKeeper's jars in the version that this release of Debian has. */
export async function provideFromDebian(wanted: Wanted): Promise<Answer> {
  const answer = await cachedOrFetched(
    {
      ...debianEntry(wanted.cache),
      from: "Debian's packages",
      obstacle: () => obstacle(wanted),
      fetch: (directory) => fetchPackages(directory, wanted),
    },
    wanted,
  );
  if ("passedOver" in answer || !wanted.exactly || answer.version === wanted.version) return answer;
  return { passedOver: `Debian has ${answer.version}, not ${wanted.version}` };
}

/** Where the cache keeps Debian's jars; the number changes with WANTED_JARS. */
export function debianEntry(cache: string): { place: string; recipe: string } {
  return { place: join(cache, "zookeeper", "debian"), recipe: "debian:1" };
}

async function obstacle(wanted: Wanted): Promise<string | undefined> {
  for (const program of ["apt-get", "dpkg-deb"]) {
    if ((await findProgram(program, wanted.env)) === undefined) return "this is no Debian";
  }
  const policy = await ask(["policy", PACKAGE], wanted);
  const candidate = /^\s*Candidate: (\d+\.\d+\.\d+)/m.exec(policy)?.[1];
  if (candidate === undefined)
    return "Debian's package lists do not have ZooKeeper (apt-get update)";
  if (wanted.exactly && candidate !== wanted.version) {
    return `Debian has ${candidate}, not ${wanted.version}`;
  }
  return undefined;
}

async function fetchPackages(directory: string, wanted: Wanted): Promise<{ version: string }> {
  wanted.say("fetching ZooKeeper from Debian's packages (about 12 MB, nothing is installed)");
  const work = await mkdtemp(join(directory, "packages-"));
  const root = join(work, "root");
  await mkdir(root);
  await runOrExplain("apt-get", ["download", ...(await packages(wanted))], work, wanted);
  for (const name of await readdir(work)) {
    if (!name.endsWith(".deb")) continue;
    await runOrExplain("dpkg-deb", ["-x", join(work, name), root], work, wanted);
  }
  await copyJars(join(root, "usr", "share", "java"), directory);
  await rm(work, { recursive: true, force: true });
  const version = serverVersion(await readdir(directory));
  if (version === undefined) {
    throw new LabError("environment", `${PACKAGE}: the package has no zookeeper-<version>.jar`);
  }
  return { version };
}

/** Those of WANTED_JARS that this release's ZooKeeper depends on: 3.4 has neither Jetty nor Jackson. */
async function packages(wanted: Wanted): Promise<readonly string[]> {
  const depends = await ask(["depends", PACKAGE], wanted);
  const named = new Set([...depends.matchAll(/^\s*\|?Depends: (\S+)/gm)].map((match) => match[1]));
  return Object.keys(WANTED_JARS).filter(
    (name) => name === PACKAGE || named.has(name) || INDIRECT.includes(name),
  );
}

/** Debian names each jar twice, with and without its version; the former is what says the version. */
async function copyJars(from: string, to: string): Promise<void> {
  const present = await readdir(from);
  for (const base of Object.values(WANTED_JARS).flat()) {
    const name = present.find(
      (jar) => jar.startsWith(`${base}-`) && /^\d/.test(jar.slice(base.length + 1)),
    );
    if (name === undefined) continue;
    const path = join(from, name);
    // A link into a package that was not fetched: the server's start decides whether it is missed.
    const dangling = await access(path).then(
      () => false,
      () => true,
    );
    if (!dangling) await copyFile(path, join(to, name));
  }
}

async function ask(args: readonly string[], wanted: Wanted): Promise<string> {
  const env = { ...wanted.env, LC_ALL: "C" };
  const result = await wanted.run("apt-cache", args, { timeoutMs: QUERY_LIMIT_MS, env });
  return result.stdout;
}

async function runOrExplain(
  command: "apt-get" | "dpkg-deb",
  args: readonly string[],
  cwd: string,
  wanted: Wanted,
): Promise<void> {
  const { env, signal } = wanted;
  const result = await wanted.run(command, args, {
    timeoutMs: command === "apt-get" ? DOWNLOAD_LIMIT_MS : UNPACK_LIMIT_MS,
    cwd,
    env,
    ...(signal === undefined ? {} : { signal }),
  });
  if (succeeded(result)) return;
  if (result.outcome === "aborted") {
    throw new LabError("interrupted", "fetching ZooKeeper from Debian's packages was interrupted");
  }
  throw new LabError(
    "environment",
    `ZooKeeper from Debian's packages: ${command} ${howItEnded(result)}\n${tailOf(result)}`,
  );
}
