/** docker-compose.yml by hand: it serves, elects, and keeps its dangerous ports to itself. */

import { connect } from "node:net";
import { loadavg } from "node:os";
import { afterEach, describe, expect, it } from "vitest";
import { fourLetterWord, parseSrvr } from "../../lab/client/four-letter-word.ts";
import { builtFirst } from "../builders/docker-lab.ts";
import { docker, needsEngine } from "../builders/engine.ts";
import { until } from "../builders/wait.ts";

const PROJECT = "zklab-compose-test";
const COMPOSE = ["compose", "-p", PROJECT];
const PORTS = [42181, 42182, 42183];
const ENV = {
  ...Object.fromEntries(PORTS.map((port, i) => [`ZKLAB_PORT_${i + 1}`, String(port)])),
  ZKLAB_JDWP: "true",
};
/** The target is 10 s on an idle machine; the machine of a test may be busy. */
const UP_LIMIT_S = "60";
const ELECTED_LIMIT_MS = 30_000;

/** Budget: 20 s. */
describe.skipIf(needsEngine().skip)("docker-compose.yml", () => {
  builtFirst();
  afterEach(() => {
    docker([...COMPOSE, "--profile", "contenders", "down", "-v", "-t", "0"], ENV);
  });

  it("serves on the loopback, elects a contender, and hides JDWP and AdminServer", async () => {
    const startedAt = performance.now();
    docker([...COMPOSE, "up", "--wait", "--wait-timeout", UP_LIMIT_S], ENV);
    const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
    process.stdout.write(`docker compose up --wait: ${seconds} s, at load ${loadavg()[0]}\n`);
    const modes = await Promise.all(PORTS.map(modeOf));
    expect([...modes].sort()).toEqual(["follower", "follower", "leader"]);
    docker([...COMPOSE, "--profile", "contenders", "up", "-d"], ENV);
    await until("an election in the logs", ELECTED_LIMIT_MS, () =>
      docker([...COMPOSE, "logs", "c1", "c2", "c3"], ENV).includes('"state":"elected"')
        ? true
        : undefined,
    );
    // Whatever cannot be reached must be there at all: the client port can, and on the server's own
    // loopback so can the other two.
    expect(reach("c1", "zk1", 2181)).toBe("open");
    for (const port of [5005, 8080]) {
      expect(reach("zk1", "127.0.0.1", port), `zk1 to its own ${port}`).toBe("open");
      for (const server of ["zk1", "zk2", "zk3"]) {
        expect(reach("c1", server, port), `c1 to ${server}:${port}`).toBe("refused");
      }
    }
  });
});

async function modeOf(port: number): Promise<string | undefined> {
  const text = await fourLetterWord(() => connect({ host: "127.0.0.1", port }), "srvr", 2_000);
  return parseSrvr(text)?.mode;
}

function reach(from: string, host: string, port: number): string {
  const script = `exec 3<>/dev/tcp/${host}/${port} && echo open || echo refused`;
  return docker([...COMPOSE, "exec", "-T", from, "bash", "-c", script], ENV).trim();
}
