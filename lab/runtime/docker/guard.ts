/**
 * The watchdog's starter: a small process in a session of its own that holds the read end of a pipe
 * from the lab. The lab's death, kill -9 too, closes the pipe; only a goodbye before that means that
 * the lab cleaned up by itself. Of containers that are not the lab's the pipe also tells, line by line,
 * what was done to them and undone again: they are healed, never removed.
 */

import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { LabError } from "../../errors.ts";

export const GOODBYE = "goodbye\n";

/** `stopped`: its processes stand still; `ended`: they were ended, and are to be started again. */
export type Deed = "stopped" | "ended" | "undone";

export interface Guard {
  /** Says what is about to be done to a container of somebody else's, or that it is undone. */
  note(deed: Deed, container: string): void;
  /** Call when nothing is left to clean up; resolves when the watchdog is gone. */
  dismiss(): Promise<void>;
}

/** What was done and not undone, by container, from what the pipe told. */
export function inForce(told: string): ReadonlyMap<string, Deed> {
  const deeds = new Map<string, Deed>();
  for (const [, deed, container = ""] of told.matchAll(/^(stopped|ended|undone) (\S+)$/gm)) {
    if (deed === "undone") deeds.delete(container);
    // What was ended while it stood still must be started again, not continued.
    else if (deed === "ended" || !deeds.has(container)) deeds.set(container, deed as Deed);
  }
  return deeds;
}

export function startGuard(run: string): Guard {
  const program = fileURLToPath(new URL("./watchdog.js", import.meta.url));
  const child = spawn(process.execPath, [program, run], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
  });
  child.on("error", () => undefined);
  if (child.pid === undefined) {
    throw new LabError("environment", "start the watchdog: no process could be made");
  }
  child.stdin.on("error", () => undefined);
  const gone = new Promise<void>((resolve) => {
    child.once("exit", () => resolve());
  });
  // Neither it nor the pipe may keep the lab's own process from ending.
  child.unref();
  if (child.stdin instanceof Socket) child.stdin.unref();
  return {
    // A short write to a pipe is made at once: it is there before what it tells of is done.
    note: (deed, container) => {
      child.stdin.write(`${deed} ${container}\n`);
    },
    dismiss: async () => {
      child.stdin.end(GOODBYE);
      child.ref();
      await gone;
    },
  };
}
