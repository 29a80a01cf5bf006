/** `zklab risk` on a real server: its forecast against what was written, and across a change of epoch. */

import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ZooKeeper } from "../../lab/client/index.ts";
import { counterOf } from "../../lab/ids.ts";
import type { RiskReport } from "../../lab/risk/types.ts";
import { freePorts, type Loopback, startLoopback } from "../builders/loopback-server.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import { buildOnce, killLeftOver, startZklab, zklab } from "../builders/zklab-cli.ts";

/** Budget: 40 s for the file. */
const WINDOW_S = 5;
const WRITE_PERIOD_MS = 15;
const END = 0xffff_fffe;

let scratch: ScratchFolder;
let loopback: Loopback;
let adminPort: number;

beforeAll(async () => {
  buildOnce();
  scratch = new ScratchFolder();
  const [quorum = 0, election = 0, admin = 0] = await freePorts(3);
  adminPort = admin;
  // One participant is an ensemble too: it has epochs, and a restart begins a new one.
  loopback = await startLoopback({
    version: "3.9.5",
    config: [
      "standaloneEnabled=false",
      `server.1=127.0.0.1:${quorum}:${election}`,
      ...["admin.enableServer=true", "admin.serverAddress=127.0.0.1", `admin.serverPort=${admin}`],
    ],
    flags: ["-Dzookeeper.admin.enableServer=true"],
  });
});
afterAll(async () => {
  killLeftOver();
  await loopback[Symbol.asyncDispose]();
  scratch[Symbol.dispose]();
});

function ask(more: readonly string[]): Promise<{ code: number | null; report: RiskReport }> {
  const args = ["risk", loopback.connectString, "--json", ...more];
  return zklab(args).then(({ code, stdout, stderr }) => {
    expect(stderr).toBe("");
    return { code, report: JSON.parse(stdout) as RiskReport };
  });
}

describe("zklab risk", () => {
  it.each([
    ["zabstate", () => ["--admin", String(adminPort)]],
    ["srvr", () => ["--no-admin"]],
  ] as const)("by %s forecasts within 5 % of what is written", async (via, flags) => {
    const client = await ZooKeeper.connect({
      ...{ servers: loopback.connectString, sessionTimeoutMs: 10_000 },
    });
    const path = `/${via}`;
    await client.create(path, "");
    const written: { at: number; counter: number }[] = [];
    let writing = true;
    const writer = (async () => {
      while (writing) {
        const { zxid } = await client.setData(path, "");
        written.push({ at: Date.now(), counter: counterOf(zxid) });
        await delay(WRITE_PERIOD_MS);
      }
    })();
    const { report } = await ask(["--window", String(WINDOW_S), ...flags()]);
    writing = false;
    await writer;
    await client.close();
    expect(report.servers[0]).toMatchObject({ mode: "leader", via });
    // What the writer itself saw acknowledged while the window was open.
    const seconds = report.rate?.seconds ?? 0;
    expect(seconds).toBeGreaterThanOrEqual(WINDOW_S - 0.5);
    const inside = written.filter(({ at }) => at <= report.at && at >= report.at - seconds * 1_000);
    const [first, last] = [inside[0], inside.at(-1)];
    if (first === undefined || last === undefined) throw new Error("nothing was written");
    const rate = ((last.counter - first.counter) / (last.at - first.at)) * 1_000;
    expect(Math.abs((report.rate?.likely ?? 0) / rate - 1)).toBeLessThan(0.05);
    const expected = (END - (report.counter ?? 0)) / rate;
    const told = ((report.forecast?.likelyAt ?? 0) - report.at) / 1_000;
    expect(Math.abs(told / expected - 1)).toBeLessThan(0.05);
  });

  it("across a change of epoch neither lies nor goes below zero", async () => {
    const history = ["--history", join(scratch.path, "zxids.jsonl"), "--no-admin", "--window", "1"];
    const before = await ask(history);
    const server = loopback.server(1);
    await server.kill();
    const down = await ask(history);
    expect(down).toMatchObject({ code: 3, report: { severity: "unknown" } });
    expect(down.report.servers[0]).toMatchObject({ why: expect.stringContaining("ECONNREFUSED") });
    await server.start();
    await server.serves();
    const { report } = await ask(history);
    expect(report.epoch).toBeGreaterThan(before.report.epoch ?? 0);
    expect(report).toMatchObject({ leaderChanges: 1, rate: { dropped: 1 } });
    expect(report.rate?.likely).toBeGreaterThanOrEqual(0);
    expect(report.forecast?.transactionsLeft).toBeGreaterThan(4e9);
  });

  it("shows OpenMetrics until it is ended, and then answers by severity", async () => {
    const [port = 0] = await freePorts(1);
    const watching = startZklab([
      ...["risk", loopback.connectString, "--no-admin", "--serve", String(port)],
      ...["--interval", "0.1", "--threshold", "shareWarning=0"],
    ]);
    const page = await until("metrics to be shown", 15_000, async () => {
      const answer = await fetch(`http://127.0.0.1:${port}/metrics`).catch(() => undefined);
      return answer === undefined ? undefined : await answer.text();
    });
    expect(page).toMatch(/^zklab_zxid_epoch\{ensemble="127\.0\.0\.1:\d+"\} [2-9]$/m);
    expect(page).toMatch(/^zklab_server_up\{.*\} 1$/m);
    process.kill(watching.pid, "SIGTERM");
    expect(await watching.result).toMatchObject({ code: 1, stderr: "" });
  });
});
