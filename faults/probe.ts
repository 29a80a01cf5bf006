/**
 * Whether packets arrive, in one direction at a time: datagrams to a port on which nobody listens, sent by
 * the node's own shell, and the receiver's kernel's count of them (`NoPorts` of /proc/net/snmp). A connect
 * would need both directions, and both ends' capabilities or programs; this needs bash and cat alone, and
 * works where a process is stopped.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { LabNode } from "../lab/runtime/runtime.ts";

export interface Path {
  readonly from: LabNode;
  readonly to: LabNode;
}

export interface Probed {
  /** Paths whose two ends could be asked. */
  readonly asked: readonly Path[];
  /** Of them: what arrived at its receiver. */
  readonly sent: number;
  readonly arrived: number;
}

/** Discard (RFC 863); nothing of the lab listens on it. */
const PORT = 9;
const PER_PATH = 2;
const POLL_MS = 5;
/** What crosses the switch does so in well under a millisecond; a busy machine is given more. */
const SILENCE_MS = 40;

/**
 * Probes all paths at once and waits until everything arrived, or for `limitMs`. A node that is gone can
 * be asked nothing; its paths are left out.
 */
export function probe(paths: readonly Path[], limitMs = SILENCE_MS): Promise<Probed> {
  // A receiver counts datagrams, not senders: two probes at once would see each other's.
  const turn = last.then(() => probeNow(paths, limitMs));
  last = turn.catch(() => undefined);
  return turn;
}

let last: Promise<unknown> = Promise.resolve();

async function probeNow(paths: readonly Path[], limitMs: number): Promise<Probed> {
  const before = await countsOf(new Set(paths.map(({ to }) => to)));
  const reachable = paths.filter(({ to }) => before.has(to));
  const senders = [...new Set(reachable.map(({ from }) => from))];
  const able = new Set<LabNode>();
  await Promise.all(
    senders.map(async (sender) => {
      const receivers = reachable.flatMap(({ from, to }) => (from === sender ? [to.address] : []));
      const sent = await sender.shell(sendLine(receivers)).catch(() => undefined);
      if (sent !== undefined) able.add(sender);
    }),
  );
  const asked = reachable.filter(({ from }) => able.has(from));
  const sent = asked.length * PER_PATH;
  const deadline = performance.now() + limitMs;
  for (;;) {
    const now = await countsOf(new Set(asked.map(({ to }) => to)));
    let arrived = 0;
    for (const [node, count] of now) arrived += count - (before.get(node) ?? count);
    if (arrived >= sent || performance.now() > deadline) return { asked, sent, arrived };
    await delay(POLL_MS);
  }
}

/** The addresses are the lab's own. A send to a host that is gone may fail, which tells nothing. */
function sendLine(addresses: readonly string[]): string {
  const send = `echo zklab >/dev/udp/$a/${PORT}`;
  const sends = Array.from({ length: PER_PATH }, () => send).join("; ");
  return `bash -c 'for a in ${addresses.join(" ")}; do { ${sends}; } 2>/dev/null; done; true'`;
}

async function countsOf(nodes: ReadonlySet<LabNode>): Promise<ReadonlyMap<LabNode, number>> {
  const counts = new Map<LabNode, number>();
  await Promise.all(
    [...nodes].map(async (node) => {
      const text = await node.shell("cat /proc/net/snmp").catch(() => undefined);
      const count = text === undefined ? undefined : noPorts(text);
      if (count !== undefined) counts.set(node, count);
    }),
  );
  return counts;
}

/** Two lines that begin with `Udp:`, the names and below them the numbers. */
export function noPorts(snmp: string): number | undefined {
  const [names, values] = snmp.split("\n").filter((line) => line.startsWith("Udp:"));
  const at = names?.split(" ").indexOf("NoPorts") ?? -1;
  const value = at < 1 ? undefined : values?.split(" ")[at];
  return value === undefined ? undefined : Number(value);
}
