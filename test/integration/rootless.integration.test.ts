/**
 * The whole of it as an ordinary user: no root outside, the same namespaces inside a user namespace.
 * The test itself is root, as CI is, and gives root away before it starts zklab.
 */

import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { cacheDirectory } from "../../lab/runtime/setup/cache.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

/** Nobody's account: a uid without a name will do. */
const USER = 64_738;
const RUN_LIMIT_MS = 90_000;

let scratch: ScratchFolder;
beforeAll(buildOnce);
beforeEach(() => {
  scratch = new ScratchFolder();
});
afterEach(() => scratch[Symbol.dispose]());

/** Budget: 40 s. */
describe("an ordinary user", () => {
  it("plays gc-pause with every strategy, as root does, and owns what it leaves", async () => {
    const main = scratch.installZklab("zklab");
    const home = join(scratch.path, "home");
    mkdirSync(home);
    for (const name of ["zookeeper", "native-client"]) {
      cpSync(join(cacheDirectory(), name), join(home, "cache", name), { recursive: true });
    }
    execFileSync("chown", ["-R", `${USER}:${USER}`, home]);
    const asUser = ["--reuid", String(USER), "--regid", String(USER), "--clear-groups", "--"];
    const { code, stdout, stderr } = await zklab([...RUN_LOCALLY, "gc-pause"], {
      main,
      through: ["setpriv", ...asUser],
      cwd: home,
      env: { HOME: home, ZKLAB_CACHE: join(home, "cache"), NO_COLOR: "1" },
      limitMs: RUN_LIMIT_MS,
    });
    expect(stderr).toBe("");
    expect(stdout).toContain("rootless");
    expect(code, stdout).toBe(0);
    const run = join(home, "runs", "gc-pause", "latest");
    const log = join(run, "servers", "zk1", "version-2", "log.100000001");
    expect(existsSync(log)).toBe(true);
    expect(statSync(log).uid).toBe(USER);
    const audit = JSON.parse(readFileSync(join(run, "audit.json"), "utf8")) as {
      groups: { group: string; committedStale: number }[];
    };
    expect(audit.groups.map((one) => [one.group, one.committedStale])).toEqual([
      ["naive", 1],
      ["latch-check", 0],
      ["ephemeral", 0],
    ]);
  });
});
