/**
 * Installing Debian packages, after consent only. Adds what was asked for and its dependencies, and
 * nothing else: the plan is simulated first, and one that would upgrade or remove a package is
 * refused (`--no-upgrade` alone protects only the packages that are named). Sources are never edited.
 */

import { readdir } from "node:fs/promises";
import { LabError } from "../../errors.ts";
import { type CommandResult, howItEnded, succeeded, tailOf } from "./command.ts";
import { findProgram } from "./java.ts";
import type { Machine } from "./requirements.ts";

const LISTS = "/var/lib/apt/lists";
const UPDATE_LIMIT_MS = 3 * 60 * 1000;
const INSTALL_LIMIT_MS = 10 * 60 * 1000;
const FLAGS = ["-y", "--no-install-recommends", "--no-upgrade", "--no-remove"];
const PACKAGES_A_LINE = 20;
/** Another apt-get may be at work (unattended upgrades): wait a while for its lock. */
const PATIENCE = ["-o", "DPkg::Lock::Timeout=60", "-o", "Dpkg::Use-Pty=0"];

/**
 * The one command line that installs these packages by hand. It reads the lists first: a fresh image
 * has none, and apt-get then knows no package at all.
 */
export function installCommand(packages: readonly string[], uid: number | undefined): string {
  const sudo = uid === 0 ? "" : "sudo ";
  const install = [...FLAGS, ...packages].join(" ");
  return `${sudo}apt-get update && ${sudo}apt-get install ${install}`;
}

/** True where packages can be installed by apt-get, given the right to do so. */
export async function hasApt(machine: Machine): Promise<boolean> {
  return machine.debianLike && (await findProgram("apt-get", machine.env)) !== undefined;
}

/** Installs them; throws LabError("environment") with the end of apt-get's output. */
export async function installPackages(
  packages: readonly string[],
  machine: Machine,
  say: (line: string) => void,
): Promise<void> {
  if (await listsAreEmpty()) await updateLists(machine, say);
  let plan = await aptGet(machine, ["-s", "install", ...FLAGS, ...packages], UPDATE_LIMIT_MS);
  if (!succeeded(plan)) {
    // The lists are older than the mirror, or lack the package.
    await updateLists(machine, say);
    plan = await aptGet(machine, ["-s", "install", ...FLAGS, ...packages], UPDATE_LIMIT_MS);
  }
  demand(plan, `planning the installation of ${packages.join(", ")}`);
  refuseChanges(plan, packages, machine);
  const count = plan.stdout.split("\n").filter((line) => line.startsWith("Inst ")).length;
  say(`installing ${packages.join(", ")} with apt-get (${count} packages in all)`);
  let result = await install(packages, machine, say);
  if (!succeeded(result) && /404 +Not Found|Unable to fetch some archives/.test(result.stderr)) {
    await updateLists(machine, say);
    result = await install(packages, machine, say);
  }
  demand(result, `installing ${packages.join(", ")}`);
}

function install(
  packages: readonly string[],
  machine: Machine,
  say: (line: string) => void,
): Promise<CommandResult> {
  const args = [...PATIENCE, "install", ...FLAGS, ...packages];
  let ready = 0;
  return aptGet(machine, args, INSTALL_LIMIT_MS, (line) => {
    if (!line.startsWith("Setting up ")) return;
    ready += 1;
    if (ready % PACKAGES_A_LINE === 0) say(`  ${ready} packages are set up`);
  });
}

async function updateLists(machine: Machine, say: (line: string) => void): Promise<void> {
  say("reading the package lists (apt-get update)");
  const result = await aptGet(machine, [...PATIENCE, "update"], UPDATE_LIMIT_MS);
  demand(result, "reading the package lists");
}

/** In a simulation, `Inst name [old] (new …)` is an upgrade, `Inst name (new …)` an installation. */
function refuseChanges(plan: CommandResult, packages: readonly string[], machine: Machine): void {
  const changes = plan.stdout.split("\n").filter((line) => /^Inst \S+ \[|^Remv /.test(line));
  if (changes.length === 0) return;
  const names = changes.map((line) => line.split(" ")[1]).join(", ");
  throw new LabError(
    "environment",
    `installing ${packages.join(", ")}: would also upgrade or remove ${names}, which zklab never does`,
    { hint: `run it yourself if that is what you want: ${installCommand(packages, machine.uid)}` },
  );
}

function demand(result: CommandResult, attempted: string): void {
  if (succeeded(result)) return;
  throw new LabError(
    "environment",
    `${attempted}: apt-get ${howItEnded(result)}\n${tailOf(result)}`,
  );
}

function aptGet(
  machine: Machine,
  args: readonly string[],
  timeoutMs: number,
  onLine?: (line: string) => void,
): Promise<CommandResult> {
  const env = { ...machine.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const options = { timeoutMs, env, ...(onLine === undefined ? {} : { onLine }) };
  return machine.run("apt-get", args, options);
}

async function listsAreEmpty(): Promise<boolean> {
  const names = await readdir(LISTS).catch(() => []);
  return !names.some((name) => /_Packages(\.\w+)?$/.test(name));
}
