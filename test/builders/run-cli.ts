/** Runs the built command line as its users do: a child process, its output and its exit code. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";

export interface CliResult {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly wallMs: number;
}

export interface CliOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
}

/** The file that `zklab` is: built by `npm test` before any suite starts. */
export const CLI = join(packageRoot(), "dist", "lab", "main.js");

/** Resolves when the process and its streams have ended; colours are off unless `env` says otherwise. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const started = performance.now();
  const child = spawn(process.execPath, [CLI, ...args], {
    cwd: options.cwd ?? packageRoot(),
    env: { ...process.env, FORCE_COLOR: undefined, NO_COLOR: "1", ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const out: Buffer[] = [];
  const err: Buffer[] = [];
  child.stdout.on("data", (chunk: Buffer) => out.push(chunk));
  child.stderr.on("data", (chunk: Buffer) => err.push(chunk));
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => {
      const text = (chunks: Buffer[]): string => Buffer.concat(chunks).toString("utf8");
      const wallMs = performance.now() - started;
      resolve({ code, signal, stdout: text(out), stderr: text(err), wallMs });
    });
  });
}
