/**
 * Compose for a Debian whose own is still version 1: the package of the next release, fetched with
 * package lists of our own and unpacked, not installed; only its program is taken, as the docker
 * command's plugin. The machine's sources are read (for the mirror) and never written. It runs on
 * bookworm and with engine 20.10 (needs only libc ≥ 2.34).
 */

import { access, copyFile, mkdir, mkdtemp, readdir, rename, rm, writeFile } from "node:fs/promises";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { LabError } from "../../../errors.ts";
import { type CommandResult, howItEnded, succeeded, tailOf } from "../command.ts";
import type { Machine } from "../requirements.ts";
import { findDebianMirror } from "./debian-mirror.ts";

const NEWER_SUITE = "trixie";
const PACKAGE = "docker-compose";
const PROGRAM = "usr/libexec/docker/cli-plugins/docker-compose";
const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";
const LIST_LIMIT_MS = 30_000;
const FETCH_LIMIT_MS = 3 * 60 * 1000;

/** Where the docker command looks for this user's plugins. */
export function pluginPath(env: NodeJS.ProcessEnv): string {
  const config = env["DOCKER_CONFIG"] ?? join(env["HOME"] ?? homedir(), ".docker");
  return join(config, "cli-plugins", "docker-compose");
}

/** Puts the program in place; throws LabError("environment") with the end of what apt-get said. */
export async function fetchComposePlugin(
  machine: Machine,
  say: (line: string) => void,
): Promise<string> {
  const mirror = await findDebianMirror(machine);
  const hasKeys = await access(KEYRING).then(
    () => true,
    () => false,
  );
  if (!hasKeys) throw failed(`${KEYRING} is not there, so nothing could be verified`);
  const place = pluginPath(machine.env);
  // Not below the root's home: apt-get fetches as a user of its own, who must be able to walk there.
  const work = await mkdtemp(join(tmpdir(), "zklab-compose-"));
  try {
    say(`fetching ${PACKAGE} of Debian ${NEWER_SUITE} (nothing is installed, no source is added)`);
    await fetchPackage(work, mirror, machine);
    const found = (await readdir(work)).find((name) => name.endsWith(".deb"));
    if (found === undefined) throw failed("apt-get download left no package");
    const unpack = await machine.run("dpkg-deb", ["-x", join(work, found), join(work, "root")], {
      timeoutMs: LIST_LIMIT_MS,
    });
    demand(unpack, "dpkg-deb");
    await mkdir(join(place, ".."), { recursive: true });
    // Copied beside its place and renamed: a plugin that is half there is worse than none.
    const making = `${place}.${process.pid}`;
    await copyFile(join(work, "root", PROGRAM), making);
    await rename(making, place);
    return place;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function fetchPackage(work: string, mirror: string, machine: Machine): Promise<void> {
  await mkdir(join(work, "lists", "partial"), { recursive: true });
  await mkdir(join(work, "cache", "archives", "partial"), { recursive: true });
  await writeFile(join(work, "status"), "");
  await writeFile(
    join(work, "sources.list"),
    `deb [signed-by=${KEYRING}] ${mirror} ${NEWER_SUITE} main\n`,
  );
  const own = [
    `Dir::Etc::SourceList=${work}/sources.list`,
    "Dir::Etc::SourceParts=/dev/null",
    `Dir::State::Lists=${work}/lists`,
    `Dir::State::Status=${work}/status`,
    `Dir::Cache=${work}/cache`,
    "Acquire::Languages=none",
    "APT::Sandbox::User=root",
  ].flatMap((option) => ["-o", option]);
  const options = { timeoutMs: FETCH_LIMIT_MS, cwd: work, env: { ...machine.env, LC_ALL: "C" } };
  demand(await machine.run("apt-get", [...own, "-q", "update"], options), "apt-get update");
  demand(await machine.run("apt-get", [...own, "download", PACKAGE], options), "apt-get download");
}

function demand(result: CommandResult, program: string): void {
  if (!succeeded(result)) throw failed(`${program} ${howItEnded(result)}\n${tailOf(result)}`);
}

function failed(found: string): LabError {
  return new LabError("environment", `fetch docker compose: ${found}`, {
    hint: "install Docker's compose plugin, version 2 or later, by hand",
  });
}
