import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  type ClientOptions,
  type ClientState,
  CREATOR_ACL,
  digestId,
  fourLetterWord,
  op,
  PERMS,
  sessionPassword,
  type WatchEvent,
  ZooKeeper,
  ZooKeeperError,
} from "../../lab/client/index.ts";
import { freePorts, type Loopback, startLoopback } from "../builders/loopback-server.ts";

const WAIT_LIMIT_MS = 15_000;

/** What an operation was rejected with, without its text. */
async function rejection(promise: Promise<unknown>): Promise<Partial<ZooKeeperError>> {
  const error = await promise.then(
    (value) => new Error(`fulfilled with ${String(value)}`),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ZooKeeperError)) throw error;
  return error;
}

/** Resolves when the client comes to a state, and says which states it went through. */
function reaches(client: ZooKeeper, wanted: ClientState): Promise<ClientState[]> {
  const seen: ClientState[] = [];
  return new Promise((resolve, reject) => {
    const limit = setTimeout(() => {
      reject(new Error(`waiting for ${wanted}: saw ${seen.join(", ")} in ${WAIT_LIMIT_MS} ms`));
    }, WAIT_LIMIT_MS);
    const listen = (state: ClientState): void => {
      seen.push(state);
      if (state !== wanted) return;
      clearTimeout(limit);
      client.off("state", listen);
      resolve(seen);
    };
    client.on("state", listen);
  });
}

/** Stops this whole process' event loop, as a full GC or SIGSTOP does. */
function sleepWhole(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}

function text(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("utf8");
}

