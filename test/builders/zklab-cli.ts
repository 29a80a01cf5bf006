/**
 * The built command line as a child process, as a person runs it: `dist/lab/main.js`, built first
 * where a source is newer than the last build.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";

const ROOT = packageRoot();
export const MAIN = join(ROOT, "dist", "lab", "main.js");
/** A run in this machine's own namespaces, whatever engine there is beside. */
export const RUN_LOCALLY = ["run", "--runtime", "local"];
const CACHE = join(ROOT, "node_modules", ".cache", "zklab-test");
const OUTPUT_CHARS_MAX = 64 * 1024 * 1024;

/** Builds where it must; throws with the compiler's words where it cannot. */
export function buildOnce(): void {
  const stamp = join(CACHE, "built");
  const sources = ["lab", "faults", "contenders", "test", "package.json"];
  const newest = Math.max(...sources.map((name) => newestIn(join(ROOT, name))));
  if (existsSync(stamp) && existsSync(MAIN) && statSync(stamp).mtimeMs > newest) return;
  mkdirSync(CACHE, { recursive: true });
  compile("npm", ["run", "--silent", "build"]);
  writeFileSync(stamp, `${new Date().toISOString()}\n`);
}

/** Compiles one main program of the tests with all that it imports; gives the script to start. */
export function compileMain(file: string): string {
  const config = join(CACHE, `${file.replaceAll("/", "-")}.json`);
  const settings = {
    extends: join(ROOT, ".tsconfig.build.json"),
    compilerOptions: { outDir: CACHE, tsBuildInfoFile: `${config}.tsbuildinfo` },
    include: [join(ROOT, file)],
  };
  mkdirSync(CACHE, { recursive: true });
  writeFileSync(config, JSON.stringify(settings));
  const tsc = join(ROOT, "node_modules", ".bin", "tsc");
  compile(tsc, ["-p", config]);
  return join(CACHE, file.replace(/\.ts$/, ".js"));
}

function compile(command: string, args: readonly string[]): void {
  const { status, stdout } = spawnSync(command, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(`${command} ${args.join(" ")}: ${status}\n${stdout}`);
}

function newestIn(path: string): number {
  const found = statSync(path);
  if (!found.isDirectory()) return found.mtimeMs;
  return Math.max(0, ...readdirSync(path).map((name) => newestIn(join(path, name))));
}

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunningCli {
  readonly pid: number;
  readonly child: ChildProcess;
  readonly result: Promise<CliResult>;
  /** What it ended with, once it has. */
  readonly ended: () => CliResult | undefined;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Arguments of node itself, before the script. */
  readonly node?: readonly string[];
  /** Another zklab than the one that was built here. */
  readonly main?: string;
  /** A command that starts node, e.g. setpriv with its arguments. */
  readonly through?: readonly string[];
  /** The child is killed and the result rejects after this; default 60 s. */
  readonly limitMs?: number;
}

const LIMIT_MS = 60_000;
/** What the test runner's own environment must not decide. */
const NOT_PASSED_ON = ["CI", "NO_COLOR", "FORCE_COLOR", "NODE_OPTIONS", "ZKLAB_SETUP"];

const started: ChildProcess[] = [];

/** Kills what a failed test left running; everything of a lab dies with its outer process. */
export function killLeftOver(): void {
  for (const child of started.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
  }
}

export function startZklab(args: readonly string[], options: CliOptions = {}): RunningCli {
  const [command = "", ...rest] = [
    ...(options.through ?? []),
    process.execPath,
    ...(options.node ?? []),
    options.main ?? MAIN,
    ...args,
  ];
  const env = { ...process.env };
  for (const name of NOT_PASSED_ON) delete env[name];
  const child = spawn(command, rest, {
    cwd: options.cwd ?? ROOT,
    env: { ...env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const { pid } = child;
  if (pid === undefined) throw new Error(`start ${command}: no process`);
  started.push(child);
  const result = collect(child, args, options.limitMs ?? LIMIT_MS);
  // A test that fails before it awaits the result has said enough.
  let ended: CliResult | undefined;
  result.then(
    (how) => {
      ended = how;
    },
    () => undefined,
  );
  return { pid, child, result, ended: () => ended };
}

/** Runs it to its end. */
export function zklab(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  return startZklab(args, options).result;
}

function collect(
  child: ChildProcess,
  args: readonly string[],
  limitMs: number,
): Promise<CliResult> {
  const output = { stdout: "", stderr: "" };
  for (const name of ["stdout", "stderr"] as const) {
    child[name]?.setEncoding("utf8").on("data", (text: string) => {
      if (output[name].length < OUTPUT_CHARS_MAX) output[name] += text;
    });
  }
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      child.kill("SIGKILL");
      const said = `${output.stdout}\n${output.stderr}`;
      reject(new Error(`zklab ${args.join(" ")}: not done within ${limitMs} ms\n${said}`));
    }, limitMs);
    child.once("error", reject);
    child.once("close", (code, signal) => {
      clearTimeout(timer);
      resolve({ code, signal, ...output });
    });
  });
}
