/** How long faults take to take effect, beside the bare call and what the engine offers. */

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { quantileSorted } from "simple-statistics";
import { packageRoot } from "../../lab/package-root.ts";
import { engineProblem } from "../builders/engine.ts";
import { zklab } from "../builders/zklab-cli.ts";
import type { Cuts } from "./cuts.ts";
import type { Samples } from "./stops.ts";

const MAIN = join(packageRoot(), "dist", "test", "bench", "faults-main.js");
/** Nobody's account: a uid without a name will do. */
const USER = 64_741;
const SOCKET = "/var/run/docker.sock";
const LIMIT_MS = 300_000;
const IMAGES_LIMIT_MS = 120_000;
const PAUSE_TARGET = { p99: 5, ratio: 10 };
const OURS = "pause (zklab)";
const CUT_TARGET = { p99: 20, skew: 2 };

export async function benchFaults(): Promise<void> {
  say("stop: from the trigger, as the lab sees it, to the process standing still");
  printStops("local", measure<Samples>(["stop", "local"]));
  const problem = engineProblem();
  if (problem === undefined) {
    const images = await zklab(["images"], { limitMs: IMAGES_LIMIT_MS });
    if (images.code !== 0) throw new Error(images.stderr);
    printStops("containers, as root", measure<Samples>(["stop", "docker"]));
    printStops("containers, as an ordinary user", measureAsUser<Samples>(["stop", "docker"]));
  }
  say(
    "\npartition: 8 nodes in halves, 32 directed pairs, from the command to the last packet that came through",
  );
  printCuts("local", measure<Readonly<Record<string, Cuts>>>(["cut", "local"]));
  if (problem === undefined) {
    printCuts("containers", measure<Readonly<Record<string, Cuts>>>(["cut", "docker"]));
  } else say(`containers are left out: ${problem}`);
}

function measure<T>(args: readonly string[], through: readonly string[] = [], env = {}): T {
  const [command = "", ...rest] = [...through, process.execPath, MAIN, ...args];
  const options = { encoding: "utf8", timeout: LIMIT_MS, maxBuffer: 2 ** 28 } as const;
  const { stdout, stderr, status } = spawnSync(command, rest, {
    ...options,
    env: { ...process.env, ...env },
  });
  if (status !== 0) throw new Error(`${args.join(" ")}: ${status}\n${stderr}`);
  return JSON.parse(stdout) as T;
}

/** In the group that may use the engine, and nothing more. Only root can give itself away. */
function measureAsUser<T>(args: readonly string[]): T | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const home = mkdtempSync(join(tmpdir(), "zklab-bench-home-"));
  spawnSync("chown", [`${USER}:${USER}`, home]);
  const group = String(statSync(SOCKET).gid);
  const as = ["--reuid", String(USER), "--regid", String(USER), "--groups", group, "--"];
  try {
    return measure<T>(args, ["setpriv", ...as], { HOME: home });
  } finally {
    rmSync(home, { recursive: true });
  }
}

function printStops(where: string, samples: Samples | undefined): void {
  if (samples === undefined) {
    say(`  ${where}: only root can try it`);
    return;
  }
  const bare = quantiles(samples["kill(2)"] ?? []);
  say(row(`${where}`, ["p50 ms", "p99 ms", "× kill(2)", "p99 ×"]));
  for (const [way, values] of Object.entries(samples)) {
    const { p50, p99 } = quantiles(values);
    const met = p99 <= PAUSE_TARGET.p99 && p99 <= PAUSE_TARGET.ratio * bare.p99;
    const target = `p99 ≤ ${PAUSE_TARGET.p99} ms and ≤ ${PAUSE_TARGET.ratio} × kill(2)`;
    const cells = [p50, p99, p50 / bare.p50, p99 / bare.p99].map(figure);
    say(row(`  ${way} (${values.length})`, cells, way === OURS ? [target, met] : []));
  }
}

function printCuts(where: string, ways: Readonly<Record<string, Cuts>>): void {
  const bare = quantiles(ways["a new nft"]?.lastPacket ?? []);
  const [first] = Object.values(ways);
  const every = `a packet every ${figure(first?.resolution ?? 0)} ms`;
  const heads = ["p50 ms", "p99 ms", "× new nft", "answer p99", "skew p99"];
  say(row(`${where}, ${every}`, heads));
  for (const [way, { answered, lastPacket, skew }] of Object.entries(ways)) {
    const { p50, p99 } = quantiles(lastPacket);
    const apart = quantiles(skew).p99;
    const met = p99 <= CUT_TARGET.p99 && apart <= CUT_TARGET.skew;
    const target = `p99 ≤ ${CUT_TARGET.p99} ms, skew ≤ ${CUT_TARGET.skew} ms`;
    const cells = [p50, p99, p50 / bare.p50, quantiles(answered).p99, apart].map(figure);
    const judged = way.startsWith("zklab") ? ([target, met] as const) : ([] as const);
    say(row(`  ${way} (${lastPacket.length})`, cells, judged));
  }
}

const NAME_WIDTH = 44;
const CELL_WIDTH = 12;

function row(
  name: string,
  cells: readonly string[],
  [target, met]: readonly [string, boolean] | readonly [] = [],
): string {
  const columns = cells.map((cell) => cell.padStart(CELL_WIDTH)).join("");
  const judged = target === undefined ? "" : `   ${met === true ? "met" : "MISSED"}: ${target}`;
  return `  ${name.padEnd(NAME_WIDTH)}${columns}${judged}`;
}

function figure(value: number): string {
  return value.toFixed(2);
}

function quantiles(values: readonly number[]): { readonly p50: number; readonly p99: number } {
  const sorted = [...values].sort((a, b) => a - b);
  return { p50: quantileSorted(sorted, 0.5), p99: quantileSorted(sorted, 0.99) };
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
