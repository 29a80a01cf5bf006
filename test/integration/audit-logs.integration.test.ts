/** `zklab audit --logs` on the logs of a real run, as a person at a terminal has them. */

import { cpSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../lab/package-root.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, zklab } from "../builders/zklab-cli.ts";

const scratch = new ScratchFolder();
afterAll(() => scratch[Symbol.dispose]());

const data = join(scratch.path, "data");
const servers = ["zk1", "zk2", "zk3"].map((name) => join(data, name));
beforeAll(() => {
  buildOnce();
  const fixture = join(packageRoot(), "test", "fixtures", "gc-pause", "servers");
  cpSync(fixture, data, { recursive: true });
});

const logs = ["audit", "--logs", ...servers];
const asked = (group: string): readonly string[] => [
  ...["--election", `/zklab/${group}/election`, "--recipe", "curator-latch"],
  ...["--guarded", `/zklab/${group}/guarded/**`, "--from", "0x100000011"],
];

describe("zklab audit --logs", () => {
  it("proposes elections", async () => {
    const result = await zklab([...logs, "--discover"]);
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toContain(
      "--election /zklab/naive/election --recipe curator-latch   (4 znodes of 4 sessions)\n",
    );
  });

  it("finds the stale write (1), and that guarded contenders hold (0)", async () => {
    const naive = await zklab([...logs, ...asked("naive"), "--participants", "3"]);
    expect(naive).toMatchObject({ code: 1, stderr: "" });
    expect(naive.stdout).toMatch(/^logs · ZooKeeper unknown · bare logs +✗ VIOLATED$/m);
    expect(naive.stdout).toContain("leaderless-write");
    const checked = await zklab([
      ...logs,
      ...asked("latch-check"),
      "--participants",
      "3",
      "--quiet",
    ]);
    expect(checked).toMatchObject({ code: 0, stdout: "logs: holds\n" });
  });

  it("does not know without a quorum (2)", async () => {
    const result = await zklab([...logs, ...asked("naive"), "--quiet"]);
    expect(result).toMatchObject({ code: 2, stdout: "logs: unknown\n" });
  });

  it("writes reports where it is told to, and nothing beside the logs", async () => {
    const before = readdirSync(data, { recursive: true }).sort();
    const out = join(scratch.path, "out");
    const args = [...logs, ...asked("naive"), "--participants", "3", "--sessions-by", "data"];
    const result = await zklab([...args, "--out", out]);
    expect(result.code).toBe(1);
    expect(readdirSync(out).sort()).toEqual(["audit.json", "junit.xml", "report.html"]);
    expect(readFileSync(join(out, "audit.json"), "utf8")).not.toContain(scratch.path);
    const page = readFileSync(join(out, "report.html"), "utf8");
    expect(page).toContain("stale-leader-write");
    expect(page).not.toContain(scratch.path);
    expect(readdirSync(data, { recursive: true }).sort()).toEqual(before);
  });

  it.each([
    ["nothing", ["audit"], /name a run directory, or logs with --logs/],
    ["both", ["audit", "runs/x", "--logs", "/nowhere"], /name a run directory, or logs/],
    ["no data directory", ["audit", "--logs", "/nowhere", "--discover"], /no version-2 in it/],
    ["no election", logs, /--election, --recipe and --guarded are needed\nhint: `--discover`/],
    ["an unknown recipe", [...logs, "--recipe", "zab"], /--recipe zab: zklab knows curator-latch/],
    ["no zxid", [...logs, ...asked("naive"), "--to", "1"], /--to "1": no zxid such as/],
    ["no map", [...logs, ...asked("naive"), "--sessions-by", "/none"], /the file cannot be read/],
  ])("of %s: 64 and what to do", async (_, args, says) => {
    const result = await zklab(args);
    expect(result).toMatchObject({ code: 64, stdout: "" });
    expect(result.stderr).toMatch(says);
  });
});
