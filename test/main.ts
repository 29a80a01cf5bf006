/**
 * `npm test`: sets up what a run needs, then runs every suite and closes with `N passed, N failed`.
 * A suite that could not run is a failure, never a skip that nobody sees; only the docker suite may be
 * left out, outside CI, where there is no engine.
 */

import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { exitCodeOf, LabError } from "../lab/errors.ts";
import { packageRoot } from "../lab/package-root.ts";
import { ensureSetup } from "../lab/runtime/setup/setup.ts";
import { provideChromium } from "./builders/chromium.ts";
import { provideSshServer } from "./builders/ssh-server.ts";
import { provideEngine } from "./builders/test-engine.ts";

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
  const say = (line: string): void => {
    process.stdout.write(`${line}\n`);
  };
  await ensureSetup({
    yes: values.yes,
    interactive: process.stdin.isTTY === true,
    env: process.env,
    say,
    ask,
    nativeClient: true,
    curator: true,
  });
  const consent = { yes: values.yes, env: process.env };
  await provideChromium(consent, say);
  // An interrupt reaches vitest too; what was started here is ended first.
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const)
    process.on(signal, () => undefined);
  const engine = await provideEngine(process.env, say);
  if (engine.leftOut === undefined) await provideSshServer(consent, say);
  const scratch = mkdtempSync(join(tmpdir(), "zklab-test-"));
  try {
    const outputFile = join(scratch, "report.json");
    const docker = engine.leftOut === undefined ? { CI_REQUIRE_DOCKER: "1" } : {};
    const env = { ...process.env, ...docker, ZKLAB_TEST_OUTCOMES: join(scratch, "outcomes") };
    const args = [`--outputFile.json=${outputFile}`, ...positionals];
    const status = await runVitest(args, env);
    await engine.end();
    if (engine.leftOut !== undefined) say(`docker tests are left out: ${engine.leftOut}`);
    return close(JSON.parse(readFileSync(outputFile, "utf8")) as VitestReport, status);
  } finally {
    await engine.end();
    rmSync(scratch, { recursive: true, force: true });
  }
}

function runVitest(args: readonly string[], env: NodeJS.ProcessEnv): Promise<number | null> {
  const vitest = join(packageRoot(), "node_modules", "vitest", "vitest.mjs");
  const fixed = ["--config", "test/vitest.config.ts", "--reporter=default", "--reporter=json"];
  const child = spawn(process.execPath, [vitest, "run", ...fixed, ...args], {
    cwd: packageRoot(),
    stdio: ["ignore", "inherit", "inherit"],
    env,
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
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
