/**
 * A minimal Debian on disk: minbase, git and ca-certificates from the machine's own package sources,
 * and this machine's Node with npm and its headers. How the machine reaches the registries (apt's
 * settings, npm's, Maven's, its own CA certificates) is copied when it is made and kept nowhere else.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, cpSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { LabError } from "../../../lab/errors.ts";

const MAKE_LIMIT_MS = 10 * 60_000;
const OWN_CERTIFICATES = "/usr/local/share/ca-certificates";
/** How apt reaches its sources; its index targets and the like are left at their defaults. */
const APT_SETTINGS = /^Acquire::(Check-|Retries|https?::|[a-z]+::Proxy|ForceIPv)/i;

/** Makes the root file system `root` (a new folder). Throws LabError("environment"). */
export function makeDebianRoot(root: string, work: string): void {
  demandTool("mmdebstrap");
  const settings = join(work, "apt.conf");
  const dump = execFileSync("apt-config", ["dump"], { encoding: "utf8" }).split("\n");
  writeFileSync(settings, `${dump.filter((line) => APT_SETTINGS.test(line)).join("\n")}\n`);
  run("mmdebstrap", [
    ...["--mode=root", "--variant=minbase", "--include=git,ca-certificates", "--quiet"],
    ...[`--aptopt=${settings}`, debianRelease(), root, ...aptSources()],
  ]);
  copyNode(root);
  copySettings(root);
  // A TMPDIR of this machine is no folder there.
  run("chroot", [root, "env", "-u", "TMPDIR", "update-ca-certificates"]);
}

/** Java and Maven, for the machine that has them already. */
export const JAVA_AND_MAVEN =
  "apt-get update && apt-get install -y --no-install-recommends \
default-jre-headless maven";

function demandTool(name: string): void {
  if (spawnSync("which", [name]).status === 0) return;
  run("apt-get", ["install", "-y", "--no-install-recommends", name]);
}

function debianRelease(): string {
  const release = execFileSync("sh", ["-c", '. /etc/os-release && echo "$ID $VERSION_CODENAME"'], {
    encoding: "utf8",
  });
  const [id, codename] = release.trim().split(" ");
  if (id === "debian" && codename !== undefined) return codename;
  throw new LabError("environment", `make a bare Debian: this machine is ${release.trim()}`, {
    hint: "the machine's own package sources are used, so it must be a Debian itself",
  });
}

function aptSources(): string[] {
  const parts = readdirSync("/etc/apt/sources.list.d")
    .filter((name) => /^debian.*\.(sources|list)$/.test(name))
    .map((name) => join("/etc/apt/sources.list.d", name));
  const main = "/etc/apt/sources.list";
  return existsSync(main) ? [main, ...parts] : parts;
}

/** Node as this machine has it: one program, npm, and the headers that lie beside it. */
function copyNode(root: string): void {
  const prefix = dirname(dirname(process.execPath));
  const into = join(root, prefix);
  mkdirSync(join(into, "bin"), { recursive: true });
  copyFileSync(process.execPath, join(into, "bin", "node"));
  for (const folder of ["lib/node_modules/npm", "include/node"]) {
    cpSync(join(prefix, folder), join(into, folder), { recursive: true });
  }
  for (const name of ["npm", "npx"]) {
    run("ln", ["-s", `../lib/node_modules/npm/bin/${name}-cli.js`, join(into, "bin", name)]);
  }
}

function copySettings(root: string): void {
  const npm = ["userconfig", "globalconfig"].map((key) =>
    execFileSync("npm", ["config", "get", key], { encoding: "utf8" }).trim(),
  );
  const maven = join(homedir(), ".m2", "settings.xml");
  const files = [...npm, "/etc/npmrc", maven, "/etc/hosts", "/etc/resolv.conf"];
  for (const file of files.filter((name) => existsSync(name))) {
    const to = join(root, file.replace(homedir(), "/root"));
    mkdirSync(dirname(to), { recursive: true });
    cpSync(file, to, { dereference: true });
  }
  if (!existsSync(OWN_CERTIFICATES)) return;
  cpSync(OWN_CERTIFICATES, join(root, OWN_CERTIFICATES), { recursive: true });
}

function run(command: string, args: readonly string[]): void {
  const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive", LC_ALL: "C" };
  const { status, stdout, stderr } = spawnSync(command, args, {
    env,
    encoding: "utf8",
    timeout: MAKE_LIMIT_MS,
  });
  if (status === 0) return;
  const tail = `${stdout}${stderr}`.slice(-2000);
  throw new LabError("environment", `make a bare Debian: ${command} ended with ${status}\n${tail}`);
}
