/**
 * What goes wrong around a lab in containers: it ends with a clear outcome and leaves nothing. What only
 * an engine of one's own may suffer is in own-engine.docker.test.ts.
 */

import { execFileSync, spawnSync } from "node:child_process";
import { cpSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheDirectory } from "../../lab/runtime/setup/cache.ts";
import {
  builtFirst,
  expectClean,
  ownerLabel,
  RUN_LIMIT_MS,
  START_LIMIT_MS,
  startDockerLab,
  untilSaid,
} from "../builders/docker-lab.ts";
import { docker, labelled, needsEngine, refusal } from "../builders/engine.ts";
import { BOTH_KINDS, ROBBED } from "../builders/scenario-files.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import { killLeftOver, RUN_LOCALLY, startZklab, zklab } from "../builders/zklab-cli.ts";

/** Nobody's account, in no group. */
const USER = "64738";
const NO_ENGINE = { DOCKER_HOST: "unix:///nowhere/docker.sock" };

let scratch: ScratchFolder;

/** Budget: 2 min. */
describe.skipIf(needsEngine().skip)("around a lab in containers", () => {
  builtFirst();
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    killLeftOver();
    scratch[Symbol.dispose]();
  });

  it("a contender's container that is removed by hand is that contender's death, and told", async () => {
    const lab = startDockerLab(scratch, ROBBED);
    await untilSaid(lab, '"phase":"in-force"');
    const label = ownerLabel(lab);
    const paused = /"resolved":\["(checked\/c\d)#1"\]/.exec(lab.history())?.[1] ?? "";
    const named = `name=${paused.replace("/", "-")}`;
    const [container] = docker(["ps", "-q", "--filter", `label=${label}`, "--filter", named])
      .split("\n")
      .filter(Boolean);
    docker(["rm", "-f", container ?? "none"]);
    const result = await lab.result;
    expect(result.code, result.stdout + result.stderr).toBe(0);
    expect(result.stdout).toContain(`${paused}#1 ended, killed by SIGKILL`);
    expectClean(result, label);
  });

  it("a full disk below the run directory: 3, with what could not be written", async () => {
    const runs = join(scratch.path, "small");
    mkdirSync(runs);
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=8m", "tmpfs", runs]);
    try {
      const lab = startDockerLab(scratch, ROBBED, { runs });
      await untilSaid(lab, '"phase":"in-force"');
      const label = ownerLabel(lab);
      spawnSync("dd", ["if=/dev/zero", `of=${join(runs, "filler")}`, "bs=4k"]);
      const result = await lab.result;
      expect(result.code, result.stdout + result.stderr).toBe(3);
      expect(result.stderr).toMatch(/^zklab: write .*history\.jsonl: ENOSPC.*\nhint: make room/s);
      expectClean(result, label);
    } finally {
      execFileSync("umount", ["--lazy", runs]);
    }
  });

  it("no engine: 3 and what to do; `down` has nothing to do", async () => {
    const run = await zklab(["run", "calm", "--runtime", "docker"], { env: NO_ENGINE });
    expect(run).toMatchObject({ code: 3, stdout: "" });
    expect(run.stderr).toMatch(/^zklab: run in containers: .*socket\nhint: `zklab setup --docker`/);
    const images = await zklab(["images"], { env: NO_ENGINE });
    expect(images.code).toBe(3);
    expect(images.stderr).toMatch(
      /^zklab: make images: there is no engine.s socket\nhint: `zklab setup --docker`/,
    );
    const down = await zklab(["down", "--all"], { env: { ...NO_ENGINE, ...scratch.ownCache() } });
    expect(down).toMatchObject({ code: 0, stderr: "" });
  });

  it("no permission: 3 and who may; the doctor says it too", async () => {
    const main = scratch.installZklab("zklab");
    const home = join(scratch.path, "home");
    mkdirSync(home);
    cpSync(join(cacheDirectory(), "zookeeper"), join(home, "cache", "zookeeper"), {
      recursive: true,
    });
    execFileSync("chown", ["-R", `${USER}:${USER}`, home]);
    const user = {
      main,
      through: ["setpriv", "--reuid", USER, "--regid", USER, "--clear-groups", "--"],
      cwd: home,
      env: { HOME: home, ZKLAB_CACHE: join(home, "cache") },
    };
    const run = await zklab(["run", "calm", "--runtime", "docker"], user);
    expect(run).toMatchObject({ code: 3, stdout: "" });
    expect(run.stderr).toMatch(/this user may not use the engine's socket\nhint: .*group docker/);
    const doctor = await zklab(["doctor"], user);
    expect(doctor.stdout, doctor.stderr).toMatch(/docker engine.*\n.*may not use.*group docker/);
  });

  it("missing images: `docker compose up` by hand pulls none, and says which", async () => {
    const project = ["compose", "-p", "zklab-none-test"];
    const env = { ZKLAB_SERVER_IMAGE: "zklab-server:none", ZKLAB_PORT_1: "0" };
    const said = refusal([...project, "up", "zk1"], env);
    docker([...project, "down", "-v"], env);
    expect(said).toMatch(/zklab-server:none/);
    expect(labelled("com.docker.compose.project=zklab-none-test")).toEqual([]);
  });

  it("two labs in containers and one beside them do not disturb each other", async () => {
    const labs = ["one", "two"].map((name) =>
      startDockerLab(scratch, BOTH_KINDS, { runs: join(scratch.path, name) }),
    );
    const file = scratch.file("local.yaml", BOTH_KINDS);
    const local = startZklab([...RUN_LOCALLY, file, "--runs", join(scratch.path, "local")], {
      limitMs: RUN_LIMIT_MS,
    });
    for (const lab of labs) await untilSaid(lab, '"type":"contender"');
    const labels = labs.map(ownerLabel);
    expect(new Set(labels).size).toBe(2);
    // A `down` in the middle of them leaves them alone: each has an owner that lives.
    const down = await zklab(["down", "--all"], { env: scratch.ownCache() });
    expect(down.code, down.stderr).toBe(0);
    for (const [i, lab] of labs.entries()) {
      const result = await lab.result;
      expect(result, result.stdout).toMatchObject({ code: 0, stderr: "" });
      expectClean(result, labels[i] ?? "");
    }
    expect(await local.result).toMatchObject({ code: 0, stderr: "" });
    await until("nothing of them to be left", START_LIMIT_MS, () =>
      labels.every((label) => labelled(label).length === 0) ? true : undefined,
    );
  });
});
