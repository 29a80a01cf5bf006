/**
 * The watchdog's program: `watchdog.js RUN`, stdin is the pipe from the lab (guard.ts). At its end
 * without a goodbye it heals and removes what the run owns, heals what it did to others' containers, and
 * exits: healed within 5 s, containers gone within 30 s. It imports nothing that it does not need, since one stands beside each lab.
 */

import { setTimeout as delay } from "node:timers/promises";
import { openEngine } from "./engine.ts";
import { GOODBYE, inForce } from "./guard.ts";
import { healRun, removeRun, undo } from "./leftovers.ts";

const ATTEMPTS = 20;
const RETRY_MS = 1_000;

// The lab's terminal is not ours: what interrupts the lab must leave its watchdog standing.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => undefined);

const run = process.argv[2] ?? "";
let heard = "";
for await (const chunk of process.stdin) heard += String(chunk);
if (!heard.endsWith(GOODBYE) && run !== "") await cleanUp(run);

/** The engine may be busy making what the lab asked for last, so once is not enough. */
async function cleanUp(label: string): Promise<void> {
  const docker = await openEngine();
  const others = [...inForce(heard)].map(([id, deed]) => undo(docker.getContainer(id), deed));
  await Promise.allSettled([healRun(docker, label), ...others]);
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const removed = await removeRun(docker, label).catch(() => undefined);
    const nothing = removed !== undefined && removed.containers + removed.networks === 0;
    if (nothing && attempt > 1) return;
    await delay(RETRY_MS);
  }
}
