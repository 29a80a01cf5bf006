/**
 * Everything that must be on the machine before a run can start, looked for all at once: a person
 * who lacks three things is told three things, not one at a time. Only looks; setup.ts installs.
 */

import { readFileSync } from "node:fs";
import { checkNativeBuild } from "./check-build.ts";
import { checkCurator } from "./check-curator.ts";
import { checkDocker } from "./check-docker.ts";
import { checkLinux } from "./check-linux.ts";
import { checkMachine } from "./check-machine.ts";
import { checkNetem } from "./check-netem.ts";
import { checkServers } from "./check-servers.ts";
import { type RunCommand, runCommand } from "./command.ts";

export interface Requirement {
  /** A word or two: `java`, `ip`, `namespaces`. */
  readonly name: string;
  readonly neededFor: string;
  /** What is there, e.g. `openjdk 17.0.15`; undefined where there is nothing. */
  readonly found: string | undefined;
  readonly ok: boolean;
  /** What to do where it is not ok; one sentence. */
  readonly remedy: string;
  /** The Debian packages that bring it; none where packages cannot help. */
  readonly packages: readonly string[];
  /**
   * `required`: no run without it. `native-client`: needed only to build the native client.
   * `curator`: needed only to build the Java contender.
   * `preferred`: there is another way (Maven). `advice`: a warning, never a reason to stop.
   */
  readonly kind: "required" | "native-client" | "curator" | "preferred" | "advice";
}

/** What the checks look at and run commands with. */
export interface Machine {
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunCommand;
  readonly platform: NodeJS.Platform;
  /** The effective user id; undefined on Windows. */
  readonly uid: number | undefined;
  /** Debian, Ubuntu or what calls itself like them. */
  readonly debianLike: boolean;
}

export function thisMachine(env: NodeJS.ProcessEnv = process.env): Machine {
  const { platform } = process;
  return { env, run: runCommand, platform, uid: process.geteuid?.(), debianLike: isDebianLike() };
}

function isDebianLike(): boolean {
  try {
    const about = readFileSync("/etc/os-release", "utf8");
    return /^ID(?:_LIKE)?=.*\b(?:debian|ubuntu)\b/m.test(about);
  } catch {
    return false;
  }
}

/** Checks everything at once (some 0.2 s); each probe is bounded in time, and none throws. */
export async function checkRequirements(
  machine: Machine = thisMachine(),
): Promise<readonly Requirement[]> {
  const checks = [
    ...[checkServers, checkLinux, checkNativeBuild],
    ...[checkCurator, checkMachine, checkNetem, checkDocker],
  ];
  const results = await Promise.all(checks.map((check) => check(machine)));
  return results.flat();
}
