/**
 * A container's processes by the engine's API alone: for an engine on another machine, and for processes
 * that this user may not signal. Its signal reaches process 1 and no other, so whether SIGSTOP stopped
 * the container is read from the process table (`top`); where it did not, because process 1 is a shell or
 * tini, the whole container is frozen instead (`pause`). Some 10 to 30 ms, where a kill(2) takes 0.03.
 */

import { setTimeout as delay } from "node:timers/promises";
import type Dockerode from "dockerode";
import type { ProcessState } from "../runtime.ts";
import type { ContainerProcesses } from "./container-processes.ts";

/** What a process of a frozen container is said to be in: the freezer has no letter of its own. */
export const FROZEN = "frozen";

const STOPPED = "T";
const STOP_LIMIT_MS = 300;
const POLL_MS = 10;
/** It ended, or does not run: nothing left to signal. */
const NOT_RUNNING = [404, 409];

export function engineProcesses(container: Dockerode.Container): ContainerProcesses {
  const processes = (): Promise<readonly ProcessState[]> => table(container);
  const signal = async (name: NodeJS.Signals): Promise<readonly number[]> => {
    const before = await processes();
    if (name === "SIGSTOP") await stop(container);
    else if (name === "SIGCONT") await resume(container, before);
    else await unlessGone(container.kill({ signal: name }));
    return before.map(({ pid }) => pid);
  };
  return { processes, signal };
}

async function stop(container: Dockerode.Container): Promise<void> {
  await unlessGone(container.kill({ signal: "SIGSTOP" }));
  const deadline = performance.now() + STOP_LIMIT_MS;
  for (;;) {
    const states = await table(container);
    if (states.every(({ state }) => state === STOPPED)) return;
    if (performance.now() > deadline) break;
    await delay(POLL_MS);
  }
  await unlessGone(container.kill({ signal: "SIGCONT" }));
  await unlessGone(container.pause());
}

/** Undoes either way of stopping, and nothing where neither is in force. */
async function resume(
  container: Dockerode.Container,
  states: readonly ProcessState[],
): Promise<void> {
  const word = (state: string): boolean => states.some((one) => one.state === state);
  if (word(FROZEN)) await unlessGone(container.unpause());
  if (word(STOPPED)) await unlessGone(container.kill({ signal: "SIGCONT" }));
}

/**
 * Process 1 and all that it started. What came in by an exec (our relays, a health check) is not the
 * program's: it hangs below the engine's shim, not below process 1.
 */
async function table(container: Dockerode.Container): Promise<readonly ProcessState[]> {
  const [inspected, top] = await Promise.all([
    container.inspect(),
    unlessGone(container.top({ ps_args: "-o pid,ppid,stat,comm" })),
  ]);
  const { Pid: first, Paused: paused } = inspected.State;
  const rows = (
    (top as { Processes?: readonly (readonly string[])[] } | undefined)?.Processes ?? []
  )
    .map(([pid, parent, state, ...command]) => ({
      pid: Number(pid),
      parent: Number(parent),
      state: state?.[0] ?? "?",
      command: command.join(" "),
    }))
    .filter(({ state }) => state !== "Z");
  const own = new Set([first]);
  for (let before = 0; before !== own.size; ) {
    before = own.size;
    for (const { pid, parent } of rows) if (own.has(parent)) own.add(pid);
  }
  return rows
    .filter(({ pid }) => own.has(pid))
    .map(({ pid, state, command }) => ({ pid, state: paused ? FROZEN : state, command }));
}

async function unlessGone<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
    if (NOT_RUNNING.some((known) => known === status)) return undefined;
    throw error;
  }
}