describe.each(["3.9.5", "3.8.6"])("the client on a standalone server %s", (version) => {
  let loopback: Loopback;
  let client: ZooKeeper;

  beforeAll(async () => {
    loopback = await startLoopback({ version, tickTimeMs: 200 });
    client = await connect({});
  });
  afterAll(async () => {
    await client.close();
    await loopback[Symbol.asyncDispose]();
  });

  function connect(options: Partial<ClientOptions>): Promise<ZooKeeper> {
    const servers = loopback.connectString;
    return ZooKeeper.connect({ servers, sessionTimeoutMs: 4_000, ...options });
  }

  it("tells the session, the role and the version of the server", async () => {
    expect(client.state).toBe("connected");
    expect(client.connectionNumber).toBe(1);
    expect(client.negotiatedTimeoutMs).toBe(4_000);
    expect(Buffer.from(client.password)).toEqual(Buffer.from(sessionPassword(client.sessionId)));
    const srvr = await loopback.server(1).srvr();
    expect(srvr).toMatchObject({ version, mode: "standalone" });
    expect(srvr?.connections).toBeGreaterThanOrEqual(1);
  });

  it("refuses a word that the server has not whitelisted", async () => {
    const address = { host: "127.0.0.1", port: loopback.server(1).port };
    expect(await fourLetterWord(address, "mntr", 2_000)).toMatch(/not in the whitelist/);
  });

  it("creates, reads, sets and deletes, with zxids that rise and agree with the stat", async () => {
    const created = await client.create("/plain", "one");
    expect(created.path).toBe("/plain");
    expect(await client.getData("/plain")).toMatchObject({
      stat: { czxid: created.zxid, version: 0 },
    });
    const set = await client.setData("/plain", "two", 0);
    expect(set).toMatchObject({ stat: { mzxid: set.zxid, version: 1 }, connection: 1 });
    expect(set.zxid).toBeGreaterThan(created.zxid);
    expect(text((await client.getData("/plain")).data)).toBe("two");
    expect((await client.delete("/plain", 1)).zxid).toBeGreaterThan(set.zxid);
    expect(await client.exists("/plain")).toBeUndefined();
    expect((await client.sync("/")).zxid).toBeGreaterThanOrEqual(set.zxid);
    expect(client.lastSeenZxid).toBeGreaterThan(set.zxid);
  });

  it("keeps empty data, large data and every byte of them", async () => {
    const large = new Uint8Array(900_000).map((_, at) => at % 251);
    await client.create("/large", large);
    expect(Buffer.compare((await client.getData("/large")).data, large)).toBe(0);
    await client.setData("/large", new Uint8Array());
    expect((await client.getData("/large")).data).toHaveLength(0);
  });

  it("creates in every mode", async () => {
    await client.create("/modes");
    const ephemeral = await client.create("/modes/e", "", { mode: "ephemeral" });
    expect(await client.exists(ephemeral.path)).toMatchObject({ ephemeralOwner: client.sessionId });
    const names = [];
    for (const mode of ["persistent-sequential", "ephemeral-sequential"] as const) {
      names.push((await client.create("/modes/s-", "", { mode })).path);
    }
    names.push(
      (await client.create("/modes/t-", "", { mode: "persistent-ttl-sequential", ttlMs: 60_000 }))
        .path,
    );
    expect(names).toEqual(["/modes/s-0000000001", "/modes/s-0000000002", "/modes/t-0000000003"]);
    expect(await client.children("/modes")).toHaveLength(4);
    const inMulti = await client.multi([
      op.create("/modes/mc", "", { mode: "container" }),
      op.create("/modes/mt", "", { mode: "persistent-ttl", ttlMs: 60_000 }),
      op.create("/modes/ms-", "", { mode: "ephemeral-sequential" }),
    ]);
    expect(inMulti.results).toMatchObject([
      { type: "create", path: "/modes/mc" },
      { type: "create", path: "/modes/mt" },
      { type: "create", path: "/modes/ms-0000000006" },
    ]);
  });

  it("has containers and TTL nodes reaped by the server", async () => {
    const container = await client.create("/reaped-c", "", { mode: "container" });
    expect(container.stat?.czxid).toBe(container.zxid);
    await client.create("/reaped-t", "", { mode: "persistent-ttl", ttlMs: 100 });
    await client.create("/reaped-c/child");
    const gone = Promise.all([deletion("/reaped-c"), deletion("/reaped-t")]);
    await client.delete("/reaped-c/child");
    expect((await gone).map((event) => event.type)).toEqual(["deleted", "deleted"]);
  });

  function deletion(path: string): Promise<WatchEvent> {
    return new Promise((resolve, reject) => {
      client.exists(path, resolve).catch(reject);
    });
  }

  it("tells per op why a multi failed, applies none of it, and is certain", async () => {
    await client.create("/multi", "guard");
    const done = await client.multi([
      op.check("/multi", 0),
      op.create("/multi/a"),
      op.setData("/multi", "x", 0),
    ]);
    expect(done.results.map((result) => result.type)).toEqual(["check", "create", "setData"]);
    const failed = await rejection(
      client.multi([op.check("/multi"), op.check("/multi", 0), op.delete("/multi/a")]),
    );
    expect(failed).toMatchObject({
      zkName: "BadVersion",
      path: "/multi",
      certainty: "fail",
      results: ["Ok", "BadVersion", "RuntimeInconsistency"],
    });
    expect(failed.zxid).toBeGreaterThan(done.zxid);
    expect(await client.exists("/multi/a")).toBeDefined();
    expect(await client.multi([op.delete("/multi/a"), op.check("/multi", 1)])).toMatchObject({
      results: [{ type: "delete" }, { type: "check" }],
    });
  });

  it("is certain of every error that the server answered", async () => {
    await client.create("/errors", "", { mode: "ephemeral" });
    const cases = [
      { promise: client.create("/errors"), zkName: "NodeExists", path: "/errors" },
      { promise: client.create("/errors/a"), zkName: "NoChildrenForEphemerals" },
      { promise: client.create("/no/node"), zkName: "NoNode", path: "/no/node" },
      { promise: client.getData("/no"), zkName: "NoNode" },
      { promise: client.children("/no"), zkName: "NoNode" },
      { promise: client.delete("/errors", 7), zkName: "BadVersion" },
      { promise: client.setData("/errors", "", 7), zkName: "BadVersion" },
      { promise: client.delete("/zookeeper"), zkName: "BadArguments" },
      { promise: client.create("/acl", "", { acl: [] }), zkName: "InvalidAcl" },
    ];
    for (const { promise, ...expected } of cases) {
      expect(await rejection(promise)).toMatchObject({
        ...expected,
        certainty: "fail",
        connection: 1,
      });
    }
  });

  it("guards nodes by ACL and digest", async () => {
    const credentials = "lab:secret";
    await using owner = await connect({ auth: [{ scheme: "digest", credentials }] });
    await owner.create("/guarded", "x", { acl: CREATOR_ACL });
    expect((await owner.getAcl("/guarded")).acl).toEqual([
      { perms: PERMS.all, scheme: "digest", id: digestId(credentials) },
    ]);
    expect(await rejection(client.getData("/guarded"))).toMatchObject({ zkName: "NoAuth" });
    await client.addAuth("digest", credentials);
    expect(text((await client.getData("/guarded")).data)).toBe("x");
    const opened = [{ perms: PERMS.read, scheme: "world", id: "anyone" }];
    const changed = await owner.setAcl("/guarded", opened, 0);
    expect(changed).toMatchObject({ stat: { aversion: 1 } });
    expect(await rejection(owner.setData("/guarded", "y"))).toMatchObject({
      zkName: "NoAuth",
      certainty: "fail",
    });
  });

  it("ends at credentials of a scheme that the server does not know", async () => {
    const stranger = await connect({});
    const ended = reaches(stranger, "auth-failed");
    const inFlight = rejection(stranger.addAuth("no-such-scheme", "x"));
    expect(await inFlight).toMatchObject({ zkName: "AuthFailed", certainty: "fail" });
    await ended;
    expect(await rejection(stranger.getData("/"))).toMatchObject({
      zkName: "AuthFailed",
      certainty: "fail",
    });
  });

  it("lives within its chroot", async () => {
    await client.create("/chroot");
    await using inside = await connect({ servers: `${loopback.connectString}/chroot` });
    const events: WatchEvent[] = [];
    await inside.exists("/a", (event) => events.push(event));
    expect(await inside.create("/a")).toMatchObject({ path: "/a" });
    expect(events).toMatchObject([{ type: "created", path: "/a" }]);
    expect(await inside.children("/")).toEqual(["a"]);
    expect(await client.children("/chroot")).toEqual(["a"]);
    expect(await rejection(inside.multi([op.check("/b")]))).toMatchObject({ path: "/b" });
  });

  it("fires a watch once, in order with the replies", async () => {
    await client.create("/watched", "0");
    const story: string[] = [];
    const tell = (event: WatchEvent): number => story.push(`${event.type} ${event.path}`);
    await client.getData("/watched", tell);
    await client.children("/watched", tell);
    await client.exists("/watched/x", tell);
    const writer = await connect({});
    await Promise.all([
      client.setData("/watched", "1").then(() => story.push("set")),
      client.create("/watched/x").then(() => story.push("created")),
      client.setData("/watched", "2").then(() => story.push("set again")),
      client.getData("/watched").then(({ data }) => story.push(`read ${text(data)}`)),
    ]);
    await writer.close();
    // A server sends the event of a write before the write's own reply.
    expect(story).toEqual([
      "changed /watched",
      "set",
      "created /watched/x",
      "children-changed /watched",
      "created",
      "set again",
      "read 2",
    ]);
  });

  it("resumes a session by its id alone, and ends it from outside", async () => {
    const victim = await connect({});
    await victim.create("/victim", "", { mode: "ephemeral" });
    const states = reaches(victim, "expired");
    const resume = { id: victim.sessionId, password: sessionPassword(victim.sessionId) };
    const thief = await connect({ resume });
    expect(thief.sessionId).toBe(victim.sessionId);
    expect(await client.exists("/victim")).toMatchObject({ ephemeralOwner: victim.sessionId });
    expect(await thief.close()).toBe(true);
    expect(await client.exists("/victim")).toBeUndefined();
    expect((await states).at(-1)).toBe("expired");
    expect(await rejection(connect({ resume }))).toMatchObject({
      zkName: "SessionExpired",
      certainty: "fail",
    });
  });

  it("does not resume a session with another password", async () => {
    const resume = { id: client.sessionId, password: new Uint8Array(16) };
    expect(await rejection(connect({ resume }))).toMatchObject({ zkName: "SessionExpired" });
    expect(await client.exists("/")).toBeDefined();
  });

  it("leaves the session to its time-out when abandoned, and ends it when closed", async () => {
    const left = await connect({ sessionTimeoutMs: 400 });
    const closed = await connect({});
    await left.create("/left", "", { mode: "ephemeral" });
    await closed.create("/closed", "", { mode: "ephemeral" });
    expect(await closed.close()).toBe(true);
    expect(await client.exists("/closed")).toBeUndefined();
    const expired = deletion("/left");
    left.abandon();
    expect(left.state).toBe("closed");
    expect(await client.exists("/left")).toBeDefined();
    expect(await expired).toMatchObject({ type: "deleted" });
    const late = { zkName: "Closing", certainty: "fail", connection: undefined };
    expect(await rejection(left.setData("/", ""))).toMatchObject(late);
    expect(await rejection(closed.getData("/"))).toMatchObject(late);
  });

  it("is unsure of what is in flight when it closes without an answer", async () => {
    const hasty = await connect({});
    const write = rejection(hasty.create("/hasty"));
    hasty.abandon();
    expect(await write).toMatchObject({
      zkName: "ConnectionLoss",
      certainty: "info",
      connection: 1,
    });
  });

  it("notices a frozen server after the read time-out, and goes on with the same session", async () => {
    const sessionTimeoutMs = 3_000;
    const frozen = await connect({ sessionTimeoutMs });
    const id = frozen.sessionId;
    const events: WatchEvent[] = [];
    await frozen.exists("/thawed", (event) => events.push(event));
    const suspended = reaches(frozen, "suspended");
    // The read time-out runs from the last that was heard: hear something right now.
    await frozen.exists("/");
    const since = performance.now();
    loopback.server(1).pause();
    const inFlight = rejection(frozen.setData("/", "x"));
    await suspended;
    const silentMs = performance.now() - since;
    const waiting = frozen.create("/thawed");
    const connected = reaches(frozen, "connected");
    loopback.server(1).resume();
    await connected;
    expect(silentMs).toBeGreaterThan(sessionTimeoutMs / 2);
    expect(silentMs).toBeLessThan(sessionTimeoutMs);
    expect(await inFlight).toMatchObject({ zkName: "ConnectionLoss", certainty: "info" });
    expect(frozen.sessionId).toBe(id);
    expect(frozen.connectionNumber).toBe(2);
    expect(await waiting).toMatchObject({ connection: 2 });
    expect(events).toMatchObject([{ type: "created", path: "/thawed" }]);
    expect(await frozen.close()).toBe(true);
  });

  it("refuses, as never sent, what a sleeper wakes up to write after its session", async () => {
    const sleeper = await connect({ sessionTimeoutMs: 600 });
    await sleeper.create("/sleeper", "", { mode: "ephemeral" });
    const expired = reaches(sleeper, "expired");
    sleepWhole(1_500);
    const write = rejection(sleeper.create("/stale"));
    expect(sleeper.state).toBe("suspended");
    expect(await write).toMatchObject({
      zkName: "ConnectionLoss",
      certainty: "fail",
      connection: undefined,
    });
    const retry = rejection(sleeper.create("/stale"));
    expect(await expired).toEqual(["suspended", "expired"]);
    expect(await retry).toMatchObject({ zkName: "SessionExpired", certainty: "fail" });
    await client.sync();
    expect(await client.exists("/stale")).toBeUndefined();
    expect(await client.exists("/sleeper")).toBeUndefined();
  });

  it("keeps an idle session alive by pings, and tells when they were answered", async () => {
    const idle = await connect({ sessionTimeoutMs: 900 });
    const answered: bigint[] = [];
    const fourAnswers = new Promise<void>((resolve, reject) => {
      const limit = setTimeout(() => reject(new Error("four pings in 4 s")), 4_000);
      idle.on("ping", ({ sentAt, answeredAt }) => {
        if (answeredAt !== undefined) answered.push(answeredAt - sentAt);
        if (answered.length < 4) return;
        clearTimeout(limit);
        resolve();
      });
    });
    await fourAnswers; // more than a session time-out: 4 * 900 / 3
    expect(idle.state).toBe("connected");
    expect(idle.connectionNumber).toBe(1);
    expect(answered.every((nanoseconds) => nanoseconds > 0n)).toBe(true);
    await idle.close();
  });

  it("answers 5,000 writes in flight together, in order", async () => {
    await client.create("/burst");
    const writes = Array.from({ length: 5_000 }, () => client.setData("/burst", "x"));
    const zxids = (await Promise.all(writes)).map((written) => written.zxid);
    expect(zxids.every((at, n) => n === 0 || at > (zxids[n - 1] ?? 0n))).toBe(true);
    expect((await client.exists("/burst"))?.version).toBe(5_000);
  });
});

