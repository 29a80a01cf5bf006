/** The lab in containers, looked at from outside. Needs an engine, compose, and this Linux machine's kernel. */

import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import {
  builtFirst,
  RUN_LIMIT_MS,
  untilHealedAndGone,
  untilInForce,
} from "../builders/docker-lab.ts";
import { docker, needsEngine, ownerOf, statesOf } from "../builders/engine.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { killLeftOver, startZklab, zklab } from "../builders/zklab-cli.ts";

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
    await untilInForce(join(scratch.path, "gc-pause/latest/history.jsonl"));
    const owner = `zklab.owner=${ownerOf(lab.pid)}`;
    expect(statesOf(owner)).toContain("T");
    process.kill(lab.pid, "SIGKILL");
    await lab.result;
    await untilHealedAndGone(owner);
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
