/** Runs the built zklab in a process of its own, as a user would, and measures it. */

import { spawn } from "node:child_process";
import { join } from "node:path";
import { LabError } from "../../lab/errors.ts";
import { packageRoot } from "../../lab/package-root.ts";

export interface CliOptions {
  /** Where it runs; `runs/` appears there. */
  readonly cwd: string;
  /** Added to this process's environment. */
  readonly env: Readonly<Record<string, string>>;
  /** After this the command is ended and `timeout` thrown. */
  readonly limitMs: number;
  readonly signal: AbortSignal;
}

export interface CliResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** From spawn to exit, Node's own start included. */
  readonly wallMs: number;
}

/** A run of one scenario takes some 10 s; a loaded machine three times that. */
export const DEFAULT_LIMIT_MS = 120_000;
/** Time to heal and to close the evidence after SIGTERM. */
const GRACE_MS = 10_000;

/**
 * Throws LabError `timeout` where the limit passed, `interrupted` by the signal, and `environment`
 * where the command was ended by a signal that was not ours.
 */
export async function runCli(args: readonly string[], options: CliOptions): Promise<CliResult> {
  const main = join(packageRoot(), "dist", "lab", "main.js");
  const startedAt = performance.now();
  const child = spawn(process.execPath, [main, ...args], {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  const stdout = textOf(child.stdout);
  const stderr = textOf(child.stderr);
  let ended: LabError | undefined;
  const end = (reason: LabError): void => {
    ended = reason;
    child.kill("SIGTERM");
    setTimeout(() => child.kill("SIGKILL"), GRACE_MS).unref();
  };
  const what = `zklab ${args.join(" ")}`;
  const limit = setTimeout(
    () => end(new LabError("timeout", `${what}: still runs after ${options.limitMs} ms`)),
    options.limitMs,
  );
  const interrupt = (): void => end(new LabError("interrupted", `${what}: interrupted`));
  options.signal.addEventListener("abort", interrupt, { once: true });
  try {
    const { code, signal } = await new Promise<Ending>((resolve, reject) => {
      child.on("error", reject);
      child.on("close", (code, signal) => resolve({ code, signal }));
    });
    if (ended !== undefined) throw ended;
    if (code === null) {
      throw new LabError("environment", `${what}: ended by ${signal}\n${stderr().slice(-2000)}`);
    }
    const wallMs = performance.now() - startedAt;
    return { code, stdout: stdout(), stderr: stderr(), wallMs };
  } finally {
    clearTimeout(limit);
    options.signal.removeEventListener("abort", interrupt);
  }
}

interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

function textOf(stream: NodeJS.ReadableStream): () => string {
  const chunks: Buffer[] = [];
  stream.on("data", (chunk: Buffer) => chunks.push(chunk));
  return () => Buffer.concat(chunks).toString("utf8");
}
