/** The ensemble in containers as the lab uses it: debugged over an exec relay, killed, started again. */

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { provideZooKeeper } from "../../lab/runtime/setup/zookeeper-jars.ts";
import { builtFirst } from "../builders/docker-lab.ts";
import { needsEngine } from "../builders/engine.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { compileMain } from "../builders/zklab-cli.ts";

const LIMIT_MS = 180_000;

/** Budget: 20 s. */
describe.skipIf(needsEngine().skip)("servers in containers", () => {
  builtFirst();

  it("are debugged on their loopback, killed, and started again where they were", async () => {
    using scratch = new ScratchFolder();
    const main = compileMain("test/builders/docker-servers-main.ts");
    const jars = JSON.stringify(await provideZooKeeper());
    const stdout = execFileSync(process.execPath, [main, scratch.path, jars], {
      encoding: "utf8",
      timeout: LIMIT_MS,
    });
    expect(JSON.parse(stdout)).toMatchObject({
      debugged: true,
      exit: { code: null, signal: "SIGKILL" },
      sameAddress: true,
      mainsLogged: 2,
      roles: ["follower", "follower", "leader"],
    });
    const zk1 = join(scratch.path, "servers/zk1");
    expect(existsSync(join(zk1, "version-2"))).toBe(true);
  });
});
