/** What the faults that end servers' processes have in common. */

import { setTimeout as delay } from "node:timers/promises";
import type { EnsembleControl } from "../lab/ensemble/control.ts";
import { LabError } from "../lab/errors.ts";
import type { LabNode } from "../lab/runtime/runtime.ts";
import type { Effect, FaultContext } from "./fault.ts";

const EXIT_LIMIT_MS = 10_000;
const SERVE_LIMIT_MS = 30_000;

export function ensembleOf({ ensemble }: FaultContext, fault: string): EnsembleControl {
  if (ensemble !== undefined) return ensemble;
  throw new LabError("fault", `inject ${fault}: there is no ensemble to inject it in`);
}

export async function leaderOf(ensemble: EnsembleControl): Promise<string | undefined> {
  return (await ensemble.look()).find((view) => view.role === "leader")?.server;
}

/** Throws LabError("fault") where one of them could not be started again. */
export function demandRestart(
  ensemble: EnsembleControl,
  servers: readonly string[],
  { how, hint }: { readonly how: string; readonly hint: string },
): void {
  const stuck = servers.filter((server) => !ensemble.canRestart(server));
  if (stuck.length === 0) return;
  const names = stuck.join(", ");
  throw new LabError("fault", `${how} ${names}: the runtime cannot start it again`, { hint });
}

/** Waits for their processes to be gone; gives those that still run at the limit. */
export async function untilExited(
  ensemble: EnsembleControl,
  servers: readonly string[],
): Promise<readonly string[]> {
  const limit = new AbortController();
  const late = delay(EXIT_LIMIT_MS, undefined, { signal: limit.signal }).catch(() => undefined);
  const running = new Set(servers);
  const exits = servers.map((server) => ensemble.exited(server).then(() => running.delete(server)));
  await Promise.race([Promise.all(exits), late]);
  limit.abort();
  return [...running];
}

/**
 * Starts those of them again whose process is gone, and waits until the whole ensemble serves. One after
 * the other, the lowest address first: a container engine gives the lowest that is free to the next that
 * starts, and where all were away everybody has to get their own again.
 */
export async function serveAgain(
  ensemble: EnsembleControl,
  nodes: readonly LabNode[],
): Promise<Effect> {
  const byAddress = [...nodes].sort((a, b) =>
    a.address.localeCompare(b.address, "en", { numeric: true }),
  );
  for (const node of byAddress) {
    if ((await node.processes()).length === 0) await ensemble.restart(node.name);
  }
  await ensemble.untilServing(SERVE_LIMIT_MS);
  const leader = await leaderOf(ensemble);
  return { proven: true, proof: `every server serves, ${leader ?? "nobody"} leads`, pids: [] };
}
