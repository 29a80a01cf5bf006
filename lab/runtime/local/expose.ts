/**
 * Servers and contenders run as an ordinary user, who may not be able to walk to a file that the
 * lab can reach (a clone below /root). The lab's mount namespace is private, so such a path is bound
 * to a short one under /run/zklab that everybody can walk to. Nothing of it is visible outside.
 */

import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, realpathSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join, sep } from "node:path";
import { packageRoot } from "../../package-root.ts";

const EXPOSED = "/run/zklab";
const OTHERS_MAY_SEARCH = 0o001;

export class Exposures {
  /** Bound folder → where it is bound to. */
  readonly #bound = new Map<string, string>();

  /** Makes /run a small private tmpfs; call once, first. */
  constructor() {
    execFileSync("mount", ["-t", "tmpfs", "-o", "mode=755,size=1m", "tmpfs", "/run"]);
    mkdirSync(EXPOSED);
  }

  /** A path to the same file that everybody can walk to. */
  expose(named: string): string {
    // A link may lead from where everybody can walk to where only the lab can.
    const path = realpathSync(named);
    for (const [from, to] of this.#bound) {
      if (path === from || path.startsWith(from + sep)) return to + path.slice(from.length);
    }
    if (isSearchable(path)) return path;
    const root = folderOf(path);
    const to = join(EXPOSED, String(this.#bound.size + 1));
    mkdirSync(to);
    execFileSync("mount", ["--rbind", root, to]);
    this.#bound.set(root, to);
    return to + path.slice(root.length);
  }
}

function isSearchable(path: string): boolean {
  for (let at = dirname(path); ; at = dirname(at)) {
    if ((statSync(at).mode & OTHERS_MAY_SEARCH) === 0) return false;
    if (at === dirname(at)) return true;
  }
}

/**
 * The folder that holds what this file needs beside itself, and no more: what is bound can be read by
 * every contender. Code below node_modules needs the folder above the outermost one, where its
 * dependencies are; zklab's own code all of zklab; a program such as bin/java the lib beside bin.
 */
function folderOf(path: string): string {
  const at = path.indexOf(`${sep}node_modules${sep}`);
  if (at > 0) return path.slice(0, at);
  if (statSync(path).isDirectory()) return path;
  if (path.startsWith(packageRoot() + sep)) return packageRoot();
  const folder = dirname(path);
  const above = dirname(folder);
  const isInstalled = basename(folder) === "bin" && existsSync(join(above, "lib"));
  return isInstalled && above !== homedir() ? above : folder;
}
