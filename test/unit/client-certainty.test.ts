import { Duplex } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { certaintyOf, op, ZooKeeper, ZooKeeperError } from "../../lab/client/index.ts";
import {
  accept,
  type PeerScript,
  reply,
  ScriptedPeer,
  statBody,
} from "../builders/scripted-peer.ts";

const SET_DATA = 5;
const AUTH = 100;
const AUTH_FAILED = -115;
let peer: ScriptedPeer | undefined;
const undo: (() => Promise<void> | void)[] = [];

afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function connectTo(script: PeerScript): Promise<ZooKeeper> {
  const started = await ScriptedPeer.start(script);
  undo.push(() => started[Symbol.asyncDispose]());
  peer = started;
  const client = await ZooKeeper.connect({ servers: started.address, sessionTimeoutMs: 3_000 });
  undo.push(() => client.abandon());
  return client;
}

async function rejection(promise: Promise<unknown>): Promise<ZooKeeperError> {
  const error = await promise.then(
    () => new Error("fulfilled"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ZooKeeperError)) throw error;
  return error;
}

function reaches(of: ZooKeeper, wanted: string): Promise<void> {
  return new Promise((resolve) => {
    of.on("state", (state) => {
      if (state === wanted) resolve();
    });
  });
}

function sleepWhole(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

describe("certaintyOf (semantics 7)", () => {
  it("depends on how far the request came, and on nothing else", () => {
    expect(certaintyOf("unsent")).toBe("fail");
    expect(certaintyOf("answered")).toBe("fail");
    expect(certaintyOf("sent")).toBe("info");
  });
});

describe("the certainty of an error", () => {
  it("is fail where the server answered with a code, whichever code", async () => {
    for (const [err, zkName] of [
      [-101, "NoNode"],
      [-112, "SessionExpired"],
      [-4, "ConnectionLoss"],
      [-9999, "Unknown"],
    ] as const) {
      const script: PeerScript = {
        request: ({ xid, socket }) => socket.write(reply(xid, { err })),
      };
      const error = await rejection((await connectTo(script)).setData("/a", ""));
      expect(error).toMatchObject({
        zkCode: err,
        zkName,
        certainty: "fail",
        zxid: 7n,
        connection: 1,
      });
    }
  });

  it("is info where the connection ended before the answer", async () => {
    const zk = await connectTo({ request: ({ socket }) => socket.destroy() });
    const error = await rejection(zk.setData("/a", ""));
    expect(error).toMatchObject({ zkName: "ConnectionLoss", certainty: "info", connection: 1 });
    expect(error.zxid).toBeUndefined();
    expect(error.message).toMatch(
      /setData \/a: ConnectionLoss: 127.0.0.1:\d+: .*may have been applied/,
    );
  });

  it("is info where the answer said ok but could not be read", async () => {
    const zk = await connectTo({ request: ({ xid, socket }) => socket.write(reply(xid)) });
    const error = await rejection(zk.setData("/a", ""));
    expect(error).toMatchObject({ zkName: "ConnectionLoss", certainty: "info" });
    expect(error.cause).toMatchObject({ reason: "protocol" });
  });

  it("is info for everything in flight when the program closes or abandons the client", async () => {
    const zk = await connectTo({});
    const writes = [zk.setData("/a", ""), zk.multi([op.check("/a")]), zk.create("/b")];
    zk.abandon();
    for (const write of writes) {
      expect(await rejection(write)).toMatchObject({ zkName: "ConnectionLoss", certainty: "info" });
    }
  });

  it("is info for AuthFailed of a request in flight, fail for those after it", async () => {
    const zk = await connectTo({
      request: ({ opcode, socket }) => {
        if (opcode === AUTH) socket.write(reply(-4, { err: AUTH_FAILED }));
      },
    });
    const write = zk.setData("/a", "");
    const auth = zk.addAuth("digest", "a:b");
    expect(await rejection(auth)).toMatchObject({ zkName: "AuthFailed", certainty: "fail" });
    expect(await rejection(write)).toMatchObject({ zkName: "AuthFailed", certainty: "info" });
    expect(zk.state).toBe("auth-failed");
    expect(await rejection(zk.setData("/a", ""))).toMatchObject({
      zkName: "AuthFailed",
      certainty: "fail",
    });
  });

  it("is fail for what waited for a connection that did not come", async () => {
    const zk = await connectTo({
      handshake: (connection) => (connection === 1 ? accept() : Buffer.from("HTTP/1.1 400 ")),
      request: ({ socket }) => socket.destroy(),
    });
    expect(await rejection(zk.getData("/"))).toMatchObject({ certainty: "info" });
    expect(zk.state).toBe("suspended");
    const waiting = rejection(zk.setData("/a", ""));
    expect(await waiting).toMatchObject({ zkName: "ConnectionLoss", certainty: "fail" });
    expect(peer?.requests.some((request) => request.opcode === SET_DATA)).toBe(false);
  });

  it("is fail for what waited when the session turned out to be expired, and for all after", async () => {
    const zk = await connectTo({
      handshake: (connection) => accept(connection === 1 ? 3_000 : 0),
      request: ({ socket }) => socket.destroy(),
    });
    expect(await rejection(zk.setData("/a", ""))).toMatchObject({ certainty: "info" });
    const gone = { zkName: "SessionExpired", certainty: "fail", connection: undefined };
    expect(await rejection(zk.setData("/a", ""))).toMatchObject(gone);
    expect(zk.state).toBe("expired");
    expect(await rejection(zk.setData("/a", ""))).toMatchObject(gone);
    expect(await zk.close()).toBe(false);
    expect(zk.state).toBe("expired");
  });

  it("is fail for arguments that are refused here", async () => {
    const zk = await connectTo({});
    const cases = [
      zk.setData("a", ""),
      zk.setData("/a/", ""),
      zk.setData("/a", new Uint8Array(1024 * 1024)),
      zk.create("/t", "", { mode: "persistent-ttl" }),
      zk.create("/t", "", { ttlMs: 5 }),
      zk.multi([op.create("/t", "", { mode: "persistent-ttl", ttlMs: 0 })]),
      zk.multi([op.check("//")]),
    ];
    for (const each of cases) {
      expect(await rejection(each)).toMatchObject({ zkName: "BadArguments", certainty: "fail" });
    }
    expect(peer?.requests).toEqual([]);
  });
});

describe("a client that slept longer than its read time-out", () => {
  it("writes nothing: the request that it wakes up with was never sent", async () => {
    const zk = await connectTo({ handshake: () => accept(450) });
    const suspended = reaches(zk, "suspended");
    sleepWhole(330);
    const write = rejection(zk.setData("/a", ""));
    expect(zk.state).toBe("suspended");
    expect(await write).toMatchObject({ zkName: "ConnectionLoss", certainty: "fail" });
    await suspended;
    expect(peer?.requests.filter((request) => request.opcode === SET_DATA)).toEqual([]);
  });

  it("does not take the bytes that arrived meanwhile for a sign of life", async () => {
    const stream = new Duplex({
      read: () => undefined,
      write: (_chunk, _encoding, done) => done(),
    });
    const opening = ZooKeeper.connect({
      servers: "127.0.0.1:1",
      sessionTimeoutMs: 3_000,
      openSocket: () => stream,
    });
    stream.push(accept(450));
    const zk = await opening;
    undo.push(() => zk.abandon());
    const write = rejection(zk.setData("/a", ""));
    sleepWhole(330);
    // The bytes come before any timer has run: the order that a wake-up may have.
    stream.emit("data", reply(1, { body: (writer) => statBody(writer) }));
    expect(zk.state).toBe("suspended");
    const error = await write;
    expect(error).toMatchObject({ zkName: "ConnectionLoss", certainty: "info" });
    expect(error.cause).toMatchObject({ reason: "read-timeout" });
  });
});
