/**
 * `pause`: SIGSTOP to every process of a node, SIGCONT to heal: what a full GC does to the outside.
 * Proven by the kernel's process state, `T`, read back for each of them.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { LabNode, ProcessState } from "../lab/runtime/runtime.ts";
import type { Effect, Fault } from "./fault.ts";

/** By a signal; or by the freezer of an engine that has no better way. */
const STOPPED: readonly string[] = ["T", "frozen"];
const PROOF_LIMIT_MS = 1_000;
const PROOF_POLL_MS = 1;

export const pause: Fault = {
  name: "pause",
  actsOn: ["contender", "server"],
  summary: "stop every process of a contender or server (SIGSTOP), as a full GC does",
  unavailable: () => (process.platform === "linux" ? undefined : "needs Linux's /proc to prove it"),
  inject: (node) =>
    signalled(
      node,
      "SIGSTOP",
      (states) => states.length > 0 && states.every((p) => STOPPED.includes(p.state)),
    ),
  heal: (node) =>
    // A process that has ended meanwhile is not stopped either.
    signalled(node, "SIGCONT", (states) => states.every((p) => !STOPPED.includes(p.state))),
};

async function signalled(
  node: LabNode,
  signal: "SIGSTOP" | "SIGCONT",
  reached: (states: readonly ProcessState[]) => boolean,
): Promise<Effect> {
  const pids = await node.signal(signal);
  const deadline = performance.now() + PROOF_LIMIT_MS;
  for (;;) {
    const states = await node.processes();
    const proof = states.map((p) => `pid ${p.pid} (${p.command}) in state ${p.state}`).join(", ");
    if (reached(states)) return { proven: true, proof: proof || "no process left", pids };
    if (performance.now() > deadline) {
      return {
        proven: false,
        proof: `${signal} sent, but ${proof || "there is no process"}`,
        pids,
      };
    }
    await delay(PROOF_POLL_MS);
  }
}
