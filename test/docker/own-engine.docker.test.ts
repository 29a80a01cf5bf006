/**
 * An engine of the test's own, that no registry can be reached from, and that is restarted, filled up
 * and robbed of an image under a lab: the lab ends with a clear outcome, and after `down --all` nothing
 * of it is left.
 */

import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import {
  type DockerLab,
  RUN_LIMIT_MS,
  START_LIMIT_MS,
  startDockerLab,
  untilSaid,
} from "../builders/docker-lab.ts";
import { needsEngine } from "../builders/engine.ts";
import { PrivateEngine } from "../builders/private-engine.ts";
import { STALLED } from "../builders/scenario-files.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import { buildOnce, type CliResult, killLeftOver, zklab } from "../builders/zklab-cli.ts";

/** The images take 0.4 GB. */
const ROOM = "1g";

let home: ScratchFolder;
let engine: PrivateEngine;
let scratch: ScratchFolder;

/** Budget: 2 min, 20 s of which are for building the images. */
describe.skipIf(needsEngine().skip)("a lab on an engine that fails", () => {
  beforeAll(async () => {
    buildOnce();
    home = new ScratchFolder();
    engine = await PrivateEngine.start(join(home.path, "engine"), ROOM);
  }, START_LIMIT_MS);
  afterAll(async () => {
    await engine[Symbol.asyncDispose]();
    home[Symbol.dispose]();
  });
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    killLeftOver();
    scratch[Symbol.dispose]();
  });

  it("makes its images without a registry, says so, and refuses where one is asked for", async () => {
    const asked = await onEngine(["images", "--base", "registry"]);
    expect(asked.code).toBe(3);
    expect(asked.stderr).toMatch(/^zklab: pull .*: the registry did not give it\n/);
    expect(asked.stderr).toMatch(/^hint: .*`zklab images --base host`/m);
    const made = await onEngine(["images"]);
    expect(made.code, made.stderr).toBe(0);
    expect(made.stdout).toContain("(no image registry can be reached)");
  });

  it("that is restarted in mid-run: ends soon, and says that the servers were ended", async () => {
    const lab = start();
    await untilSaid(lab, '"phase":"in-force"');
    await engine.stop();
    await engine.run();
    const result = await lab.result;
    // Where the engine was back in time the evidence is judged, else there is none.
    expect([2, 3]).toContain(result.code);
    const said = `${result.stdout}${result.stderr}`.replaceAll(/\s+/g, " ");
    expect(said).toMatch(/servers ended though nobody asked them to, and no quorum is left: zk1 /);
    await expectCleanAfterDown(result);
  });

  it("that lost an image: unknown, and which", async () => {
    const lab = start();
    await until("servers to be composed", START_LIMIT_MS, () =>
      engine.docker(["ps", "-q"]).trim() === "" ? undefined : true,
    );
    const images = engine.docker(["images", "-q", "zklab-contender"]).trim().split("\n");
    engine.docker(["rmi", "-f", ...new Set(images)]);
    const result = await lab.result;
    expect(result.code, result.stderr).toBe(2);
    const said = result.stdout.replaceAll(/\s+/g, " ");
    expect(said).toMatch(/start container \S+ of zklab-contender:\S+: the engine does not have/);
    await expectCleanAfterDown(result);
  });

  it("whose disk is full in mid-run: ends soon, and says how", async () => {
    const lab = start();
    await untilSaid(lab, '"phase":"in-force"');
    engine.fill();
    const result = await lab.result;
    expect([2, 3]).toContain(result.code);
    const said = `${result.stdout}${result.stderr}`.replaceAll(/\s+/g, " ");
    expect(said).toMatch(/no quorum is left: .*zk\d (exit code|by SIGKILL)/);
    engine.makeRoom();
    await expectCleanAfterDown(result);
  });
});

function onEngine(args: readonly string[]): Promise<CliResult> {
  return zklab(args, { env: engine.env, through: engine.through, limitMs: RUN_LIMIT_MS });
}

function start(): DockerLab {
  return startDockerLab(scratch, STALLED, { env: engine.env, through: engine.through });
}

async function expectCleanAfterDown(result: CliResult): Promise<void> {
  expect(`${result.stdout}\n${result.stderr}`).not.toMatch(/^\s+at .*:\d+:\d+/m);
  const down = await onEngine(["down", "--all"]);
  expect(down.code, down.stderr).toBe(0);
  expect(engine.left()).toEqual([]);
}
