/** Finds the server that a target's word means, as the servers themselves say at that moment. */

import { setTimeout as delay } from "node:timers/promises";
import { pickServer } from "../../faults/targets.ts";
import type { Ensemble, Server } from "../ensemble/ensemble.ts";
import { LabError } from "../errors.ts";
import type { FindServer } from "./stage.ts";

const POLL_MS = 40;

/** Waits for one to fit, since after an election nobody may lead for a while. */
export async function findServer(
  ensemble: Ensemble,
  word: string,
  { limitMs, signal, draw }: FindServer,
): Promise<Server> {
  const deadline = performance.now() + limitMs;
  for (;;) {
    signal.throwIfAborted();
    const views = await ensemble.look();
    const name = pickServer(word, views, draw);
    const server = ensemble.servers.find((one) => one.name === name);
    if (server !== undefined) return server;
    if (performance.now() > deadline) {
      const found = views.map(({ server: who, role }) => `${who} ${role}`).join(", ");
      throw new LabError(
        "timeout",
        `find the server ${word}: none within ${limitMs} ms (${found})`,
      );
    }
    await delay(POLL_MS);
  }
}
