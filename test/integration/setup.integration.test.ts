/**
 * The real thing: Maven, a JVM, npm and a compiler. Uses the machine's own cache, so it is quick
 * where `zklab setup` has run; what is not in the cache is fetched or built here.
 */

import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { basename } from "node:path";
import { describe, expect, it } from "vitest";
import { diagnose } from "../../lab/runtime/setup/doctor.ts";
import { findNativeClient, provideNativeClient } from "../../lab/runtime/setup/native-client.ts";
import {
  DEFAULT_ZOOKEEPER_VERSION,
  provideZooKeeper,
  type ZooKeeperJars,
} from "../../lab/runtime/setup/zookeeper-jars.ts";

const FETCH_LIMIT_MS = 300_000;

/** What a JVM with these jars says; the limit is far above the 0.2 s that it takes. */
function java(
  zookeeper: ZooKeeperJars,
  ...main: readonly string[]
): { code: number; said: string } {
  const classPath = zookeeper.jars.join(":");
  const result = spawnSync(zookeeper.java, ["-cp", classPath, ...main], {
    encoding: "utf8",
    timeout: 30_000,
  });
  return { code: result.status ?? -1, said: `${result.stdout}${result.stderr}` };
}

describe("provideZooKeeper", () => {
  it.each([
    { version: DEFAULT_ZOOKEEPER_VERSION, logging: "logback" },
    { version: "3.8.0", logging: "logback" },
    { version: "3.4.14", logging: "log4j" },
  ])(
    "gives a server of $version that starts and names its version",
    async ({ version, logging }) => {
      const zookeeper = await provideZooKeeper({ version });
      expect(zookeeper).toMatchObject({ version, logging });
      for (const jar of zookeeper.jars) expect(existsSync(jar)).toBe(true);
      expect(java(zookeeper, "org.apache.zookeeper.Version").said).toContain(`${version}-`);
      const server = java(zookeeper, "org.apache.zookeeper.server.quorum.QuorumPeerMain");
      expect(server.code).toBe(2);
      expect(server.said).not.toContain("multiple SLF4J");
    },
    FETCH_LIMIT_MS,
  );

  it("brings what the AdminServer needs", async () => {
    const { jars } = await provideZooKeeper({ version: DEFAULT_ZOOKEEPER_VERSION });
    const names = jars.map((jar) => basename(jar).replace(/-\d.*$/, ""));
    expect(names).toEqual(
      expect.arrayContaining(["jetty-server", "jetty-servlet", "jackson-databind", "commons-cli"]),
    );
  });

  it("is quick the second time", async () => {
    await provideZooKeeper();
    const startedAt = performance.now();
    await provideZooKeeper();
    expect(performance.now() - startedAt).toBeLessThan(50);
  });

  it("says what a version that does not exist met with", async () => {
    await expect(provideZooKeeper({ version: "3.9.99" })).rejects.toMatchObject({
      code: "environment",
      message: expect.stringMatching(/3\.9\.99.*\n[\s\S]*ZOOKEEPER_HOME/),
    });
  });
});

describe("provideNativeClient", () => {
  it(
    "gives a client that loads in this Node",
    async () => {
      const client = await provideNativeClient();
      expect(findNativeClient()).toEqual(client);
      const script =
        'const Client = require("./node_modules/zookeeper");' +
        'console.log(typeof new Client({}).init, require("./node_modules/zookeeper/package").version);';
      const result = spawnSync(process.execPath, ["-e", script], {
        cwd: client.directory,
        encoding: "utf8",
        timeout: 20_000,
      });
      expect(result.stdout).toBe(`function ${client.version}\n`);
    },
    FETCH_LIMIT_MS,
  );
});

describe("diagnose", () => {
  it("finds the cache as it was made, by hash", async () => {
    await provideZooKeeper();
    const { zookeepers } = await diagnose();
    // Others may lie there from an earlier zklab; the one that was just provided must be good.
    const name = `${DEFAULT_ZOOKEEPER_VERSION} (Maven Central)`;
    expect(zookeepers.find((zookeeper) => zookeeper.name === name)).toMatchObject({ good: true });
  });
});