describe("the client on three servers", () => {
  let loopback: Loopback;
  beforeAll(async () => {
    loopback = await startLoopback({ version: "3.9.5", members: 3, tickTimeMs: 500 });
  });
  afterAll(async () => {
    await loopback[Symbol.asyncDispose]();
  });

  function connect(order: number, sessionTimeoutMs = 6_000): Promise<ZooKeeper> {
    const servers = [...loopback.servers.slice(order - 1), ...loopback.servers.slice(0, order - 1)];
    let draws = 0;
    return ZooKeeper.connect({
      servers: servers.map((server) => server.address).join(","),
      sessionTimeoutMs,
      random: () => (draws++ % 1_000) / 1_000, // rising: the order as it is written
    });
  }

  it("reads the roles", async () => {
    const roles = await Promise.all(loopback.servers.map((server) => server.srvr()));
    expect(roles.map((srvr) => srvr?.mode).sort()).toEqual(["follower", "follower", "leader"]);
  });

  it("moves to another server with its session, its watches and its ephemerals", async () => {
    const modes = await Promise.all(loopback.servers.map((server) => server.srvr()));
    const leader = modes.findIndex((srvr) => srvr?.mode === "leader") + 1;
    const [client, other] = await Promise.all([connect(leader), connect((leader % 3) + 1)]);
    await client.create("/moved", "", { mode: "ephemeral" });
    const events: string[] = [];
    for (const path of ["/moved", "/new", "/quiet"]) {
      await client.exists(path, (event) => events.push(`${event.type} ${event.path}`));
    }
    await client.children("/", (event) => events.push(`${event.type} ${event.path}`));
    const losses: string[] = [];
    client.on("lost", (error) => losses.push(error.server));
    const reconnected = Promise.all([reaches(client, "suspended"), reaches(client, "connected")]);
    await loopback.server(leader).kill();
    await reconnected;
    expect(losses[0]).toBe(loopback.server(leader).address);
    expect(client.connectionNumber).toBe(2);
    if (other.state !== "connected") await reaches(other, "connected");
    expect(await other.exists("/moved")).toMatchObject({ ephemeralOwner: client.sessionId });
    await other.multi([op.create("/new"), op.setData("/moved", "x")]);
    await client.sync();
    expect(events.sort()).toEqual(["changed /moved", "children-changed /", "created /new"]);
    await Promise.all([client.close(), other.close()]);
    await loopback.server(leader).start();
    await loopback.server(leader).serves();
  });

  it("hears, when it comes back, of what it missed", async () => {
    const [client, other] = await Promise.all([connect(1, 2_000), connect(2)]);
    await other.create("/missed");
    const changed = new Promise<WatchEvent>((resolve, reject) => {
      client.getData("/missed", resolve).catch(reject);
    });
    await client.exists("/missed");
    const suspended = reaches(client, "suspended");
    loopback.server(1).pause();
    await suspended;
    await other.setData("/missed", "while you were away");
    loopback.server(1).resume();
    expect(await changed).toMatchObject({ type: "changed", path: "/missed" });
    await Promise.all([client.close(), other.close()]);
  });
});

describe("connecting where nobody is", () => {
  it("gives up within its limit, typed and certain", async () => {
    const [port] = await freePorts(1);
    const since = performance.now();
    const error = await rejection(
      ZooKeeper.connect({
        servers: `127.0.0.1:${port}`,
        sessionTimeoutMs: 2_000,
        connectTimeoutMs: 700,
      }),
    );
    expect(error).toMatchObject({
      zkName: "ConnectionLoss",
      certainty: "fail",
      operation: "connect",
    });
    expect(error.message).toMatch(/ECONNREFUSED/);
    expect(performance.now() - since).toBeLessThan(1_500);
  });
});
