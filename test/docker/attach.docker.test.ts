/**
 * `zklab attach` to an ensemble that is not the lab's: other names, ticks and folders, tini as process 1,
 * a restart policy (test/fixtures/foreign). Whatever happens it is left as it was found.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ZooKeeper } from "../../lab/client/index.ts";
import { toJson } from "../../lab/report/json.ts";
import { builtFirst, HEALED_LIMIT_MS, untilGone, untilInForce } from "../builders/docker-lab.ts";
import { docker, labelled, needsEngine, ownerOf } from "../builders/engine.ts";
import { asOrdinaryUser } from "../builders/ordinary-user.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import { killLeftOver, type RunningCli, startZklab, zklab } from "../builders/zklab-cli.ts";

const PROJECT = "zklab-attach-test";
const COMPOSE = ["compose", "-f", "test/fixtures/foreign/compose.yaml", "-p", PROJECT];
const LIMIT_MS = 180_000;
const SERVING_LIMIT_MS = 60_000;
const SERVERS = ["zoo-a", "zoo-b", "zoo-c"];

interface Looked {
  readonly servers: readonly { readonly server: string; readonly role: string }[];
  readonly faults: readonly { readonly fault: string; readonly why: string | null }[];
}

let scratch: ScratchFolder;

/** Budget: 90 s. */
describe.skipIf(needsEngine().skip)("zklab attach", () => {
  builtFirst();
  beforeAll(async () => {
    docker([...COMPOSE, "up", "-d"]);
    await untilServing();
  }, LIMIT_MS);
  afterAll(() => {
    docker([...COMPOSE, "down", "-v", "-t", "0"]);
  });
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    killLeftOver();
    scratch[Symbol.dispose]();
  });

  it("finds servers and roles, and says which faults they were not started for", async () => {
    const { servers, faults } = await look();
    expect(servers.map(({ server }) => server)).toEqual(["zk11", "zk12", "zk13"]);
    expect(servers.map(({ role }) => role).sort()).toEqual(["follower", "follower", "leader"]);
    const why = Object.fromEntries(faults.map((one) => [one.fault, one.why]));
    expect(why["pause"]).toBeNull();
    expect(why["rollover"]).toMatch(/zk11, zk12, zk13 started without a debugger's port/);
    const refused = await zklab(["attach", PROJECT, "rollover", "--runs", scratch.path]);
    expect(refused.code).toBe(3);
    expect(refused.stderr).toMatch(/rollover is unavailable: zk11, zk12, zk13 started without/);
  });

  it("plays gc-pause beside it as expected, and audits its logs while they are written", async () => {
    const before = looks().map(({ id, startedAt }) => ({ id, startedAt }));
    const args = ["attach", PROJECT, "gc-pause", "--runs", scratch.path, "--json"];
    const { code, stdout, stderr } = await zklab(args, { limitMs: LIMIT_MS });
    expect(code, `${stderr}${stdout}`).toBe(0);
    const [outcome] = JSON.parse(stdout) as { expectations: { met: boolean }[] }[];
    expect(outcome?.expectations.map(({ met }) => met)).toEqual([true, true, true]);
    const run: unknown = JSON.parse(
      readFileSync(join(scratch.path, "gc-pause/latest/run.json"), "utf8"),
    );
    expect(run).toMatchObject({ attached: PROJECT, tickTimeMs: 600, sessionTimeoutMs: 2_000 });
    expect(looks().map(({ id, startedAt }) => ({ id, startedAt }))).toEqual(before);
    expect(await znodes()).toEqual(["zookeeper"]);
    const { servers } = await look();
    expect(servers.map(({ role }) => role).sort()).toEqual(["follower", "follower", "leader"]);
  });

  it("freezes by the engine what an ordinary user of it may not signal, and undoes it", async () => {
    const user = asOrdinaryUser(scratch);
    const file = scratch.file("stalled.yaml", stalledServer);
    const runs = join(user.cwd, "runs");
    const args = ["attach", PROJECT, file, "--runs", runs, "--json"];
    const { code, stdout, stderr } = await zklab(args, { ...user, limitMs: LIMIT_MS });
    expect(code, `${stderr}${stdout}`).toBe(0);
    const history = readFileSync(join(runs, "stalled/latest/history.jsonl"), "utf8");
    expect(history).toMatch(/"phase":"in-force"[^\n]*\(java\) in state frozen/);
    expect(isHealed()).toBe(true);
  });

  it("names the projects that there are where there is no such one", async () => {
    const { code, stderr } = await zklab(["attach", "nobody-s"]);
    expect(code).toBe(64);
    expect(stderr).toMatch(new RegExp(`no such compose project[^]*${PROJECT}`));
  });

  it.each(["pause", "kill"])("heals within 5 s of the lab's kill -9 in mid-%s", async (how) => {
    const ids = looks().map(({ id }) => id);
    const lab = await startFault(how);
    const owner = `zklab.owner=${ownerOf(lab.pid)}`;
    expect(labelled(owner)).not.toEqual([]);
    process.kill(lab.pid, "SIGKILL");
    await lab.result;
    await until("the ensemble to be as before", HEALED_LIMIT_MS, isHealed, () => toJson(looks()));
    expect(looks().map(({ id }) => id)).toEqual(ids);
    await untilGone(owner);
    await untilServing();
  });

  it("heals what was ended at Ctrl-C, too", async () => {
    const lab = await startFault("kill");
    process.kill(lab.pid, "SIGINT");
    const { code, stderr } = await lab.result;
    expect(code, stderr).toBe(130);
    expect(isHealed()).toBe(true);
    await untilServing();
  });
});

