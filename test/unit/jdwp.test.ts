/** The debugger's client against peers that behave badly; a good one is a real JVM (debugger.integration). */

import { setTimeout as delay } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { SIZES_BEFORE_ASKED } from "../../lab/ensemble/jdwp/codec.ts";
import { JdwpError } from "../../lab/ensemble/jdwp/errors.ts";
import { readEvents } from "../../lab/ensemble/jdwp/events.ts";
import { jump, lastCounter } from "../../lab/ensemble/jdwp/jump.ts";
import { Jvm } from "../../lab/ensemble/jdwp/jvm.ts";
import { encodeCommand } from "../../lab/ensemble/jdwp/packets.ts";
import { ZXID_SPLIT } from "../../lab/ids.ts";
import { duplexPair } from "../builders/duplex-pair.ts";
import { ints, type JdwpAnswer, jdwpPeer } from "../builders/jdwp-peer.ts";

/** For peers that say nothing; those that answer have all the time that a loaded machine may need. */
const LIMIT_MS = 60;
const ANSWERED_MS = 4_000;

function attach(answer: Parameters<typeof jdwpPeer>[0], limitMs = ANSWERED_MS): Promise<Jvm> {
  return Jvm.attach(jdwpPeer(answer).lab, { name: "zk1", limitMs });
}

async function failureOf(promise: Promise<unknown>): Promise<JdwpError> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof JdwpError)) throw error;
  return error;
}

describe("Jvm.attach", () => {
  it("says what a peer said that is no JVM", async () => {
    const { near, far } = duplexPair();
    far.write("SSH-2.0-OpenSSH_9.2\r\n");
    const error = await failureOf(Jvm.attach(near, { name: "zk1", limitMs: LIMIT_MS }));
    expect(error.failure).toBe("garbled");
    expect(error.message).toContain('"SSH-2.0-OpenS');
    expect(near.destroyed).toBe(true);
  });

  it("waits for the handshake no longer than its limit", async () => {
    const { near } = duplexPair();
    const error = await failureOf(Jvm.attach(near, { name: "zk1", limitMs: LIMIT_MS }));
    expect(error).toMatchObject({ failure: "late", code: "timeout" });
    expect(error.message).toBe("debug the JVM of zk1: no answer to the handshake within 60 ms");
  });

  it("says that a connection was refused or ended at once", async () => {
    const { near, far } = duplexPair();
    far.destroy();
    expect((await failureOf(Jvm.attach(near, { name: "zk1", limitMs: LIMIT_MS }))).failure).toBe(
      "lost",
    );
  });
});

describe("a command", () => {
  it("is refused in the JVM's own words", async () => {
    const jvm = await attach(() => ({ error: 20 }));
    const error = await failureOf(jvm.classOf(5n));
    expect(error).toMatchObject({ failure: "refused", errorCode: 20 });
    expect(error.message).toBe("zk1: class of an object: INVALID_OBJECT");
    expect((await failureOf(jvm.allThreads())).failure).toBe("refused");
  });

  it("that is not answered ends the connection, and every other wait with it", async () => {
    const jvm = await attach(() => undefined, 300);
    const waits = [failureOf(jvm.allThreads()), failureOf(jvm.suspend())];
    for (const error of await Promise.all(waits)) expect(error.failure).toBe("late");
    expect((await failureOf(jvm.resume())).failure).toBe("late");
  });

  it.each([
    ["more threads than bytes", ints(1_000_000)],
    ["a negative number of threads", ints(-1)],
    ["bytes left over", Buffer.concat([ints(0), ints(7)])],
    ["an answer cut short", Buffer.from([0, 0])],
  ] as const)("answered with %s is garbled", async (_, body) => {
    const jvm = await attach(() => body);
    expect((await failureOf(jvm.allThreads())).failure).toBe("garbled");
  });

  it.each([
    ["of 4 GiB", ints(-1, 1, 1)],
    ["shorter than its header", ints(3, 1, 1)],
  ] as const)("answered with a packet %s ends the connection", async (_, raw) => {
    const jvm = await attach(() => ({ raw }));
    expect((await failureOf(jvm.allThreads())).failure).toBe("garbled");
    expect((await failureOf(jvm.resume())).failure).toBe("garbled");
  });

  it("fails as lost where the peer goes away before it answers", async () => {
    const { lab, peer } = jdwpPeer(() => undefined);
    const jvm = await Jvm.attach(lab, { name: "zk1", limitMs: 5_000 });
    const wait = failureOf(jvm.allThreads());
    peer.destroy();
    const error = await wait;
    expect(error.failure).toBe("lost");
    expect(error.hint).toBe("a JVM whose debugger is gone runs on by itself");
  });
});

