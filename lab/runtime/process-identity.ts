/** Which process a pid means: pids are reused, a pid with its start time is not (proc(5)). */

import { readFileSync } from "node:fs";

/** Clock ticks since boot at which it started; undefined where it is gone, also while unreaped. */
export function startTimeOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in parentheses and may hold any byte, so look for the last one.
    const afterName = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return afterName[0] === "Z" ? undefined : afterName[19];
  } catch {
    return undefined;
  }
}

/** Pids of its children. */
export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8")
      .split(" ")
      .filter((word) => word.trim() !== "")
      .map(Number);
  } catch {
    return [];
  }
}
