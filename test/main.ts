/**
 * `npm test`: sets up what a run needs, then runs every suite and closes with `N passed, N failed`.
 * A suite that could not run is a failure, never a skip that nobody sees.
 */

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { exitCodeOf, LabError } from "../lab/errors.ts";
import { packageRoot } from "../lab/package-root.ts";
import { ensureSetup } from "../lab/runtime/setup/setup.ts";
import { provideChromium } from "./builders/chromium.ts";

interface VitestReport {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
  readonly numTotalTests: number;
  readonly testResults: readonly {
    readonly status: string;
    readonly name: string;
    readonly assertionResults: readonly unknown[];
  }[];
}

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { yes: { type: "boolean", default: false } },
    allowPositionals: true,
  });
  await ensureSetup({
    yes: values.yes,
    interactive: process.stdin.isTTY === true,
    env: process.env,
    say: (line) => process.stdout.write(`${line}\n`),
    ask,
    nativeClient: true,
    curator: true,
  });
  await provideChromium({ yes: values.yes, env: process.env }, (line) =>
    process.stdout.write(`${line}\n`),
  );
  const scratch = mkdtempSync(join(tmpdir(), "zklab-test-"));
  try {
    const outputFile = join(scratch, "report.json");
    const vitest = join(packageRoot(), "node_modules", "vitest", "vitest.mjs");
    const args = [
      "run",
      "--config",
      "test/vitest.config.ts",
      "--reporter=default",
      "--reporter=json",
    ];
    const { status } = spawnSync(
      process.execPath,
      [vitest, ...args, `--outputFile.json=${outputFile}`, ...positionals],
      { cwd: packageRoot(), stdio: ["ignore", "inherit", "inherit"] },
    );
    return close(JSON.parse(readFileSync(outputFile, "utf8")) as VitestReport, status);
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** A file that failed before its first test counts as one failure; so does a skipped test. */
function close(report: VitestReport, status: number | null): number {
  const broken = report.testResults.filter(
    (file) => file.status === "failed" && file.assertionResults.length === 0,
  );
  for (const file of broken) process.stdout.write(`could not run: ${file.name}\n`);
  const skipped = report.numPendingTests;
  if (skipped > 0) process.stdout.write(`${skipped} skipped test(s) count as failed\n`);
  const failed = report.numFailedTests + broken.length + skipped;
  const unexplained = failed === 0 && status !== 0 ? 1 : 0;
  process.stdout.write(`${report.numPassedTests} passed, ${failed + unexplained} failed\n`);
  return failed + unexplained === 0 && report.numPassedTests > 0 ? 0 : 1;
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  process.stderr.write(
    `npm test: ${error.message}\n${error.hint === undefined ? "" : `hint: ${error.hint}\n`}`,
  );
  process.exitCode = exitCodeOf(error);
}