async function look(): Promise<Looked> {
  const { code, stdout, stderr } = await zklab(["attach", PROJECT, "--json"]);
  expect(code, stderr).toBe(0);
  return JSON.parse(stdout) as Looked;
}

async function untilServing(): Promise<void> {
  await until("every server to serve", SERVING_LIMIT_MS, async () =>
    (await look()).servers.every(({ role }) => role === "leader" || role === "follower")
      ? true
      : undefined,
  );
}

interface Container {
  readonly id: string;
  readonly running: boolean;
  readonly startedAt: string;
  /** The states of all its processes, as in ps. */
  readonly states: string;
  readonly address: string;
}

/** Each server's container as the engine and the kernel see it. */
function looks(): readonly Container[] {
  return SERVERS.map((service) => {
    const [found] = JSON.parse(docker(["inspect", `${PROJECT}-${service}-1`])) as [
      {
        readonly Id: string;
        readonly State: { readonly Running: boolean; readonly StartedAt: string };
        readonly NetworkSettings: {
          readonly Networks: Readonly<Record<string, { readonly IPAddress: string }>>;
        };
      },
    ];
    const { Running: running, StartedAt: startedAt } = found.State;
    const top = running ? docker(["top", found.Id, "-o", "pid,stat"]) : "";
    const states = [...top.matchAll(/^\s*\d+\s+(\S)/gm)].map(([, state]) => state).join("");
    const address = found.NetworkSettings.Networks[`${PROJECT}_default`]?.IPAddress ?? "";
    return { id: found.Id, running, startedAt, states, address };
  });
}

/** For `until`: every server runs and none stands still. */
function isHealed(): true | undefined {
  return looks().every(({ running, states }) => running && !states.includes("T"))
    ? true
    : undefined;
}

/** Plays a run in which the leading server stays away; resolves when it is gone, or stands still. */
async function startFault(how: string): Promise<RunningCli> {
  const file = join(scratch.path, "away.yaml");
  writeFileSync(file, AWAY.replace("HOW", how));
  const lab = startZklab(["attach", PROJECT, file, "--runs", scratch.path], { limitMs: LIMIT_MS });
  await untilInForce(join(scratch.path, "away/latest/history.jsonl"));
  expect(isHealed()).toBeUndefined();
  return lab;
}

async function znodes(): Promise<readonly string[]> {
  const servers = looks().map(({ address }) => `${address}:2181`);
  await using client = await ZooKeeper.connect({
    servers: servers.join(","),
    sessionTimeoutMs: 10_000,
  });
  return client.children("/");
}

/** A server stands still while one group writes. */
const stalledServer = `
name: stalled
description: A server stands still for a while.
groups:
  checked:
    strategy: latch-check
    contenders: 2
    minimums: { committedWrites: 5 }
    expect: { verdict: holds }
steps:
  - each-group:
      - await: { elected: any }
        within: 20 s
      - await: { writes: 5 }
        within: 20 s
  - inject: { fault: pause, target: follower, until: { role: { server: any, is: unreachable } }, limit: 10 s }
`;

const AWAY = `
name: away
description: The leading server stays away for as long as the lab lives.
groups:
  checked:
    strategy: latch-check
    contenders: 2
    expect: { verdict: holds }
steps:
  - inject:
      fault: re-elect
      target: leader-server
      options: { how: HOW }
      until: { log: { server: any, contains: nobody says this } }
      limit: 100 s
`;
