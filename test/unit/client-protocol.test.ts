import { PassThrough } from "node:stream";
import { afterEach, describe, expect, it } from "vitest";
import { encodeFrame } from "../../lab/client/frames.ts";
import {
  type ConnectionLost,
  type LossReason,
  op,
  type WatchEvent,
  ZooKeeper,
  ZooKeeperError,
} from "../../lab/client/index.ts";
import type { JuteWriter } from "../../lab/client/jute.ts";
import {
  accept,
  PEER_SESSION,
  type PeerRequest,
  type PeerScript,
  reply,
  ScriptedPeer,
  statBody,
} from "../builders/scripted-peer.ts";

const PING = 11;
const undo: (() => Promise<void> | void)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

async function start(script: PeerScript): Promise<ScriptedPeer> {
  const peer = await ScriptedPeer.start(script);
  undo.push(() => peer[Symbol.asyncDispose]());
  return peer;
}

async function connectTo(script: PeerScript): Promise<ZooKeeper> {
  const peer = await start(script);
  const client = await ZooKeeper.connect({ servers: peer.address, sessionTimeoutMs: 3_000 });
  undo.push(() => client.abandon());
  return client;
}

function firstLoss(client: ZooKeeper): Promise<ConnectionLost> {
  return new Promise((resolve) => {
    client.once("lost", resolve);
  });
}

function notification(type: number, path: string): Buffer {
  return reply(-1, { zxid: -1n, body: (writer) => writer.int(type).int(3).string(path) });
}

describe("a client whose server sends garbage", () => {
  const length = (value: number): Buffer => {
    const bytes = Buffer.alloc(64);
    bytes.writeInt32BE(value);
    return bytes;
  };
  const body = (write: (writer: JuteWriter) => void): PeerScript["request"] => {
    return ({ xid, socket }) => socket.write(reply(xid, { body: write }));
  };
  const cases: { name: string; send: PeerScript["request"]; says: RegExp }[] = [
    {
      name: "a negative length",
      send: ({ socket }) => socket.write(length(-5)),
      says: /frame of -5/,
    },
    {
      name: "a length of nothing",
      send: ({ socket }) => socket.write(length(0)),
      says: /frame of 0/,
    },
    {
      name: "a length beyond the bound",
      send: ({ socket }) => socket.write(length(0x7fff_ffff)),
      says: /frame of 2147483647 bytes/,
    },
    {
      name: "half a header",
      send: ({ socket }) => socket.write(encodeFrame((writer) => writer.int(1).int(2))),
      says: /long with 4 bytes left/,
    },
    {
      name: "a reply to nobody",
      send: ({ xid, socket }) => socket.write(reply(xid + 1)),
      says: /reply to xid 2, expected 1/,
    },
    {
      name: "a pong without a ping",
      send: ({ socket }) => socket.write(reply(-2)),
      says: /ping that was not sent/,
    },
    {
      name: "an answer to credentials that were not given",
      send: ({ socket }) => socket.write(reply(-4)),
      says: /reply to xid -4, none is expected/,
    },
    {
      name: "an event of no known type",
      send: ({ socket }) => socket.write(notification(99, "/a")),
      says: /watch event of type 99/,
    },
    { name: "a body cut short", send: body((writer) => writer.int(99)), says: /with 0 bytes left/ },
    {
      name: "a body with bytes left over",
      send: body((writer) => {
        writer.int(0);
        statBody(writer);
        writer.int(1);
      }),
      says: /4 bytes left over/,
    },
    {
      name: "data of a negative length",
      send: body((writer) => writer.int(-2)),
      says: /buffer of length -2/,
    },
  ];

  it.each(cases)("hangs up, typed, at $name", async ({ send, says }) => {
    const client = await connectTo(send === undefined ? {} : { request: send });
    const lost = firstLoss(client);
    const read = client.getData("/a").catch((error: unknown) => error);
    const reason: LossReason = "protocol";
    expect(await lost).toMatchObject({ reason, message: expect.stringMatching(says) });
    expect(await read).toBeInstanceOf(ZooKeeperError);
    expect(await read).toMatchObject({ zkName: "ConnectionLoss", certainty: "info" });
  });

  it("refuses a handshake that answers for another session, and goes on trying", async () => {
    const peer = await start({ handshake: (n) => accept(3_000, n === 1 ? 5n : PEER_SESSION) });
    const resume = { id: PEER_SESSION, password: new Uint8Array(16) } as never;
    const client = await ZooKeeper.connect({
      servers: peer.address,
      sessionTimeoutMs: 3_000,
      resume,
    });
    undo.push(() => client.abandon());
    expect(peer.connections).toBe(2);
    expect(client.connectionNumber).toBe(1);
  });

  it.each([
    ["no answer to the handshake", undefined, /connect-timeout: nothing heard/],
    ["a web server", Buffer.from("HTTP/1.1 400 Bad Request"), /protocol: frame of/],
    ["a handshake cut short", encodeFrame((w) => w.int(0)), /protocol: int with 0 bytes left/],
    ["a handshake of negative time-out", accept(-1), /protocol: the handshake/],
  ])("gives up on %s within its limit", async (_, answer, says) => {
    const peer = await start({ handshake: () => answer });
    const error = await ZooKeeper.connect({
      servers: peer.address,
      // An attempt gets a part of the session: time to hear an answer, also on a busy machine.
      sessionTimeoutMs: 300,
      connectTimeoutMs: 700,
    }).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ zkName: "ConnectionLoss", certainty: "fail" });
    expect(error).toMatchObject({ message: expect.stringMatching(says) });
  });

  it("does not spin at a server that accepts and hangs up", async () => {
    const peer = await start({ request: ({ socket }) => socket.destroy() });
    const client = await ZooKeeper.connect({ servers: peer.address, sessionTimeoutMs: 100 });
    undo.push(() => client.abandon());
    const until = performance.now() + 300;
    while (performance.now() < until) await client.exists("/").catch(() => undefined);
    expect(peer.connections).toBeLessThan(8);
  });
});

