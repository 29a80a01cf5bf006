/** Processes as /proc tells them: which belong to a node (same network namespace), in what state. */

import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import type { ProcessState } from "../runtime.ts";

/** The network namespace of a process, e.g. `net:[4026532281]`; undefined where it is gone. */
export function networkNamespace(pid: number): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/net`);
  } catch {
    return undefined;
  }
}

/** State letter and command name; undefined where the process is gone. `Z` is gone but unreaped. */
export function processState(pid: number): ProcessState | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name stands in parentheses and may itself hold any byte, so look for the last one.
    const close = stat.lastIndexOf(")");
    return {
      pid,
      state: stat[close + 2] ?? "?",
      command: stat.slice(stat.indexOf("(") + 1, close),
    };
  } catch {
    return undefined;
  }
}

/** Every live process in this network namespace, without the excluded one. */
export function processesIn(namespace: string, exclude: number): ProcessState[] {
  const found: ProcessState[] = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === exclude || networkNamespace(pid) !== namespace) continue;
    const state = processState(pid);
    if (state !== undefined && state.state !== "Z") found.push(state);
  }
  return found;
}
