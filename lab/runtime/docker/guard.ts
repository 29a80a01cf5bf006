/**
 * The watchdog's starter: a small process in a session of its own that holds the read end of a pipe
 * from the lab. The lab's death, kill -9 too, closes the pipe; only a goodbye before that means that
 * the lab cleaned up by itself.
 */

import { spawn } from "node:child_process";
import { Socket } from "node:net";
import { fileURLToPath } from "node:url";
import { LabError } from "../../errors.ts";

export const GOODBYE = "goodbye\n";

export interface Guard {
  /** Call when nothing is left to clean up; resolves when the watchdog is gone. */
  dismiss(): Promise<void>;
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
    dismiss: async () => {
      child.stdin.end(GOODBYE);
      child.ref();
      await gone;
    },
  };
}