describe("a multi's answer", () => {
  const error = (writer: JuteWriter, code: number): void => {
    writer.int(-1).bool(false).int(code).int(code);
  };
  const end = (writer: JuteWriter): void => {
    writer.int(-1).bool(true).int(-1);
  };
  const check = (writer: JuteWriter): void => {
    writer.int(13).bool(false).int(0);
  };

  it.each([
    ["fewer results than ops", [check, end]],
    ["more results than ops", [check, check, check, end]],
    ["a result of another type", [check, (w: JuteWriter) => w.int(2).bool(false).int(0), end]],
    ["results and errors mixed", [check, (w: JuteWriter) => error(w, -101), end]],
    [
      "errors without a code",
      [(w: JuteWriter) => error(w, 0), (w: JuteWriter) => error(w, 0), end],
    ],
  ])("with %s is garbage, so its outcome is not known", async (_, parts) => {
    const client = await connectTo({
      request: ({ xid, socket }) =>
        socket.write(
          reply(xid, {
            body: (writer) => {
              for (const part of parts) part(writer);
            },
          }),
        ),
    });
    const failed = await client.multi([op.check("/a"), op.check("/b")]).catch((e: unknown) => e);
    expect(failed).toMatchObject({ zkName: "ConnectionLoss", certainty: "info" });
    expect(failed).toMatchObject({ cause: { reason: "protocol" } });
  });
});

describe("the order of what a program sees", () => {
  it("is the order on the wire: reply, event, reply, end", async () => {
    const story: string[] = [];
    const written: PeerRequest[] = [];
    const client = await connectTo({
      request: (request) => {
        if (request.opcode === PING) return;
        written.push(request);
        if (written.length !== 3) return;
        const stat = (writer: JuteWriter): void => {
          writer.int(0);
          statBody(writer);
        };
        const [a, b] = written;
        if (a === undefined || b === undefined) return;
        const bytes = [
          reply(a.xid, { body: stat }),
          notification(3, "/a"),
          reply(b.xid, { body: stat }),
          Buffer.from([0, 0, 0, 0]),
        ];
        request.socket.write(Buffer.concat(bytes));
      },
    });
    const suspended = new Promise<void>((resolve) => {
      client.once("state", (state) => {
        story.push(state);
        resolve();
      });
    });
    const tell = (event: WatchEvent): number => story.push(`${event.type} ${event.path}`);
    const reads = ["/a", "/b", "/c"].map(async (path) => {
      await client.getData(path, tell).then(
        () => story.push(`read ${path}`),
        () => story.push(`lost ${path}`),
      );
    });
    await Promise.all(reads);
    await suspended;
    expect(story).toEqual(["read /a", "changed /a", "read /b", "lost /c", "suspended"]);
  });

  it("restores credentials before watches, and sends what waited after them", async () => {
    const opcodes: number[] = [];
    const client = await connectTo({
      request: ({ xid, opcode, socket, connection }) => {
        if (opcode !== PING && connection === 2) opcodes.push(opcode);
        if (connection === 2) socket.write(reply(xid));
        else if (opcode === 100) socket.write(reply(-4));
        else if (opcode === 3) socket.write(reply(xid, { err: -101 }));
        else socket.destroy();
      },
    });
    await client.addAuth("digest", "a:b");
    await client.exists("/a", () => undefined);
    await client.delete("/gone").catch(() => undefined);
    await client.delete("/a");
    expect(opcodes).toEqual([100, 101, 2]);
    expect(client.connectionNumber).toBe(2);
  });
});

describe("a socket factory", () => {
  it("that throws, or whose stream fails, costs an attempt and no more", async () => {
    const peer = await start({});
    let attempts = 0;
    const error = await ZooKeeper.connect({
      servers: peer.address,
      sessionTimeoutMs: 500,
      connectTimeoutMs: 1_000,
      openSocket: () => {
        attempts += 1;
        if (attempts === 1) throw new Error("no way through");
        const stream = new PassThrough();
        stream.destroy(new Error("broken pipe"));
        return stream;
      },
    }).catch((reason: unknown) => reason);
    expect(attempts).toBeGreaterThan(1);
    expect(error).toMatchObject({ cause: { reason: "connect-failed" } });
  });
});
