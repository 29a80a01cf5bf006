/** The lab in containers, looked at from outside. Needs an engine, compose, and this Linux machine's kernel. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { builtFirst } from "../builders/docker-lab.ts";
import { docker, labelled, needsEngine, ownerOf, statesOf } from "../builders/engine.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import { killLeftOver, startZklab, zklab } from "../builders/zklab-cli.ts";

const RUN_LIMIT_MS = 180_000;
const START_LIMIT_MS = 120_000;
const HEALED_LIMIT_MS = 5_000;
const GONE_LIMIT_MS = 30_000;

let scratch: ScratchFolder;

/** Budget: 40 s. */
describe.skipIf(needsEngine().skip)("the lab in containers", () => {
  builtFirst();
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    killLeftOver();
    scratch[Symbol.dispose]();
  });

  it("is healed within 5 s and gone within 30 s of the lab's kill -9", async () => {
    const args = ["run", "gc-pause", "--runtime", "docker", "--runs", scratch.path];
    const lab = startZklab(args, { limitMs: RUN_LIMIT_MS });
    const history = join(scratch.path, "gc-pause/latest/history.jsonl");
    await until("a pause in force", START_LIMIT_MS, () =>
      existsSync(history) && readFileSync(history, "utf8").includes('"phase":"in-force"')
        ? true
        : undefined,
    );
    const owner = `zklab.owner=${ownerOf(lab.pid)}`;
    expect(statesOf(owner)).toContain("T");
    process.kill(lab.pid, "SIGKILL");
    await lab.result;
    const healed = () => (statesOf(owner).includes("T") ? undefined : true);
    await until("every process to be continued", HEALED_LIMIT_MS, healed, () => statesOf(owner));
    const gone = () => (labelled(owner).length === 0 ? true : undefined);
    await until("all of the lab to be removed", GONE_LIMIT_MS, gone, () => labelled(owner));
  });

  it("removes what a dead lab left, at `down`, and nothing that was started by hand", async () => {
    const image = ["zklab-contender:latest"];
    const sleeper = ["--entrypoint", "sleep", ...image, "300"];
    const mine = docker(["run", "-d", "--label", "zklab.run=by-hand", ...sleeper]).trim();
    const dead = ownerOf(process.pid).replace(/\d+$/, "1");
    const labels = ["--label", "zklab.run=dead", "--label", `zklab.owner=${dead}`];
    const left = docker(["run", "-d", ...labels, ...sleeper]).trim();
    try {
      const { code, stderr } = await zklab(["down", "--all"]);
      expect(code, stderr).toBe(0);
      const running = docker(["ps", "-q", "--no-trunc"]).split("\n");
      expect(running).toContain(mine);
      expect(running).not.toContain(left);
    } finally {
      docker(["rm", "-f", mine]);
    }
  });
});
