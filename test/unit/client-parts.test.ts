import { createServer } from "node:net";
import { describe, expect, it } from "vitest";
import {
  digestId,
  fourLetterWord,
  parseConnectString,
  parseSrvr,
  sessionPassword,
} from "../../lab/client/index.ts";
import { JuteWriter } from "../../lab/client/jute.ts";
import { pathProblem, withChroot, withoutChroot } from "../../lab/client/paths.ts";
import { ServerRound } from "../../lab/client/servers.ts";
import { WatchRegistry } from "../../lab/client/watches.ts";
import { sessionId, zxid } from "../../lab/ids.ts";

describe("sessionPassword", () => {
  // From java.util.Random itself, OpenJDK 17.
  it.each([
    [0n, "f22acd4a97e69d6d20a49bb638eadb38"],
    [0x10000abcdef0001n, "76b39f6d54c3bc4f6ebe2fdff1198ecf"],
    [0x8123456789abcdefn, "f7cd1b8b3f946c477425d41be3f667c6"],
    [0xffffffffffffffffn, "20f62cb5648dc2d771471c8a2486a9ee"],
  ])("of 0x%x is what the server made it", (id, hex) => {
    expect(Buffer.from(sessionPassword(sessionId(id))).toString("hex")).toBe(hex);
  });
});

describe("digestId", () => {
  it("is ZooKeeper's, from its own documentation of the super user", () => {
    expect(digestId("super:test")).toBe("super:D/InIHSb7yEEbrWz8b9l71RjZJU=");
  });
});

describe("parseConnectString", () => {
  it.each([
    ["a:1", [{ host: "a", port: 1 }], ""],
    ["a", [{ host: "a", port: 2181 }], ""],
    [
      "10.1.1.1:2181, b:2182/x/y",
      [
        { host: "10.1.1.1", port: 2181 },
        { host: "b", port: 2182 },
      ],
      "/x/y",
    ],
    ["[::1]:2181/", [{ host: "::1", port: 2181 }], ""],
  ])("reads %s", (text, servers, chroot) => {
    expect(parseConnectString(text)).toEqual({ servers, chroot });
  });

  it.each(["", "a:", "a:0", "a:65536", "a,,b", ":2181", "a:1//", "a:1/x/", "a b:1", "::1:2181"])(
    "refuses %j",
    (text) => {
      expect(() => parseConnectString(text)).toThrow(/connect string/);
    },
  );
});

describe("pathProblem", () => {
  it.each(["/", "/a", "/a/b", "/a-b_c.d", "/ä/…", "/..a"])("takes %j", (path) => {
    expect(pathProblem(path)).toBeUndefined();
  });
  it.each(["", "a", "//", "/a/", "/a//b", "/.", "/a/../b", "/\u0000", "/a\ud83d\ude00", "/\u0085"])(
    "refuses %j",
    (path) => {
      expect(pathProblem(path)).toBeDefined();
    },
  );
  it("lets a sequential node have no name of its own", () => {
    expect(pathProblem("/a/", "sequential")).toBeUndefined();
    expect(pathProblem("/a//", "sequential")).toBeDefined();
  });
  it("puts chroots on and takes them off", () => {
    for (const path of ["/", "/a", "/a/b"]) {
      expect(withoutChroot("/root", withChroot("/root", path))).toBe(path);
    }
    expect(withoutChroot("/root", "/rooted")).toBe("/rooted");
  });
});

describe("ServerRound", () => {
  const servers = [1, 2, 3].map((port) => ({ host: "h", port }));

  it("tries every server once before it pauses", () => {
    const round = new ServerRound(servers, () => 0.5);
    const tried = Array.from({ length: 7 }, () => round.next());
    expect(new Set(tried.slice(0, 3).map((each) => each.address.port))).toEqual(new Set([1, 2, 3]));
    expect(tried.map((each) => each.delayMs > 0)).toEqual([
      false,
      false,
      false,
      true,
      false,
      false,
      true,
    ]);
  });

  it("starts anew after a connection that lasted, not after one that did not", () => {
    const round = new ServerRound(servers.slice(0, 1), () => 0);
    round.next();
    round.lost(5);
    expect(round.next().delayMs).toBeGreaterThan(0);
    round.lost(60_000);
    expect(round.next().delayMs).toBe(0);
  });
});

