/**
 * The engine that the docker tests need. Where none answers they skip with that reason, and fail with
 * it where CI_REQUIRE_DOCKER=1: a suite must not be green because it ran nothing.
 */

import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { packageRoot } from "../../lab/package-root.ts";

/** Why the docker tests cannot run here; undefined where they can. */
export function engineProblem(): string | undefined {
  const asked = spawnSync("docker", ["compose", "version"], { encoding: "utf8", timeout: 10_000 });
  if (asked.status !== 0) return `docker compose: ${asked.stderr || asked.error?.message}`;
  const engine = spawnSync("docker", ["info"], { encoding: "utf8", timeout: 10_000 });
  return engine.status === 0 ? undefined : `docker info: ${engine.stderr.trim()}`;
}

/** Skips a suite for the stated reason, or throws where an engine was promised. */
export function needsEngine(): { readonly skip: boolean } {
  const problem = engineProblem();
  if (problem === undefined) return { skip: false };
  if (process.env["CI_REQUIRE_DOCKER"] === "1") throw new Error(`no engine: ${problem}`);
  process.stderr.write(`docker tests are skipped: ${problem}\n`);
  return { skip: true };
}

/** Runs docker with these arguments; throws with what it said where it fails. */
export function docker(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const result = spawnSync("docker", [...args], {
    cwd: packageRoot(),
    encoding: "utf8",
    env: { ...process.env, ...env },
    timeout: 120_000,
  });
  if (result.status === 0) return result.stdout;
  throw new Error(`docker ${args.join(" ")}: ${result.status}\n${result.stdout}\n${result.stderr}`);
}

/** What docker prints on both streams where it must fail; throws where it does not. */
export function refusal(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): string {
  const options = { cwd: packageRoot(), encoding: "utf8", timeout: 120_000 } as const;
  const result = spawnSync("docker", [...args], { ...options, env: { ...process.env, ...env } });
  if (result.status !== 0) return `${result.stdout}${result.stderr}`;
  throw new Error(`docker ${args.join(" ")}: it did not fail`);
}

/** Ids of everything that carries this label: containers in any state, networks, volumes. */
export function labelled(label: string): readonly string[] {
  const filter = ["-q", "--filter", `label=${label}`];
  return [
    ["ps", "-a"],
    ["network", "ls"],
    ["volume", "ls"],
  ].flatMap((list) =>
    docker([...list, ...filter])
      .split("\n")
      .filter(Boolean),
  );
}

/** The state letter (proc(5)) of process 1 of each running container with this label. */
export function statesOf(label: string): readonly string[] {
  const ids = docker(["ps", "-q", "--filter", `label=${label}`])
    .split("\n")
    .filter(Boolean);
  return ids.flatMap((id) => {
    try {
      const pid = docker(["inspect", "--format", "{{.State.Pid}}", id]).trim();
      const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
      return [stat.slice(stat.lastIndexOf(")") + 2)[0] ?? "?"];
    } catch {
      return []; // It was removed between the list and the look.
    }
  });
}

/** As lab/runtime/docker/labels.ts writes it, put together anew: host, boot, pid, start. */
export function ownerOf(pid: number): string {
  const read = (file: string): string => readFileSync(file, "utf8").trim();
  const stat = read(`/proc/${pid}/stat`);
  const start = stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  return [
    read("/proc/sys/kernel/hostname"),
    read("/proc/sys/kernel/random/boot_id"),
    pid,
    start,
  ].join("/");
}
