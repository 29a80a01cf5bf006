/**
 * `rollover`: the leading server's counter is moved to N transactions before the end of its epoch, and
 * when they are used up the leader must step down: "zxid lower 32 bits have rolled over". In force when the
 * server has said so itself, since a new epoch alone is no proof (an election that came in between gives
 * one too); healed when every server serves in a newer epoch. That the logs agree is judged by the audit.
 */

import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import type { EnsembleControl } from "../lab/ensemble/control.ts";
import { type Jump, jump, lastCounter } from "../lab/ensemble/jdwp/jump.ts";
import { findLeader, readZxid } from "../lab/ensemble/jdwp/leader-zxid.ts";
import { LabError } from "../lab/errors.ts";
import { epochOf, formatZxid, makeZxid } from "../lab/ids.ts";
import type { Effect, Fault, FaultContext } from "./fault.ts";

const ROLLED_OVER = "zxid lower 32 bits have rolled over";
/** What the contenders write uses the epoch up; where they write too little the lab writes itself. */
const LOAD_GRACE_MS = 1_000;
const ROLL_LIMIT_MS = 20_000;
const SERVE_LIMIT_MS = 30_000;
const POLL_MS = 20;
const LEFT_MAX = 1_000_000;
const COUNTER_BITS_MAX = 52;

export const rolloverOptionsSchema = z.strictObject({
  /** Transactions that the epoch has left after the jump; 0: the next one is too many. */
  left: z.int().min(0).max(LEFT_MAX).default(15),
  /** How the zxid divides: 32 today (ZOOKEEPER-2789 would make it 40). */
  counterBits: z.int().min(2).max(COUNTER_BITS_MAX).default(32),
});

export const rollover: Fault = {
  name: "rollover",
  summary: "bring the leading server's zxid to the end of its epoch, which forces a re-election",
  actsOn: ["server"],
  options: rolloverOptionsSchema,
  needs: "debugger",
  unavailable: () => undefined,
  inject: async (node, context, options) => {
    const ensemble = ensembleOf(context);
    const { left, counterBits } = rolloverOptionsSchema.parse(options);
    const split = { counterBits: BigInt(counterBits) };
    const said = ensemble.logOf(node.name).length;
    const done = await jumpIn(ensemble, node.name, left, split);
    const place = (counter: number): string => formatZxid(makeZxid(done.epoch, counter, split));
    const moved = `${node.name} went from ${place(done.from)} to ${place(done.to)}`;
    const proof = `${moved}, its JVM stopped for ${done.suspendedMs.toFixed(1)} ms`;
    const hasRolled = (): boolean => ensemble.logOf(node.name).slice(said).includes(ROLLED_OVER);
    if (await untilRolled(ensemble, hasRolled)) {
      return { proven: true, proof: `${proof}; it logged "${ROLLED_OVER}"`, pids: [] };
    }
    const end = place(lastCounter(split));
    const why = `it has not logged "${ROLLED_OVER}" within ${ROLL_LIMIT_MS} ms (end: ${end})`;
    return { proven: false, proof: `${proof}, but ${why}`, pids: [] };
  },
  heal: async (_node, context) => servesAfter(ensembleOf(context)),
};

function ensembleOf({ ensemble }: FaultContext): EnsembleControl {
  if (ensemble !== undefined) return ensemble;
  throw new LabError("fault", "inject rollover: there is no ensemble to inject it in");
}

/** Attaches only for the jump: a debugger that stays would keep the next one out. */
async function jumpIn(
  ensemble: EnsembleControl,
  server: string,
  left: number,
  split: { readonly counterBits: bigint },
): Promise<Jump & { readonly suspendedMs: number }> {
  await using jvm = await ensemble.debug(server);
  const handle = await findLeader(jvm);
  const epoch = epochOf(await readZxid(jvm, handle), split);
  if (ensemble.jumps.some((earlier) => earlier.epoch === epoch)) {
    throw new LabError(
      "fault",
      `move the counter of ${server}: epoch ${epoch} has a jump already`,
      {
        hint: "wait for the next epoch before the next rollover",
      },
    );
  }
  const journal = (planned: Jump): void => ensemble.journalJump(server, planned);
  return await jump(jvm, handle, { epoch, left, split, journal });
}

/** False at the limit. */
async function untilRolled(ensemble: EnsembleControl, hasRolled: () => boolean): Promise<boolean> {
  const began = performance.now();
  while (!hasRolled()) {
    const waited = performance.now() - began;
    if (waited > ROLL_LIMIT_MS) return false;
    if (waited > LOAD_GRACE_MS) await ensemble.write();
    else await delay(POLL_MS);
  }
  return true;
}

/** Serving means: all of them, in an epoch after the last that was cut short. */
async function servesAfter(ensemble: EnsembleControl): Promise<Effect> {
  const cutShort = Math.max(0, ...ensemble.jumps.map(({ epoch }) => epoch));
  const deadline = performance.now() + SERVE_LIMIT_MS;
  for (;;) {
    const views = await ensemble.untilServing(SERVE_LIMIT_MS);
    const leader = views.find((view) => view.role === "leader");
    // A follower that has not yet seen its leader go still answers as one of the old epoch.
    const epochs = views.map(({ zxid }) => (zxid === undefined ? 0 : epochOf(zxid)));
    if (leader !== undefined && epochs.every((epoch) => epoch > cutShort)) {
      const proof = `${leader.server} leads epoch ${Math.max(...epochs)}, and every server serves`;
      return { proven: true, proof, pids: [] };
    }
    if (performance.now() > deadline) {
      const proof = `the servers are in epochs ${epochs.join(", ")}, after ${cutShort} was to end`;
      return { proven: false, proof, pids: [] };
    }
    await delay(POLL_MS);
  }
}
