/**
 * A container's processes as the engine's host sees them, where that host is this machine: all of them
 * by their cgroup, since the engine's own signal reaches only process 1 and, where that is a shell or
 * tini, stops nothing that matters. Signals go by host pid: one write and one kill(2) each.
 */

import { readFileSync, readlinkSync } from "node:fs";
import { processState } from "../local/processes.ts";
import type { ProcessState } from "../runtime.ts";
import type { ContainerProcesses } from "./container-processes.ts";

/**
 * Undefined where they cannot be had: the pid is not this machine's process in that container's cgroup
 * (the engine is elsewhere, and the number means another process), or another user's.
 */
export function hostProcesses(container: string, pid: number): ContainerProcesses | undefined {
  const file = pid > 0 ? procsFile(container, pid) : undefined;
  if (file === undefined || !maySignal(pid)) return undefined;
  const processes = (): readonly ProcessState[] =>
    pidsIn(file).flatMap((one) => {
      const state = processState(one);
      return state === undefined || state.state === "Z" ? [] : [state];
    });
  return {
    processes: () => Promise.resolve(processes()),
    // Not awaited for anything: the processes are signalled when it returns.
    signal: async (signal) => {
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

/** Whether this is a process of ours, by our own /proc, in that container's cgroup. */
export function isHere(container: string, pid: number): boolean {
  return pid > 0 && procsFile(container, pid) !== undefined;
}

/** Why no rule can be put into a container's own network namespace; undefined where one can. */
export function whyNoNodeNetwork(container: string, pid: number): string | undefined {
  if (!isHere(container, pid)) return "the engine's host is another machine";
  return process.getuid?.() === 0 ? undefined : "it needs root on the engine's host";
}

/** Whether it reads the same CLOCK_MONOTONIC as we: on this kernel, and in the same time namespace. */
export function sharesClock(container: string, pid: number): boolean {
  if (!isHere(container, pid)) return false;
  const namespace = (which: string): string | undefined => {
    try {
      return readlinkSync(`/proc/${which}/ns/time`);
    } catch {
      // Another user's, or a kernel without time namespaces.
      return undefined;
    }
  };
  const theirs = namespace(String(pid));
  return theirs === undefined || theirs === namespace("self");
}

/** The container's own group, e.g. /sys/fs/cgroup/pids/docker/<id>/cgroup.procs (v1). */
function procsFile(container: string, pid: number): string | undefined {
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
  // By the container's own id: another engine's container may have a process of the same number.
  return file.includes(container) && pidsIn(file).includes(pid) ? file : undefined;
}

function maySignal(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !isCode(error, "EPERM");
  }
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
