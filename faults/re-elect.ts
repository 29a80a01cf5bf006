/**
 * `re-elect`: the leading server goes away, so that the others must elect another. `kill` (SIGKILL) and
 * `stop` (SIGTERM) end its process and healing starts it again with the same data; `pause` (SIGSTOP) leaves
 * it where it stands; `isolate` cuts it off from everybody. Proven by the process (gone, or in state T) or
 * by packets that do not arrive, and healed when every server serves.
 */

import { z } from "zod";
import type { EnsembleControl } from "../lab/ensemble/control.ts";
import { LabError } from "../lab/errors.ts";
import type { LabNode } from "../lab/runtime/runtime.ts";
import type { Effect, Fault } from "./fault.ts";
import { cutOff, mendCut } from "./partition.ts";
import { pause } from "./pause.ts";
import { demandRestart, ensembleOf, leaderOf, serveAgain, untilExited } from "./server-process.ts";

const optionsSchema = z.strictObject({
  how: z.enum(["kill", "stop", "pause", "isolate"]).default("kill"),
});

export const reElect: Fault = {
  name: "re-elect",
  summary: "kill, stop, pause or cut off the leading server, so that the others elect another",
  actsOn: ["server"],
  options: optionsSchema,
  unavailable: () => pause.unavailable(),
  inject: async (node, context, options) => {
    const { how } = optionsSchema.parse(options);
    const ensemble = ensembleOf(context, "re-elect");
    const before = await leaderOf(ensemble);
    if (before !== node.name) {
      const found = before === undefined ? "nobody leads" : `${before} leads`;
      throw new LabError("fault", `re-elect by ${node.name}: it does not lead, ${found}`, {
        hint: "target leader-server",
      });
    }
    if (how === "pause") return await pause.inject(node, context, {});
    if (how === "isolate") return await cutOff(node, context, "isolate");
    const hint = "use `how: pause`, or --runtime local";
    demandRestart(ensemble, [node.name], { how, hint });
    return await end(node, ensemble, how === "kill" ? "SIGKILL" : "SIGTERM");
  },
  heal: async (node, context, options) => {
    const { how } = optionsSchema.parse(options);
    const ensemble = ensembleOf(context, "re-elect");
    if (how === "pause") {
      const resumed = await pause.heal(node, context, {});
      if (!resumed.proven) return resumed;
    } else if (how === "isolate") {
      const heard = await mendCut(context);
      if (!heard.proven) return heard;
    }
    return await serveAgain(ensemble, [node]);
  },
};

async function end(
  node: LabNode,
  ensemble: EnsembleControl,
  signal: NodeJS.Signals,
): Promise<Effect> {
  const pids = await node.signal(signal);
  const running = await untilExited(ensemble, [node.name]);
  if (running.length > 0) {
    return { proven: false, proof: `${signal} sent, but ${node.name} still runs`, pids };
  }
  return { proven: true, proof: `${signal} ended ${node.name}, which led`, pids };
}