/** Event.Composite with one breakpoint hit by `thread` for `request`. */
function hitBy(thread: bigint, request: number): Buffer {
  const id = (value: bigint): Buffer => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigUInt64BE(value);
    return bytes;
  };
  const event = [Buffer.from([1]), ints(1), Buffer.from([2]), ints(request), id(thread)];
  const body = [...event, Buffer.from([1]), id(3n), id(4n), id(0n)];
  return Buffer.concat(body);
}

describe("breakpoints", () => {
  it("keep a hit that came before it was waited for, and tell requests apart", async () => {
    const { lab, peer } = jdwpPeer(() => ints(7));
    const jvm = await Jvm.attach(lab, { name: "zk1", limitMs: ANSWERED_MS });
    const breakpoint = await jvm.breakAt(3n, { id: 4n, name: "run", signature: "()V" });
    const composite = { set: 64, number: 100 };
    peer.write(encodeCommand(900, composite, hitBy(11n, 8)));
    peer.write(encodeCommand(901, composite, hitBy(12n, 7)));
    expect(await breakpoint.hit(ANSWERED_MS)).toEqual({
      request: 7,
      thread: 12n,
      type: 3n,
      method: 4n,
    });
    const error = await failureOf(breakpoint.hit(10));
    expect(error.message).toContain("no thread came to run within 10 ms");
  });

  it("are read up to an event of another kind, and are garbled where they are cut", () => {
    const [first, second] = [hitBy(1n, 1), hitBy(2n, 2)];
    const both = Buffer.concat([
      first.subarray(0, 1),
      ints(2),
      first.subarray(5),
      second.subarray(5),
    ]);
    expect(readEvents(both, SIZES_BEFORE_ASKED).map((hit) => hit.thread)).toEqual([1n, 2n]);
    const unknown = Buffer.concat([Buffer.from([0]), ints(1), Buffer.from([40]), ints(1)]);
    expect(readEvents(unknown, SIZES_BEFORE_ASKED)).toEqual([]);
    for (let cut = 0; cut < both.length; cut += 1) {
      expect(() => readEvents(both.subarray(0, cut), SIZES_BEFORE_ASKED)).toThrow(JdwpError);
    }
  });
});

/** A leader with its counter at this zxid, whose fields can be made to differ from its handle. */
function leader(state: {
  zxid: bigint;
  running: bigint;
  epoch?: bigint;
  /** The method that the thread is in that draws zxids, at each look; the last one stays. */
  inMethod?: bigint[];
}): {
  answer: (command: { set: number; number: number; body: Buffer }) => JdwpAnswer;
  commands: string[];
} {
  const commands: string[] = [];
  return {
    commands,
    answer: ({ set, number, body }) => {
      commands.push(`${set}.${number}`);
      if (set === 9 && number === 3) state.zxid = body.readBigInt64BE(20);
      if (set === 11 && number === 6) {
        const [method = IDLE, ...later] = state.inMethod ?? [];
        if (later.length > 0) state.inMethod = later;
        return frames([90n, PROPOSER.type, IDLE], [91n, PROPOSER.type, method]);
      }
      if (set !== 9 || number !== 2) return Buffer.alloc(0);
      const value = Buffer.alloc(8);
      const field = body.readBigUInt64BE(12);
      const epoch = state.epoch ?? BigInt.asUintN(64, state.zxid) >> 32n;
      if (field === COUNTER.id) value.writeBigInt64BE(state.zxid);
      else value.writeBigInt64BE(field === EPOCH.id ? epoch : state.running);
      if (field === RUNNING.id)
        return Buffer.concat([ints(1), Buffer.from("Z"), Buffer.from([Number(state.running)])]);
      return Buffer.concat([ints(1), Buffer.from(field === STATE.id ? "L" : "J"), value]);
    },
  };
}

