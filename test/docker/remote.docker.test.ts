/**
 * The lab against an engine on another machine, simulated for real (remote-engine.ts): no route to its
 * containers, no pid of theirs, another clock, TCP.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import Dockerode from "dockerode";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { engineProcesses } from "../../lab/runtime/docker/engine-processes.ts";
import { isHere } from "../../lab/runtime/docker/host-processes.ts";
import { GONE_LIMIT_MS, HEALED_LIMIT_MS, untilInForce } from "../builders/docker-lab.ts";
import { needsEngine } from "../builders/engine.ts";
import { AHEAD_S, RemoteEngine, remoteEngineProblem } from "../builders/remote-engine.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import {
  buildOnce,
  type CliResult,
  killLeftOver,
  startZklab,
  zklab,
} from "../builders/zklab-cli.ts";

const LIMIT_MS = 240_000;
const NS_PER_S = 1e9;

const problem = remoteEngineProblem();
let engine: RemoteEngine;
let scratch: ScratchFolder;

/** Budget: 2 min, half of which is for the engine and its images. */
describe.skipIf(needsEngine().skip || problem !== undefined)("an engine elsewhere", () => {
  beforeAll(async () => {
    buildOnce();
    engine = await RemoteEngine.start();
    const built = await lab(["images"]);
    expect(built.code, built.stderr).toBe(0);
  }, LIMIT_MS);
  afterAll(async () => {
    await engine.stop();
  });
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    killLeftOver();
    scratch[Symbol.dispose]();
  });

  it("plays gc-pause as expected, by its engine's word and with its clock", async () => {
    const { code, stdout, stderr } = await play("gc-pause", "--json");
    expect(code, `${stderr}${stdout}`).toBe(0);
    const [outcome] = JSON.parse(stdout) as { expectations: { met: boolean }[] }[];
    expect(outcome?.expectations.map(({ met }) => met)).toEqual([true, true, true]);
    const history = readFileSync(join(scratch.path, "gc-pause/latest/history.jsonl"), "utf8");
    const events = history
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as Event);
    const clocks = events.filter(({ type }) => type === "clock");
    expect(clocks).toHaveLength(2);
    for (const { aheadNs } of clocks) expect(Number(aheadNs) / NS_PER_S).toBeCloseTo(AHEAD_S, 1);
    const proofs = events.filter(({ phase }) => phase === "in-force").map(({ proof }) => proof);
    expect(proofs).toHaveLength(3);
    for (const proof of proofs) expect(proof).toMatch(/^pid \d+ \(node\) in state T$/);
    expect(engine.docker(["ps", "-aq"])).toBe("");
  });

  it("plays partition as expected, by a helper container there", async () => {
    const { code, stdout, stderr } = await play("partition");
    expect(code, `${stderr}${stdout}`).toBe(0);
    const proof = /by a helper container: 12 of 12 probe packets arrived before, 0 of 12 after/g;
    expect(stdout.match(proof)).toHaveLength(3);
    expect(engine.docker(["ps", "-aq"])).toBe("");
  });

  it("says before it plays what cannot be caused there", async () => {
    const { code, stderr } = await play("gc-pause-sender");
    expect(code).toBe(3);
    expect(stderr).toMatch(/reset is unavailable: the engine's host is another machine/);
    expect(engine.docker(["ps", "-aq"])).toBe("");
  });

  it("is healed within 5 s and gone within 30 s of the lab's kill -9", async () => {
    const running = startZklab(["run", "gc-pause", "--runtime", "docker", "--runs", scratch.path], {
      ...{ env: { DOCKER_HOST: engine.host }, limitMs: LIMIT_MS },
    });
    await untilInForce(join(scratch.path, "gc-pause/latest/history.jsonl"));
    expect(states()).toMatch(/T/);
    process.kill(running.pid, "SIGKILL");
    await running.result;
    const healed = () => (states().includes("T") ? undefined : true);
    await until("every process to be continued", HEALED_LIMIT_MS, healed, states);
    const gone = () => (engine.docker(["ps", "-aq"]) === "" ? true : undefined);
    await until("all of the lab to be removed", GONE_LIMIT_MS, gone);
  });

  it.each([
    ["its program as process 1", [], "T"],
    ["tini as process 1", ["--init"], "frozen"],
  ])("stops and continues a container with %s, and sees it", async (_name, options, state) => {
    const sleep = ["--entrypoint", "sleep", "zklab-contender:latest", "300"];
    const id = (engine.docker(["run", "-d", ...options, ...sleep]) ?? "").trim();
    const { hostname: host, port } = new URL(engine.host);
    const container = new Dockerode({ protocol: "http", host, port }).getContainer(id);
    const { State: seen } = await container.inspect();
    expect(isHere(id, seen.Pid)).toBe(false);
    const processes = engineProcesses(container);
    const look = async (): Promise<readonly string[]> => [
      ...new Set((await processes.processes()).map((one) => one.state)),
    ];
    await processes.signal("SIGSTOP");
    expect(await look()).toEqual([state]);
    await processes.signal("SIGCONT");
    expect(await look()).toEqual(["S"]);
    await processes.signal("SIGKILL");
    await container.wait();
    expect(await look()).toEqual([]);
    await container.remove();
  });
});

interface Event {
  readonly type: string;
  readonly phase?: string;
  readonly proof?: string;
  readonly aheadNs?: string;
}

function lab(args: readonly string[]): Promise<CliResult> {
  return zklab(args, { limitMs: LIMIT_MS, env: { DOCKER_HOST: engine.host } });
}

function play(...args: readonly string[]): Promise<CliResult> {
  return lab(["run", ...args, "--runtime", "docker", "--runs", scratch.path]);
}

/** The state letters of all processes of all containers. */
function states(): string {
  const ids = (engine.docker(["ps", "-q"]) ?? "").split("\n").filter(Boolean);
  return ids
    .map((id) => engine.docker(["top", id, "-o", "pid,stat"], { mayFail: true }) ?? "")
    .flatMap((text) => [...text.matchAll(/^\s*\d+\s+(\S)/gm)].map(([, state]) => state))
    .join("");
}
