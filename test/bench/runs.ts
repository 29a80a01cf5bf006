/** How long one reproduction of gc-pause takes, fresh and on a kept ensemble, beside their floors. */

import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { median } from "simple-statistics";
import { loadEvidence } from "../../lab/evidence/load.ts";
import { FILES } from "../../lab/evidence/run-directory.ts";
import { packageRoot } from "../../lab/package-root.ts";
import { engineProblem } from "../builders/engine.ts";
import { RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

const SCENARIO = join(packageRoot(), "test", "bench", "runs.yaml");
const FRESH_RUNS = 7;
const KEPT_RUNS = 10;
const IMAGES_LIMIT_MS = 180_000;
/** runs.yaml's session timeout: no contender can lose its session sooner. */
const SESSION_TIMEOUT_S = 1;

interface Run {
  readonly directory: string;
  readonly expectations: readonly { readonly met: boolean }[];
}

export async function benchRuns(): Promise<void> {
  const runs = mkdtempSync(join(tmpdir(), "zklab-bench-"));
  try {
    await benchFresh("fresh ensemble, command to verdict", [...RUN_LOCALLY, SCENARIO], runs);
    const problem = engineProblem();
    if (problem === undefined) {
      const inContainers = ["run", "--runtime", "docker"];
      await zklab(["images"], { limitMs: IMAGES_LIMIT_MS });
      await benchFresh("the same in containers", [...inContainers, SCENARIO], runs);
      await benchFresh(
        "the catalogue's gc-pause in containers",
        [...inContainers, "gc-pause"],
        runs,
      );
    } else {
      process.stdout.write(`no figure for containers: ${problem}\n`);
    }
    const kept = [...RUN_LOCALLY, SCENARIO, "--json", "--runs", runs, "--keep-ensemble"];
    const { stdout } = await zklab([...kept, "--repeat", String(KEPT_RUNS)]);
    const spans = parse(stdout).map(({ directory }) => spanOf(directory));
    print(
      "kept ensemble, run to verdict",
      spans.slice(1),
      2 * SESSION_TIMEOUT_S,
      "2 session timeouts",
    );
  } finally {
    rmSync(runs, { recursive: true, force: true });
  }
}

async function benchFresh(what: string, args: readonly string[], runs: string): Promise<void> {
  const fresh: number[] = [];
  const serving: number[] = [];
  let sessionTimeout = SESSION_TIMEOUT_S;
  for (let i = 0; i < FRESH_RUNS; i += 1) {
    const started = performance.now();
    const { stdout } = await zklab([...args, "--json", "--runs", runs]);
    fresh.push((performance.now() - started) / 1000);
    const made = parse(stdout);
    serving.push(...secondsToServe(made));
    for (const { directory } of made) sessionTimeout = sessionTimeoutOf(directory);
  }
  const floor = median(serving) + sessionTimeout;
  print(what, fresh, floor, "servers' start + 1 session timeout");
}

function parse(stdout: string): Run[] {
  const runs = JSON.parse(stdout) as Run[];
  const unmet = runs.filter((run) => run.expectations.some((one) => !one.met)).length;
  if (unmet > 0) process.stdout.write(`${unmet} run(s) did not reproduce it\n`);
  return runs;
}

/** From the run's beginning to the opening write, which needs every server to serve. */
function secondsToServe(runs: readonly Run[]): number[] {
  return runs.flatMap(({ directory }) =>
    loadEvidence(join(packageRoot(), directory)).history.flatMap(({ event }) =>
      event.type === "opening" ? [event.at / 1e9] : [],
    ),
  );
}

function sessionTimeoutOf(directory: string): number {
  return loadEvidence(join(packageRoot(), directory)).run.sessionTimeoutMs / 1000;
}

/** From the run's time 0 to its verdict: audit.json is the last thing that a run makes of itself. */
function spanOf(directory: string): number {
  const { run } = loadEvidence(join(packageRoot(), directory));
  const audited = statSync(join(packageRoot(), directory, FILES.report)).mtimeMs;
  return (audited - Date.parse(run.startedAt)) / 1000;
}

function print(what: string, seconds: readonly number[], floor: number, floorIs: string): void {
  const middle = median([...seconds]);
  const range = `${Math.min(...seconds).toFixed(2)}–${Math.max(...seconds).toFixed(2)}`;
  process.stdout.write(
    `${what}: median ${middle.toFixed(2)} s of ${seconds.length} (${range}); ` +
      `floor ${floor.toFixed(2)} s (${floorIs}); ratio ${(middle / floor).toFixed(2)}\n`,
  );
}
