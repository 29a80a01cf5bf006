/**
 * The fault `partition` in containers: cuts stand on the engine's host, made by the lab itself as root, or
 * through its helper container as an ordinary user, and none outlives the lab.
 */

import { execFileSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { docker, labelled, needsEngine, ownerOf } from "../builders/engine.ts";
import { asOrdinaryUser } from "../builders/ordinary-user.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import {
  buildOnce,
  killLeftOver,
  type RunningCli,
  startZklab,
  zklab,
} from "../builders/zklab-cli.ts";

const LIMIT_MS = 240_000;
const START_LIMIT_MS = 150_000;
const HEALED_LIMIT_MS = 5_000;
const GONE_LIMIT_MS = 30_000;
const PROOF = "12 of 12 probe packets arrived before, 0 of 12 after";
const ARGS = ["run", "partition", "--runtime", "docker", "--runs"];

let scratch: ScratchFolder;

/** Tables of the bridge family by which labs cut, on this machine. */
function tables(): readonly string[] {
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  const listed = execFileSync("nft", ["list", "tables", "bridge"], { encoding: "utf8", env });
  return [...listed.matchAll(/^table bridge (zklab_\S+)/gm)].map(([, name]) => name ?? "");
}

interface MidCut {
  readonly owner: string;
  readonly table: string;
  readonly helpers: readonly string[];
}

/** Waits until a partition is in force and proven; gives what cuts. */
async function untilCut(lab: RunningCli, runs: string): Promise<MidCut> {
  const history = join(runs, "partition/latest/history.jsonl");
  const said = (): string => (existsSync(history) ? readFileSync(history, "utf8") : "");
  await until("a partition in force", START_LIMIT_MS, () => {
    const ended = lab.ended();
    if (ended !== undefined) throw new Error(`the lab ended: ${ended.stdout}${ended.stderr}`);
    return said().includes('"phase":"in-force"') ? true : undefined;
  });
  expect(said()).toContain(PROOF);
  const owner = `zklab.owner=${ownerOf(lab.pid)}`;
  const ps = ["ps", "-a", "--filter", `label=${owner}`];
  const [run = ""] = docker([...ps, "--format", '{{.Label "zklab.run"}}']).split("\n");
  const helpers = docker([...ps, "-q", "--filter", "label=zklab.network"]);
  return { owner, table: `zklab_${run}`, helpers: helpers.split("\n").filter(Boolean) };
}

/** Kills the lab in mid-cut: the cut is gone within 5 s, all else within 30 s. */
async function killed(lab: RunningCli, { owner, table }: MidCut): Promise<void> {
  expect(tables()).toContain(table);
  process.kill(lab.pid, "SIGKILL");
  await lab.result;
  const healed = () => (tables().includes(table) ? undefined : true);
  await until("the cut to be healed", HEALED_LIMIT_MS, healed, tables);
  const gone = () => (labelled(owner).length === 0 ? true : undefined);
  await until("all of the lab to be removed", GONE_LIMIT_MS, gone, () => labelled(owner));
}

describe.skipIf(needsEngine().skip)("partition in containers", () => {
  beforeAll(async () => {
    buildOnce();
    const built = await zklab(["images"], { limitMs: LIMIT_MS });
    expect(built.code, built.stderr).toBe(0);
  }, LIMIT_MS);
  beforeEach(() => {
    scratch = new ScratchFolder();
  });
  afterEach(() => {
    killLeftOver();
    scratch[Symbol.dispose]();
  });

  it("is proven, and healed within 5 s of the lab's kill -9", async () => {
    const lab = startZklab([...ARGS, scratch.path], { limitMs: LIMIT_MS });
    const cut = await untilCut(lab, scratch.path);
    // As root the lab needs nobody's help.
    expect(cut.helpers).toEqual([]);
    await killed(lab, cut);
  });

  it("is made by one helper for an ordinary user, which ends with the lab's kill -9", async () => {
    const user = asOrdinaryUser(scratch);
    const lab = startZklab([...ARGS, "runs"], { ...user, limitMs: LIMIT_MS });
    const cut = await untilCut(lab, join(user.cwd, "runs"));
    expect(cut.helpers).toHaveLength(1);
    const inspected = docker(["inspect", "--format", "{{json .}}", ...cut.helpers]);
    expect(JSON.parse(inspected)).toMatchObject({
      Config: { Image: expect.stringMatching(/^sha256:/), OpenStdin: true },
      HostConfig: {
        ...{ CapAdd: ["NET_ADMIN"], CapDrop: ["ALL"], NetworkMode: "host" },
        ...{ Privileged: false, ReadonlyRootfs: true },
      },
      Mounts: [],
    });
    await killed(lab, cut);
  });

  it("is healed by an ordinary user's lab, which plays the scenario as expected", async () => {
    const user = asOrdinaryUser(scratch);
    const { code, stdout, stderr } = await zklab([...ARGS, "runs"], { ...user, limitMs: LIMIT_MS });
    expect(code, `${stdout}${stderr}`).toBe(0);
    expect(stdout).toContain("by a helper container");
    expect(stdout.match(/12 of 12 probe packets arrive again/g)?.length).toBeGreaterThan(0);
  });
});
