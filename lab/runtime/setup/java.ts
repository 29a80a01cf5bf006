/**
 * Finds the Java that servers will run on: `JAVA_HOME`, else the first `java` on the path. The
 * version comes from the `release` file that every JDK and JRE since 8 carries, which costs a read
 * instead of a JVM; only where it is absent (a shim of a version manager) is `java -version` asked.
 */

import { access, constants, readFile, realpath } from "node:fs/promises";
import { delimiter, dirname, join } from "node:path";
import { type RunCommand, runCommand, succeeded } from "./command.ts";

export interface Java {
  /** Absolute path of the `java` program. */
  readonly path: string;
  /** As it says itself, e.g. `17.0.15` or `1.8.0_392`. */
  readonly version: string;
  /** 8, 11, 17, … */
  readonly major: number;
}

const JAVA_VERSION_LIMIT_MS = 10_000;

/** The Java that would be used, or undefined where there is none that answers. */
export async function findJava(
  env: NodeJS.ProcessEnv = process.env,
  run: RunCommand = runCommand,
): Promise<Java | undefined> {
  const home = env["JAVA_HOME"];
  const fromHome = home === undefined || home === "" ? undefined : join(home, "bin", "java");
  const path = (await runnable(fromHome)) ?? (await findProgram("java", env));
  if (path === undefined) return undefined;
  const version = (await releaseVersion(path)) ?? (await askVersion(path, env, run));
  return version === undefined ? undefined : { path, version, major: majorOf(version) };
}

/** The first program of this name on the path, absolute; /usr/sbin and /sbin are looked at, too. */
export async function findProgram(
  name: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string | undefined> {
  // An ordinary user's path has no sbin on Debian, and `ip` and `nft` live there.
  const directories = [...(env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const directory of directories) {
    if (directory === "") continue;
    const found = await runnable(join(directory, name));
    if (found !== undefined) return found;
  }
  return undefined;
}

/** `1.8.0_392` is 8, `17.0.15` is 17. */
export function majorOf(version: string): number {
  const [first = "0", second = "0"] = version.split(/[._+-]/);
  return Number(first === "1" ? second : first);
}

async function runnable(path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  return access(path, constants.X_OK).then(
    () => path,
    () => undefined,
  );
}

async function releaseVersion(path: string): Promise<string | undefined> {
  const real = await realpath(path);
  // A JRE 8 inside a JDK 8 lies one directory deeper than its release file.
  for (const home of [dirname(dirname(real)), dirname(dirname(dirname(real)))]) {
    const text = await readFile(join(home, "release"), "utf8").catch(() => "");
    const version = /^JAVA_VERSION="([^"]+)"/m.exec(text)?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

async function askVersion(
  path: string,
  env: NodeJS.ProcessEnv,
  run: RunCommand,
): Promise<string | undefined> {
  const result = await run(path, ["-version"], { timeoutMs: JAVA_VERSION_LIMIT_MS, env });
  if (!succeeded(result)) return undefined;
  return /version "([^"]+)"/.exec(`${result.stderr}\n${result.stdout}`)?.[1];
}
