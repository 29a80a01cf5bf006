/**
 * An image whose process 1 is not the contender but a shell or tini: a signal to process 1, which is all
 * that the engine's own is, would stop nothing that matters. The lab stops every process, and proves it.
 */

import { execFileSync } from "node:child_process";
import { copyFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findProgram } from "../../lab/runtime/setup/java.ts";
import { provideZooKeeper } from "../../lab/runtime/setup/zookeeper-jars.ts";
import { docker, needsEngine } from "../builders/engine.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, compileMain, zklab } from "../builders/zklab-cli.ts";

const LIMIT_MS = 180_000;
const IMAGE = "zklab-wrapped-test";

/** Budget: 30 s. */
describe.skipIf(needsEngine().skip)("a contender that is not process 1", () => {
  const scratch = new ScratchFolder();
  beforeAll(async () => {
    buildOnce();
    const built = await zklab(["images"], { limitMs: LIMIT_MS });
    expect(built.code, built.stderr).toBe(0);
    const tini = (await findProgram("docker-init")) ?? (await findProgram("tini"));
    expect(tini, "tini comes with the engine's package").toBeTypeOf("string");
    copyFileSync(realpathSync(tini ?? ""), join(scratch.path, "tini"));
    const lines = ["FROM zklab-contender:latest", "COPY tini /usr/local/bin/tini"];
    scratch.file("Dockerfile", `${lines.join("\n")}\n`);
    docker(["build", "-q", "-t", IMAGE, scratch.path]);
  }, LIMIT_MS);
  afterAll(() => {
    docker(["rmi", "-f", IMAGE]);
    scratch[Symbol.dispose]();
  });

  it("is stopped with all its processes, and proven, where the engine's signal stops none", async () => {
    const main = compileMain("test/builders/docker-wrapped-main.ts");
    const jars = JSON.stringify(await provideZooKeeper());
    const stdout = execFileSync(process.execPath, [main, join(scratch.path, "run"), jars, IMAGE], {
      encoding: "utf8",
      timeout: LIMIT_MS,
    });
    const shared = {
      runsOnUnderTheEnginesSignal: true,
      ...{ proven: true, healed: true, whilePaused: 0 },
    };
    expect(JSON.parse(stdout)).toEqual([
      { name: "shell", ...shared, processes: ["node T", "sh T", "sleep T"] },
      { name: "tini", ...shared, processes: ["node T", "sh T", "sleep T", "tini T"] },
    ]);
  });
});
