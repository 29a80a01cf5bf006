/** An ordinary user in the group of the engine's socket, who starts zklab from a home of its own. */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheDirectory } from "../../lab/runtime/setup/cache.ts";
import { docker } from "./engine.ts";
import type { ScratchFolder } from "./scratch-folder.ts";

/** Nobody's account: a uid without a name will do. */
const USER = 64_740;
const SOCKET = "/var/run/docker.sock";

export interface OrdinaryUser {
  /** The zklab that is installed for it. */
  readonly main: string;
  readonly through: readonly string[];
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
}

/** How an ordinary user who may use the engine starts zklab, with set-up copied. */
export function asOrdinaryUser(scratch: ScratchFolder): OrdinaryUser {
  const main = scratch.installZklab("zklab");
  const home = join(scratch.path, "home");
  mkdirSync(home);
  // The images are named by what is in them: with the same set-up there is nothing to build.
  for (const name of ["zookeeper", "native-client", "curator-latch"]) {
    const shared = join(cacheDirectory(), name);
    if (existsSync(shared)) cpSync(shared, join(home, "cache", name), { recursive: true });
  }
  // compose may be a plugin of root's alone.
  const info = docker(["info", "--format", "{{json .ClientInfo.Plugins}}"]);
  const plugins = JSON.parse(info) as readonly { readonly Name: string; readonly Path: string }[];
  const compose = plugins.find(({ Name }) => Name === "compose")?.Path;
  if (compose !== undefined) {
    const own = join(home, ".docker", "cli-plugins", "docker-compose");
    mkdirSync(dirname(own), { recursive: true });
    cpSync(compose, own);
  }
  execFileSync("chown", ["-R", `${USER}:${USER}`, home]);
  const group = String(statSync(SOCKET).gid);
  const as = ["--reuid", String(USER), "--regid", String(USER), "--groups", group, "--"];
  const env = { HOME: home, ZKLAB_CACHE: join(home, "cache") };
  return { main, through: ["setpriv", ...as], cwd: home, env };
}