function frames(...of: readonly (readonly [id: bigint, type: bigint, method: bigint])[]): Buffer {
  const each = of.map(([id, type, method]) => {
    const bytes = Buffer.alloc(33);
    for (const [i, value] of [id, type, method].entries()) {
      bytes.writeBigUInt64BE(value, i === 0 ? 0 : 1 + i * 8);
    }
    return bytes;
  });
  return Buffer.concat([ints(of.length), ...each]);
}

const IDLE = 80n;
const IN_REQUEST = 81n;
const PROPOSER = { threads: [63n], type: 64n, methods: [IN_REQUEST] };
const COUNTER = { id: 70n, name: "value", signature: "J", declaredIn: 1n };
const STATE = { id: 71n, name: "state", signature: "L", declaredIn: 1n };
/** What a server before 3.4.7 has for a state. */
const RUNNING = { id: 73n, name: "running", signature: "Z", declaredIn: 1n };
const EPOCH = { id: 72n, name: "epoch", signature: "J", declaredIn: 1n };
const HANDLE = {
  counter: { object: 60n, field: COUNTER },
  epoch: { object: 62n, field: EPOCH },
  proposer: PROPOSER,
  serving: [{ object: 61n, field: STATE, is: 5n, otherwise: "it does not serve" }],
};
const ORDER = { epoch: 2, left: 15, split: ZXID_SPLIT, lookMsMax: ANSWERED_MS };
const SUSPEND = "1.8";
const RESUME = "1.9";
const SET = "9.3";
/** Suspended, then asked whether it serves, for its epoch, for its counter, and what it is at. */
const LOOKED = [SUSPEND, "9.2", "9.2", "9.2", "11.6"];

