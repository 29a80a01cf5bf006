/**
 * Decides whether some jars are a ZooKeeper server: one `zookeeper-<version>.jar` (and its jute),
 * exactly one slf4j binding, and a JVM that, given them, really starts QuorumPeerMain.
 */

import { basename } from "node:path";
import { LabError } from "../../errors.ts";
import { type RunCommand, tailOf } from "./command.ts";
import type { ServerLogging } from "./versions.ts";

const START_LIMIT_MS = 30_000;
const SERVER_JAR = /^zookeeper-(\d+\.\d+\.\d+)\.jar$/;
const BINDINGS: readonly (readonly [RegExp, ServerLogging])[] = [
  [/^logback-classic\b/, "logback"],
  [/^slf4j-(reload4j|log4j12)\b/, "log4j"],
];
/** Bindings that would compete with the one chosen, in jars of a whole distribution. */
const OTHER_BINDINGS = /^slf4j-(simple|nop|jdk14|jcl|android)\b|^log4j-slf4j-impl\b/;

/** The version in the name of the server's jar; undefined where there is no such jar. */
export function serverVersion(jars: readonly string[]): string | undefined {
  for (const jar of jars) {
    const version = SERVER_JAR.exec(basename(jar))?.[1];
    if (version !== undefined) return version;
  }
  return undefined;
}

/** Which logging library the jars bind slf4j to; undefined for none. Several: see oneBinding. */
export function loggingOf(jars: readonly string[]): ServerLogging | undefined {
  return BINDINGS.find(([name]) => jars.some((jar) => name.test(basename(jar))))?.[1];
}

/** The same jars with one slf4j binding: two would be chosen between by chance of the order. */
export function oneBinding(jars: readonly string[]): readonly string[] {
  const chosen = BINDINGS.flatMap(([name]) => jars.filter((jar) => name.test(basename(jar))))[0];
  const isBinding = (name: string): boolean =>
    OTHER_BINDINGS.test(name) || BINDINGS.some(([binding]) => binding.test(name));
  return jars.filter((jar) => jar === chosen || !isBinding(basename(jar)));
}

/**
 * Starts QuorumPeerMain without a configuration: it loads the server, prints its usage and exits
 * with 2 (`ExitCode.INVALID_INVOCATION`; 3.4's main does the same by number). A missing class ends
 * with 1. Throws LabError("environment") with the JVM's last words.
 */
export async function checkServerStarts(
  jars: readonly string[],
  java: string,
  run: RunCommand,
): Promise<void> {
  const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
  // File names only: class paths are looked up often, and Java separates them as the system does.
  const classPath = jars.join(process.platform === "win32" ? ";" : ":");
  const result = await run(java, ["-XX:TieredStopAtLevel=1", "-cp", classPath, main], {
    timeoutMs: START_LIMIT_MS,
  });
  if (result.outcome === "exited" && result.code === 2) return;
  throw new LabError(
    "environment",
    `ZooKeeper ${serverVersion(jars) ?? "(no version)"}: ${main} does not start with ${java}\n${tailOf(result)}`,
    { hint: "the Java may be too old for this ZooKeeper (3.9 needs 8 or later)" },
  );
}
