/**
 * The ZooKeeper versions that zklab knows, and what differs between the lines where a server is set
 * up. Anything else that Maven has may be asked for by number; these are the ones that are tested.
 */

import { LabError } from "../../errors.ts";

/**
 * The newest 3.9 that Maven can resolve. (3.9.6 and 3.8.7 are listed on Maven Central since October
 * 2026 but without their parent pom, so no build can depend on them.)
 */
export const DEFAULT_ZOOKEEPER_VERSION = "3.9.5";

/** The newest of each line, 3.9.3 (the last that takes a jump of the counter) and 3.8.0 (Debian 12's). */
export const KNOWN_ZOOKEEPER_VERSIONS: readonly string[] = [
  "3.4.14",
  "3.5.10",
  "3.6.4",
  "3.7.2",
  "3.8.0",
  "3.8.6",
  "3.9.3",
  DEFAULT_ZOOKEEPER_VERSION,
];

/** The library that the server logs through, so which configuration file it reads. */
export type ServerLogging = "logback" | "log4j";

/** `3.9.5` as `[3, 9, 5]`; undefined for anything that is not a release number from 3.4 on. */
export function parseVersion(text: string): readonly [number, number, number] | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})$/.exec(text);
  if (match === null) return undefined;
  const [major, minor, patch] = match.slice(1).map(Number);
  if (major === undefined || minor === undefined || patch === undefined) return undefined;
  return major === 3 && minor >= 4 ? [major, minor, patch] : undefined;
}

/** Throws LabError("usage") for what is no release that zklab knows how to start. */
export function assertRelease(version: string): void {
  if (parseVersion(version) !== undefined) return;
  throw new LabError("usage", `ZooKeeper version "${version}": not a release from 3.4 on`, {
    hint: `give a release number such as ${DEFAULT_ZOOKEEPER_VERSION}`,
  });
}

/**
 * The profiles of maven/pom.xml that a version needs. Up to 3.5.9, 3.6.3 and 3.7.0 log4j 1.2 is an
 * ordinary dependency and arrives by itself; then reload4j, its maintained fork, "provided"
 * (ZOOKEEPER-4455); from 3.8.0 logback (ZOOKEEPER-4427).
 */
export function mavenProfiles(version: string): readonly string[] {
  const [, minor = 0, patch = 0] = parseVersion(version) ?? [];
  if (minor === 4) return [];
  const profiles = ["admin-server"];
  if (minor >= 6) profiles.push("metrics");
  if (minor >= 8) profiles.push("logback");
  else if (patch >= (RELOAD4J_SINCE[minor] ?? 0)) profiles.push("reload4j");
  return profiles;
}

const RELOAD4J_SINCE: Readonly<Record<number, number>> = { 5: 10, 6: 4, 7: 1 };