describe("jump", () => {
  it("journals inside one suspension before it writes, and reads back what it wrote", async () => {
    const peer = leader({ zxid: 0x2_0000_0009n, running: 5n });
    const jvm = await attach(peer.answer);
    let journalled: readonly string[] = [];
    const done = await jump(jvm, HANDLE, {
      ...ORDER,
      journal: () => {
        journalled = [...peer.commands];
      },
    });
    expect(done).toMatchObject({ epoch: 2, from: 9, to: 0xffff_ffef });
    expect(journalled).toEqual(LOOKED);
    expect(peer.commands.slice(LOOKED.length)).toEqual([SET, "9.2", RESUME]);
  });

  const illegal = [
    ["backwards", 0x2_ffff_fff0n, ORDER, "only moves forward"],
    ["to where it is", 0x2_ffff_ffefn, ORDER, "only moves forward"],
    ["past the end", 0x2_0000_0009n, { ...ORDER, left: -1 }, "-1 transactions"],
    ["to a part of a transaction", 0x2_0000_0009n, { ...ORDER, left: 0.5 }, "0.5 transactions"],
    ["below zero", 0x2_0000_0009n, { ...ORDER, left: 2 ** 33 }, "only moves forward"],
    ["in another epoch", 0x3_0000_0009n, ORDER, "epoch 3, not 2"],
    ["in an epoch that makes the long negative", -1n, ORDER, "epoch 4294967295, not 2"],
  ] as const;
  it.each(illegal)(
    "refuses to go %s: nothing is written and the JVM runs",
    async (_, at, order, why) => {
      const peer = leader({ zxid: at, running: 5n });
      const jvm = await attach(peer.answer);
      const journal = (): never => {
        throw new Error("journalled");
      };
      await expect(jump(jvm, HANDLE, { ...order, journal })).rejects.toThrow(why);
      await delay(0);
      expect(peer.commands).toEqual([...LOOKED, RESUME]);
    },
  );

  it("refuses a leader that does not serve, and one that could not be journalled", async () => {
    const full = (): never => {
      throw new Error("no space left on device");
    };
    for (const [running, why] of [
      [6n, "it does not serve"],
      [5n, "no space left"],
    ] as const) {
      const peer = leader({ zxid: 0x2_0000_0009n, running });
      const jvm = await attach(peer.answer);
      await expect(jump(jvm, HANDLE, { ...ORDER, journal: full })).rejects.toThrow(why);
      expect(peer.commands).toEqual([...LOOKED, RESUME]);
    }
  });

  it("takes a server of old for serving where its flag is set, and for nothing else", async () => {
    const serving = [
      { object: 61n, field: RUNNING, is: true as const, otherwise: "it does not serve" },
    ];
    const order = { ...ORDER, journal: () => undefined };
    const stands = await attach(leader({ zxid: 0x2_0000_0009n, running: 0n }).answer);
    await expect(jump(stands, { ...HANDLE, serving }, order)).rejects.toThrow("does not serve");
    const runs = await attach(leader({ zxid: 0x2_0000_0009n, running: 1n }).answer);
    expect(await jump(runs, { ...HANDLE, serving }, order)).toMatchObject({ epoch: 2, from: 9 });
    // A flag is no state object: true is not object 1.
    const object = { ...HANDLE, serving: [{ ...HANDLE.serving[0], field: RUNNING, is: 1n }] };
    const odd = await attach(leader({ zxid: 0x2_0000_0009n, running: 1n }).answer);
    await expect(jump(odd, object as typeof HANDLE, order)).rejects.toThrow("does not serve");
  });

  it("lets go of a JVM that it could not look at in time, every time, and then gives up", async () => {
    const peer = leader({ zxid: 0x2_0000_0009n, running: 5n });
    const jvm = await attach(peer.answer);
    const journal = (): void => undefined;
    await expect(jump(jvm, HANDLE, { ...ORDER, lookMsMax: -1, journal })).rejects.toThrow(
      "25 times",
    );
    const count = (command: string): number =>
      peer.commands.filter((one) => one === command).length;
    expect([count(SUSPEND), count(RESUME), count(SET)]).toEqual([25, 25, 0]);
  });

  it("waits until no request is between its two zxids", async () => {
    const inMethod = [IN_REQUEST, IN_REQUEST, IDLE];
    const peer = leader({ zxid: 0x2_0000_0009n, running: 5n, inMethod });
    const jvm = await attach(peer.answer);
    let journalled = 0;
    const journal = (): void => {
      journalled += 1;
    };
    await jump(jvm, HANDLE, { ...ORDER, journal });
    const letGo = [...LOOKED, RESUME];
    expect(peer.commands).toEqual([...letGo, ...letGo, ...LOOKED, SET, "9.2", RESUME]);
    expect(journalled).toBe(1);
    const busy = leader({ zxid: 0x2_0000_0009n, running: 5n, inMethod: [IN_REQUEST] });
    await expect(jump(await attach(busy.answer), HANDLE, { ...ORDER, journal })).rejects.toThrow(
      "was in the middle of a request 25 times",
    );
    expect(busy.commands).not.toContain(SET);
  });

  it("goes to the very end, and counts by the split that it is given", async () => {
    const peer = leader({ zxid: 0x2_0000_0009n, running: 5n });
    const jvm = await attach(peer.answer);
    const journal = (): void => undefined;
    expect((await jump(jvm, HANDLE, { ...ORDER, left: 0, journal })).to).toBe(0xffff_fffe);
    expect(lastCounter({ counterBits: 40n })).toBe(0xff_ffff_fffe);
    const split = { counterBits: 40n };
    const narrow = leader({ zxid: 0x200_0000_0009n, running: 5n });
    await expect(
      jump(await attach(narrow.answer), HANDLE, { ...ORDER, split, journal }),
    ).rejects.toThrow("it calls its epoch 512, and by 40 bits of counter it is 2");
    expect(narrow.commands).toEqual([...LOOKED, RESUME]);
    const wide = await attach(leader({ zxid: 0x200_0000_0009n, running: 5n, epoch: 2n }).answer);
    const to = (await jump(wide, HANDLE, { ...ORDER, split, journal })).to;
    expect(to).toBe(0xff_ffff_ffef);
  });
});
