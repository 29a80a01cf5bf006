/**
 * Moves a serving leader's counter forward, to a place near the end of its epoch (semantics 20). Between
 * reading and writing a server could lose leadership and win it again: a value of the old epoch written
 * into the new server object makes a leader propose in an old epoch, a damage that we would then "find".
 * So everything is read, compared and written inside one suspension of the whole JVM, which the JVM itself
 * ends should the debugger die, and between two requests (proposer.ts). Nothing but a move forward that stays below the end is ever written:
 * with the counter at its end 3.9.3 hangs every write for ever, and 3.4.13 carries into the epoch.
 */

import { LabError } from "../../errors.ts";
import { counterOf, epochOf, formatZxid, makeZxid, type Zxid, type ZxidSplit } from "../../ids.ts";
import type { Jvm } from "./jvm.ts";
import { type LeaderHandle, readEpoch, readZxid, whyNotServing } from "./leader-zxid.ts";
import { isProposing } from "./proposer.ts";

/** Both are counters; the jump skips those above `from` up to `to`. */
export interface Jump {
  readonly epoch: number;
  readonly from: number;
  readonly to: number;
}

export interface JumpOrder {
  /** The epoch in which it is meant to be; any other is refused. */
  readonly epoch: number;
  /** Transactions left before the last one of the epoch; 0: the next one finds the end. */
  readonly left: number;
  readonly split: ZxidSplit;
  /** Told inside the suspension, before the write; what it throws prevents the write. */
  readonly journal: (jump: Jump) => void;
  /** How long the look before the write may take; default: 20 ms. */
  readonly lookMsMax?: number;
}

/** The looking may take so long; past it all is let go and tried again, since a leader owes heartbeats. */
const LOOK_MS_MAX = 20;
const TRIES_MAX = 25;

type Done = Jump & { readonly suspendedMs: number };
/** Why it was let go, to be tried again. */
type NotYet = "too slow" | "proposing";

/**
 * Makes the jump and reads it back. `suspendedMs`: how long the JVM stood for it. Throws
 * LabError("fault") with the reason where anything is not as it must be; then nothing was written.
 */
export async function jump(jvm: Jvm, handle: LeaderHandle, order: JumpOrder): Promise<Done> {
  const met: NotYet[] = [];
  while (met.length < TRIES_MAX) {
    const done = await tryOnce(jvm, handle, order);
    if (typeof done === "object") return done;
    met.push(done);
  }
  const slow = met.filter((one) => one === "too slow").length;
  const limit = order.lookMsMax ?? LOOK_MS_MAX;
  const looks = `its JVM could not be looked at within ${limit} ms, ${slow} times`;
  throw refuse(jvm, `${looks}, and was in the middle of a request ${met.length - slow} times`);
}

/** The highest counter with which a leader may propose; one more and it must step down. */
export function lastCounter(split: ZxidSplit): number {
  return 2 ** Number(split.counterBits) - 2;
}

async function tryOnce(jvm: Jvm, handle: LeaderHandle, order: JumpOrder): Promise<Done | NotYet> {
  const began = performance.now();
  // Sent in one go, and a JVM answers in order: all is read after the suspension began.
  const [suspended, why, called, found, proposing] = await Promise.allSettled([
    jvm.suspend(),
    whyNotServing(jvm, handle),
    readEpoch(jvm, handle),
    readZxid(jvm, handle),
    isProposing(jvm, handle.proposer),
  ]);
  let resumed: Promise<void> | undefined;
  try {
    for (const answer of [suspended, why, called, found]) {
      if (answer.status === "rejected") throw answer.reason;
    }
    if (why.status === "fulfilled" && why.value !== undefined) throw refuse(jvm, why.value);
    const took = performance.now() - began;
    // Its threads end when it ends to lead: first the reason that says so, then this one's own.
    if (proposing.status === "rejected") throw proposing.reason;
    if (found.status === "rejected" || called.status === "rejected") return "too slow";
    if (took > (order.lookMsMax ?? LOOK_MS_MAX)) return "too slow";
    if (proposing.value) return "proposing";
    const planned = plan(jvm, found.value, order);
    if (called.value !== planned.epoch) {
      const by = `by ${order.split.counterBits} bits of counter it is ${planned.epoch}`;
      throw refuse(jvm, `it calls its epoch ${called.value}, and ${by}`);
    }
    order.journal(planned);
    const to = makeZxid(planned.epoch, planned.to, order.split);
    const { object, field } = handle.counter;
    const written = jvm.setField(object, field, { tag: "long", value: BigInt.asIntN(64, to) });
    const readBack = readZxid(jvm, handle);
    resumed = jvm.resume();
    const [, back] = await Promise.all([written, readBack, resumed]);
    if (back !== to) {
      const found = `wrote ${formatZxid(to)} and read back ${formatZxid(back)}`;
      throw new LabError("fault", `move the counter of ${jvm.name}: ${found}`);
    }
    return { ...planned, suspendedMs: performance.now() - began };
  } finally {
    // Where the connection is gone the JVM has resumed by itself.
    if (resumed === undefined) await jvm.resume().catch(() => undefined);
  }
}

/** What is to be written; throws where it would not be a move forward within the epoch asked for. */
function plan(jvm: Jvm, now: Zxid, { epoch, left, split }: JumpOrder): Jump {
  const [found, from] = [epochOf(now, split), counterOf(now, split)];
  const last = lastCounter(split);
  const to = last - left;
  if (found !== epoch) throw refuse(jvm, `it is in epoch ${found}, not ${epoch}`);
  if (!Number.isInteger(left) || left < 0) throw refuse(jvm, `${left} transactions cannot be left`);
  if (to <= from) {
    const places = `from 0x${from.toString(16)} to 0x${Math.max(to, 0).toString(16)}`;
    throw refuse(jvm, `its counter only moves forward, and this is ${places}`);
  }
  return { epoch, from, to };
}

function refuse(jvm: Jvm, why: string): LabError {
  return new LabError("fault", `move the counter of ${jvm.name}: ${why}`, {
    hint: "nothing was written; the server goes on as it was",
  });
}
