#!/usr/bin/env node
/** The command line's entry: runs it, tells what went wrong, and decides the exit code. */

import { runCli } from "./cli.ts";
import { EXIT, exitCodeOf, LabError } from "./errors.ts";

const LINGER_MS = 1_000;

/** A reader that went away (`zklab … | head`) is no error of ours. */
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

/** What nobody awaited: node would end with 1, and 1 means that a run was not as expected. */
process.on("uncaughtException", (error) => {
  process.stderr.write(describe(error));
  process.exit(exitCodeOf(error));
});

try {
  process.exitCode = await runCli(process.argv);
} catch (error) {
  process.exitCode = exitCodeOf(error);
  process.stderr.write(describe(error));
  // What failed may have left a watcher or a server behind that would keep this process for ever.
  setTimeout(() => process.exit(), LINGER_MS).unref();
}

/** An expected failure in its own words; a bug with its stack. */
function describe(error: unknown): string {
  if (error instanceof LabError) {
    const hint = error.hint === undefined ? "" : `hint: ${error.hint}\n`;
    const cause = error.cause instanceof Error ? `cause: ${error.cause.message}\n` : "";
    return `zklab: ${error.message}\n${cause}${hint}`;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return `zklab: this is a bug in zklab (exit code ${EXIT.bug}); please report it with:\n${stack}\n`;
}
