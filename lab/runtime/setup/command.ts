/**
 * Running one command of the machine (mvn, apt-get, npm, java …) to its end. The type is the seam at
 * which unit tests see what would be run; `runCommand` is the only thing that really runs it. The
 * child stays in our process group on purpose: Ctrl-C at a terminal must reach Maven and make, too.
 */

import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { stripVTControlCharacters } from "node:util";

export interface CommandOptions {
  /** Milliseconds until the command and all its descendants are killed. */
  readonly timeoutMs: number;
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly signal?: AbortSignal;
  /** Called for each line of either stream, as it comes, without colour codes. */
  readonly onLine?: (line: string) => void;
}

export interface CommandResult {
  /** `missing`: no such program; `stopped`: by a signal that was not ours. */
  readonly outcome: "exited" | "missing" | "timed-out" | "aborted" | "stopped";
  /** The exit code; -1 where the command did not exit by itself. */
  readonly code: number;
  /** Standard output, then standard error; the last `LINES_KEPT` lines of each. */
  readonly stdout: string;
  readonly stderr: string;
}

export type RunCommand = (
  command: string,
  args: readonly string[],
  options: CommandOptions,
) => Promise<CommandResult>;

const LINES_KEPT = 400;
/** How long output may still arrive after the command itself has exited. */
const LINGER_MS = 500;

export const runCommand: RunCommand = (command, args, options) =>
  new Promise((resolve) => {
    const child = spawn(command, [...args], {
      stdio: ["ignore", "pipe", "pipe"],
      env: options.env ?? process.env,
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    });
    const stdout = keepLines(child.stdout, options.onLine);
    const stderr = keepLines(child.stderr, options.onLine);
    let early: "missing" | "timed-out" | "aborted" | undefined;
    const end = (why: "timed-out" | "aborted"): void => {
      early ??= why;
      if (child.pid !== undefined) killTree(child.pid);
    };
    const abort = (): void => end("aborted");
    const timer = setTimeout(() => end("timed-out"), options.timeoutMs);
    options.signal?.addEventListener("abort", abort, { once: true });
    if (options.signal?.aborted === true) abort();
    child.on("error", () => {
      early ??= "missing";
    });
    // A daemon that the command left behind may hold its output open: `close` would never come.
    child.on("exit", () => {
      const linger = setTimeout(() => {
        child.stdout.destroy();
        child.stderr.destroy();
      }, LINGER_MS);
      child.on("close", () => clearTimeout(linger));
    });
    child.on("close", (code) => {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", abort);
      resolve({
        outcome: early ?? (code === null ? "stopped" : "exited"),
        code: early === undefined ? (code ?? -1) : -1,
        stdout: stdout.join("\n"),
        stderr: stderr.join("\n"),
      });
    });
  });

/** True where the command ran to its end and exited with 0. */
export function succeeded(result: CommandResult): boolean {
  return result.outcome === "exited" && result.code === 0;
}

/** The last lines of what a failed command said, indented, for an error message. */
export function tailOf(result: CommandResult, lines = 12): string {
  const said = `${result.stdout}\n${result.stderr}`
    .split("\n")
    .filter((line) => line.trim() !== "");
  return said
    .slice(-lines)
    .map((line) => `    ${line.slice(0, 300)}`)
    .join("\n");
}

/** How a command ended, in words: `exited with 1`, `not found`, … */
export function howItEnded(result: CommandResult): string {
  switch (result.outcome) {
    case "exited":
      return `exited with ${result.code}`;
    case "missing":
      return "is not there";
    case "timed-out":
      return "did not end in time and was stopped";
    case "aborted":
      return "was interrupted";
    case "stopped":
      return "was killed by a signal";
    default:
      return result.outcome satisfies never;
  }
}

function keepLines(stream: Readable, onLine: ((line: string) => void) | undefined): string[] {
  const kept: string[] = [];
  createInterface({ input: stream }).on("line", (raw) => {
    const line = plain(raw);
    kept.push(line);
    if (kept.length > LINES_KEPT) kept.shift();
    onLine?.(line);
  });
  return kept;
}

/** Maven colours even where nobody looks, and what others print must not steer the terminal. */
function plain(line: string): string {
  return stripVTControlCharacters(line).replace(/[^\P{Cc}\t]/gu, "");
}

/** npm starts a shell that starts make that starts cc: killing npm alone would leave a build running. */
function killTree(root: number): void {
  // From the top, so that nobody is left who would start another child.
  for (const pid of [root, ...descendantsOf(root)]) {
    try {
      process.kill(pid, "SIGKILL");
    } catch {
      // Already gone: what was wanted.
    }
  }
}

function descendantsOf(pid: number): number[] {
  try {
    const text = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8");
    const children = text.split(" ").filter(Boolean).map(Number);
    return children.flatMap((child) => [child, ...descendantsOf(child)]);
  } catch {
    return []; // Not Linux, or gone between two lines.
  }
}
