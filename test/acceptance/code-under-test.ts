/**
 * Which code the counted runs are about. Not the commit alone: what runs is what was built, and what
 * is read beside it (scenarios, Maven's pom). Counted runs of one fingerprint may be added up, runs
 * of two never; so a rebuild in the middle of a count ends the count.
 */

import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";

const FOLDERS = ["lab", "faults", "contenders"];

/** A hash of all that runs: the built modules of lab, faults and contenders, and their data files. */
export function fingerprint(root: string = packageRoot()): string {
  const built = FOLDERS.flatMap((folder) => filesIn(join(root, "dist", folder))).filter((path) =>
    path.endsWith(".js"),
  );
  const data = FOLDERS.flatMap((folder) => filesIn(join(root, folder))).filter(
    (path) => !path.endsWith(".ts"),
  );
  const lock = join(root, "package-lock.json");
  const hash = createHash("sha256");
  for (const path of [...built, ...data, lock]) {
    const content = createHash("sha256").update(readFileSync(path)).digest("hex");
    hash.update(`${content}  ${relative(root, path)}\n`);
  }
  return hash.digest("hex");
}

function filesIn(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
}

export interface Commit {
  readonly commit: string;
  /** Whether lab, faults or contenders differ from that commit. */
  readonly modified: boolean;
}

export function commitOf(root: string = packageRoot()): Commit {
  const git = (...args: string[]): string =>
    execFileSync("git", ["-C", root, ...args], { encoding: "utf8" }).trim();
  return {
    commit: git("rev-parse", "HEAD"),
    modified: git("status", "--porcelain", "--", ...FOLDERS) !== "",
  };
}
