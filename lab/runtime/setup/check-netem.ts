/**
 * Whether the kernel can delay, lose and reorder packets (netem). Many that are built for containers or
 * small machines cannot, and nothing but asking it tells. Advice: today's faults do without.
 */

import { type CommandResult, succeeded } from "./command.ts";
import type { Machine, Requirement } from "./requirements.ts";

const PROBE_LIMIT_MS = 5_000;
// PATH as in findProgram: an ordinary user's has no sbin.
const PROBE =
  "PATH=$PATH:/usr/sbin:/sbin; ip link set lo up && tc qdisc add dev lo root netem delay 1ms";

export async function checkNetem(machine: Machine): Promise<readonly Requirement[]> {
  if (machine.platform !== "linux") return [];
  const asUser = machine.uid === 0 ? [] : ["--user", "--map-root-user"];
  const result = await machine.run("unshare", [...asUser, "--net", "sh", "-c", PROBE], {
    timeoutMs: PROBE_LIMIT_MS,
    env: machine.env,
  });
  const ok = succeeded(result);
  return [
    {
      name: "netem",
      neededFor: "delayed, lost and reordered packets (no fault of today's needs it)",
      found: ok ? "works" : reasonOf(result),
      ok,
      remedy: "load the module sch_netem (modprobe sch_netem), or use a kernel that has it",
      packages: [],
      kind: "advice",
    },
  ];
}

function reasonOf({ stderr, outcome }: CommandResult): string {
  const said = stderr.split("\n").find((line) => line.trim() !== "");
  return `not in this kernel (${said ?? outcome})`;
}
