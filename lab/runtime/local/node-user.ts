/**
 * Whom servers and contenders run as. A lab that is root gives them to nobody; a rootless lab has no
 * other user to give (its namespace maps only its own), so they stay the user's own, which is called
 * root inside but has lost every capability.
 */

import { readFileSync } from "node:fs";

const NOBODY = { uid: 65534, gid: 65534 };

/** Undefined in a rootless lab: files and processes stay the user's own. */
export function nodeUser(): { readonly uid: number; readonly gid: number } | undefined {
  return isRootless() ? undefined : NOBODY;
}

/** The command that sheds all privileges before it runs the words that follow. */
export function dropPrivileges(): readonly string[] {
  const user = nodeUser();
  const identity =
    user === undefined
      ? ["--bounding-set=-all"]
      : ["--reuid", String(user.uid), "--regid", String(user.gid), "--clear-groups"];
  return ["setpriv", ...identity, "--no-new-privs", "--inh-caps=-all", "--"];
}

/** Real root's map covers all ids in one line; a rootless lab's covers one id. */
function isRootless(): boolean {
  const [line = ""] = readFileSync("/proc/self/uid_map", "utf8").split("\n");
  return line.trim().split(/\s+/)[2] === "1";
}
