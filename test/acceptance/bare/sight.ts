/**
 * A look that has never seen anything proves nothing: before the bare machine is judged by what is
 * left on it, one thing of each kind is planted and must be seen, and must be gone when taken away.
 */

import { execFileSync } from "node:child_process";
import { LabError } from "../../../lab/errors.ts";
import { leftovers, type Traces, tracesOf } from "./leftovers.ts";
import type { BareMachine } from "./machine.ts";

const PLANT_LIMIT_MS = 10_000;
const NAME = "zklabplanted";
const KINDS = ["process", "namespace mnt", "namespace net", "link", "firewall"];

/** Throws LabError("environment") where the look from outside misses something or sees ghosts. */
export async function proveSight(machine: BareMachine): Promise<void> {
  const before = tracesOf(machine.processTable);
  const seen = await withPlanted(machine, () => leftovers(before, tracesOf(machine.processTable)));
  const missed = KINDS.filter((kind) => !seen.some((trace) => trace.startsWith(kind)));
  if (missed.length > 0) {
    throw new LabError("environment", `look for leftovers: planted but not seen: ${missed}`);
  }
  const ghosts = leftovers(before, tracesOf(machine.processTable));
  if (ghosts.length === 0) return;
  throw new LabError("environment", `look for leftovers: taken away but seen: ${ghosts}`);
}

async function withPlanted(machine: BareMachine, look: () => Traces): Promise<Traces> {
  // `echo` comes after the namespaces were made: unshare runs it inside them.
  const line =
    "setsid unshare --net --mount sh -c 'echo $$ > /root/planted; exec sleep 300' >/dev/null 2>&1 & " +
    "until [ -s /root/planted ]; do sleep 0.05; done";
  const { code } = await machine.run(line, PLANT_LIMIT_MS);
  if (code !== 0) throw new LabError("environment", `plant a process: exit ${code}`);
  try {
    execFileSync("ip", ["link", "add", "name", NAME, "type", "bridge"]);
    execFileSync("nft", ["add", "table", "inet", NAME]);
    return look();
  } finally {
    execFileSync("sh", ["-c", `ip link delete ${NAME}; nft delete table inet ${NAME}; true`]);
    const pid = "$(cat /root/planted)";
    const gone = `until ! kill -0 ${pid} 2>/dev/null; do sleep 0.05; done; rm /root/planted`;
    await machine.run(`kill ${pid}; ${gone}`, PLANT_LIMIT_MS);
  }
}
