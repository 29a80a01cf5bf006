/** A lab in containers that a test does something to: started, watched by its history, looked for. */

import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, expect } from "vitest";
import { docker, labelled, statesOf } from "./engine.ts";
import type { ScratchFolder } from "./scratch-folder.ts";
import { until } from "./wait.ts";
import {
  buildOnce,
  type CliOptions,
  type CliResult,
  type RunningCli,
  startZklab,
  zklab,
} from "./zklab-cli.ts";

/** Command to end; a run takes some 15 s, on a busy machine three times that. */
export const RUN_LIMIT_MS = 180_000;
export const START_LIMIT_MS = 90_000;
/** After the lab's kill -9. */
export const HEALED_LIMIT_MS = 5_000;
export const GONE_LIMIT_MS = 30_000;

/** Before a suite's first test: zklab is built, and so are its images. */
export function builtFirst(): void {
  beforeAll(async () => {
    buildOnce();
    const built = await zklab(["images"], { limitMs: RUN_LIMIT_MS });
    expect(built.code, built.stderr).toBe(0);
  }, RUN_LIMIT_MS);
}

export interface DockerLab extends RunningCli {
  /** What it has recorded so far; empty while there is nothing. */
  history(): string;
}

/** Starts a run of this scenario in containers; its run directory is below `runs`. */
export function startDockerLab(
  scratch: ScratchFolder,
  yaml: string,
  options: CliOptions & { readonly runs?: string } = {},
): DockerLab {
  const name = /^name: (.*)$/m.exec(yaml)?.[1] ?? "";
  const runs = options.runs ?? join(scratch.path, `runs-${name}`);
  const file = scratch.file(`${name}.yaml`, yaml);
  const args = ["run", file, "--runtime", "docker", "--runs", runs];
  const history = join(runs, name, "latest", "history.jsonl");
  return {
    ...startZklab(args, { limitMs: RUN_LIMIT_MS, ...options }),
    history: () => (existsSync(history) ? readFileSync(history, "utf8") : ""),
  };
}

/** Waits for a text in the history; gives up as soon as the lab has ended without it. */
export async function untilSaid(lab: DockerLab, text: string): Promise<void> {
  await until(
    `${text} in the history`,
    START_LIMIT_MS,
    () => {
      if (lab.history().includes(text)) return true;
      if (lab.ended() === undefined) return undefined;
      throw new Error(`the lab ended: ${JSON.stringify(lab.ended())}`);
    },
    () => lab.history().slice(-500),
  );
}

/** Waits until a fault is in force in a run whose history is kept in this file. */
export async function untilInForce(history: string): Promise<void> {
  await until("a fault in force", START_LIMIT_MS, () =>
    existsSync(history) && readFileSync(history, "utf8").includes('"phase":"in-force"')
      ? true
      : undefined,
  );
}

/** A lab was killed in mid-pause: its watchdog continues what stands, and then removes all of it. */
export async function untilHealedAndGone(owner: string): Promise<void> {
  const healed = () => (statesOf(owner).includes("T") ? undefined : true);
  await until("every process to be continued", HEALED_LIMIT_MS, healed, () => statesOf(owner));
  await untilGone(owner);
}

export async function untilGone(owner: string): Promise<void> {
  const gone = () => (labelled(owner).length === 0 ? true : undefined);
  await until("all of the lab to be removed", GONE_LIMIT_MS, gone, () => labelled(owner));
}

/** The label that all of this lab's containers carry: `zklab.owner=…`, which names its pid. */
export function ownerLabel({ pid }: RunningCli): string {
  const owners = docker(["ps", "-a", "--format", '{{.Label "zklab.owner"}}']).split("\n");
  const owner = owners.find((one) => one.includes(`/${pid}/`));
  if (owner === undefined) throw new Error(`no container of lab ${pid}`);
  return `zklab.owner=${owner}`;
}

/** An end as a person should meet it: no stack, and nothing left on the engine. */
export function expectClean({ stdout, stderr }: CliResult, label: string): void {
  expect(`${stdout}\n${stderr}`).not.toMatch(/^\s+at .*:\d+:\d+/m);
  expect(labelled(label)).toEqual([]);
}