describe("WatchRegistry", () => {
  it("fires each registration once, and only what the event is about", () => {
    const registry = new WatchRegistry();
    const fired: string[] = [];
    const same = (): number => fired.push("same");
    registry.add("data", "/a", same);
    registry.add("data", "/a", same);
    registry.add("child", "/a", () => fired.push("child"));
    registry.add("exist", "/b", () => fired.push("exist"));
    const fire = (
      type: "changed" | "deleted" | "children-changed" | "created",
      path: string,
    ): void => {
      for (const watch of registry.take(type, path)) watch({ type, path });
    };
    fire("changed", "/b/c");
    fire("changed", "/a");
    fire("changed", "/a");
    fire("deleted", "/a");
    fire("created", "/b");
    expect(fired).toEqual(["same", "same", "child", "exist"]);
  });

  it("sets everything again, in requests that a server takes", () => {
    const registry = new WatchRegistry();
    expect(registry.resetBodies(zxid(5n))).toEqual([]);
    for (let n = 0; n < 3_000; n += 1)
      registry.add("child", `/${"x".repeat(100)}${n}`, () => undefined);
    const bodies = registry.resetBodies(zxid(5n)).map((body) => {
      const writer = new JuteWriter();
      body(writer);
      return writer.length;
    });
    expect(bodies.length).toBe(3);
    expect(Math.max(...bodies)).toBeLessThan(200_000);
  });
});

describe("parseSrvr", () => {
  const answer = `Zookeeper version: 3.9.5-4ec3f4b3ccfc4b0ed3f5b8a2a8ea1ff1c2b2d1b0, built on 2024-03-12 14:12 UTC
Latency min/avg/max: 0/0.5/12
Received: 11
Sent: 10
Connections: 3
Outstanding: 2
Zxid: 0x300000001
Mode: follower
Node count: 57
`;
  it("reads role, version and zxid", () => {
    expect(parseSrvr(answer)).toEqual({
      version: "3.9.5",
      mode: "follower",
      zxid: 0x300000001n,
      connections: 3,
      outstanding: 2,
      nodeCount: 57,
    });
  });
  it("tells a server that looks for a leader from garbage", () => {
    const looking = "This ZooKeeper instance is not currently serving requests\n";
    expect(parseSrvr(looking)).toBeUndefined();
    for (const text of [
      "",
      "srvr is not executed because it is not in the whitelist.",
      "Mode: king",
    ]) {
      expect(() => parseSrvr(text)).toThrow(/answer to srvr/);
    }
    expect(() => parseSrvr(answer.replace("follower", "king"))).toThrow(/answer to srvr/);
  });
});

describe("fourLetterWord", () => {
  it("refuses silence and too much, within its limit", async () => {
    const server = createServer((socket) => {
      socket.on("error", () => undefined);
      socket.once("data", (word) => {
        if (word.toString() === "much") socket.write(Buffer.alloc(2 * 1024 * 1024));
      });
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no TCP address");
    const target = { host: "127.0.0.1", port: address.port };
    await expect(fourLetterWord(target, "srvr", 50)).rejects.toMatchObject({ code: "timeout" });
    await expect(fourLetterWord(target, "much", 2_000)).rejects.toMatchObject({ code: "ensemble" });
    await new Promise((resolve) => {
      server.close(resolve);
    });
    await expect(fourLetterWord(target, "srvr", 500)).rejects.toThrow(/ECONNREFUSED/);
  });
});
