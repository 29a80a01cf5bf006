/**
 * `reset`: whatever a node sends to the servers' client port is answered with RST: established
 * connections break at their next segment (a heartbeat at the latest), new ones are refused, until it
 * is healed. The session lives on; only its connection is lost. One nftables rule in the node's own
 * network namespace, proven by a connect from the node that is refused, and healed by one that is not.
 * Rejecting what comes in as well would swallow those very RSTs: they come in from the same port.
 */

import { randomBytes } from "node:crypto";
import type { LabNode } from "../lab/runtime/runtime.ts";
import type { Effect, Fault, FaultContext } from "./fault.ts";

const TABLE = "zklab_reset";
const CONNECT_LIMIT_S = 2;

export const reset: Fault = {
  name: "reset",
  summary: "answer every connection from a contender to the servers with RST, refuse new ones",
  needs: "node-network",
  unavailable: () => (process.platform === "linux" ? undefined : "needs nftables"),
  inject: async (node, context) => {
    const port = context.clientPort;
    await node.shell(
      `nft 'table ip ${TABLE} { ` +
        `chain out { type filter hook output priority 0; tcp dport ${port} reject with tcp reset; }; }'`,
    );
    return connectEffect(node, context, "refused");
  },
  heal: async (node, context) => {
    await node.shell(`nft delete table ip ${TABLE} 2>/dev/null || true`);
    return connectEffect(node, context, "accepted");
  },
};

/** One connect from inside the node to a server; a random word keeps the answers apart. */
async function connectEffect(
  node: LabNode,
  { serverAddresses, clientPort }: FaultContext,
  expected: "refused" | "accepted",
): Promise<Effect> {
  const server = serverAddresses[0];
  const word = randomBytes(4).toString("hex");
  const answer = await node.shell(
    `timeout ${CONNECT_LIMIT_S} bash -c 'exec 3<>/dev/tcp/${server}/${clientPort}' && echo ${word} yes || echo ${word} no`,
  );
  const accepted = answer.includes(`${word} yes`);
  const found = accepted ? "accepted" : "refused";
  const proof = `a connect from ${node.name} to ${server}:${clientPort} is ${found}`;
  return { proven: found === expected, proof, pids: [] };
}
