/**
 * `outage`: every server goes away at once, by SIGKILL or SIGTERM, and healing starts all of them again
 * with the same data. Proven by their processes, which are gone; healed when every server serves. How long
 * it lasts is for the scenario to say: beyond a session timeout no client can tell whether its session
 * lives on. It does: only a leader counts, and a new one gives every session its whole timeout again.
 */

import { z } from "zod";
import type { Fault } from "./fault.ts";
import { demandRestart, ensembleOf, serveAgain, untilExited } from "./server-process.ts";

const optionsSchema = z.strictObject({ how: z.enum(["kill", "stop"]).default("kill") });

export const outage: Fault = {
  name: "outage",
  summary: "kill or stop every server at once, and start all of them again",
  actsOn: ["ensemble"],
  options: optionsSchema,
  unavailable: () => undefined,
  inject: async (_node, context, options) => {
    const { how } = optionsSchema.parse(options);
    const ensemble = ensembleOf(context, "outage");
    const names = ensemble.nodes.map((node) => node.name);
    demandRestart(ensemble, names, { how, hint: "use --runtime local" });
    const signal = how === "kill" ? "SIGKILL" : "SIGTERM";
    const pids = (await Promise.all(ensemble.nodes.map((node) => node.signal(signal)))).flat();
    const running = await untilExited(ensemble, names);
    if (running.length > 0) {
      const proof = `${signal} sent, but of ${names.join(", ")} there still run: ${running.join(", ")}`;
      return { proven: false, proof, pids };
    }
    return { proven: true, proof: `${signal} ended ${names.join(", ")}`, pids };
  },
  heal: (_node, context) => {
    const ensemble = ensembleOf(context, "outage");
    return serveAgain(ensemble, ensemble.nodes);
  },
};
