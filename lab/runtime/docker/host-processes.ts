/**
 * A container's processes as the engine's host sees them, where that host is this machine: all of them
 * by their cgroup, since the engine's own signal reaches only process 1 and, where that is a shell or
 * tini, stops nothing that matters. Signals go by host pid: one write and one kill(2) each.
 */

import { readFileSync } from "node:fs";
import { processState } from "../local/processes.ts";
import type { ProcessState } from "../runtime.ts";

export interface HostProcesses {
  processes(): readonly ProcessState[];
  /** Signals every process; returns the pids that were signalled. */
  signal(signal: NodeJS.Signals): readonly number[];
}

/** Undefined where the pid is not one of this machine's processes in a container's cgroup. */
export function hostProcesses(pid: number): HostProcesses | undefined {
  const file = pid > 0 ? procsFile(pid) : undefined;
  if (file === undefined) return undefined;
  const processes = (): readonly ProcessState[] =>
    pidsIn(file).flatMap((one) => {
      const state = processState(one);
      return state === undefined || state.state === "Z" ? [] : [state];
    });
  return {
    processes,
    signal: (signal) => {
      const signalled: number[] = [];
      for (const one of pidsIn(file)) {
        try {
          process.kill(one, signal);
          signalled.push(one);
        } catch (error) {
          // Gone between the look and the signal; what may not be signalled is the caller's to know.
          if (!isCode(error, "ESRCH")) throw error;
        }
      }
      return signalled;
    },
  };
}

/** The container's own group, e.g. /sys/fs/cgroup/pids/docker/<id>/cgroup.procs (v1). */
function procsFile(pid: number): string | undefined {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    return undefined;
  }
  const v1 = /^\d+:(?:[^:]*,)?pids(?:,[^:]*)?:(.+)$/m.exec(text)?.[1];
  const v2 = /^0::(.+)$/m.exec(text)?.[1];
  const file =
    v1 === undefined
      ? `/sys/fs/cgroup${v2 ?? ""}/cgroup.procs`
      : `/sys/fs/cgroup/pids${v1}/cgroup.procs`;
  // A group of the whole machine would mean that we do not see the container's own.
  const isContainers = /[0-9a-f]{64}/.test(file);
  return isContainers && pidsIn(file).includes(pid) ? file : undefined;
}

function pidsIn(file: string): readonly number[] {
  try {
    return readFileSync(file, "utf8").split("\n").filter(Boolean).map(Number);
  } catch {
    // The group goes with its last process.
    return [];
  }
}

function isCode(error: unknown, code: string): boolean {
  return error instanceof Error && "code" in error && error.code === code;
}
