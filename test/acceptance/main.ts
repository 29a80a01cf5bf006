/**
 * `npm run acceptance -- <topic> [--runs N]`: makes the counted runs of a topic, goes on where an
 * earlier process stopped while the code is the same, and writes test/acceptance/<topic>.json. Exit
 * code 0 only where every promised run was made and the runs show the sentence; 1 where they do not,
 * 2 where runs are missing.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { EXIT, exitCodeOf, LabError } from "../../lab/errors.ts";
import { packageRoot } from "../../lab/package-root.ts";
import { commitOf, fingerprint } from "./code-under-test.ts";
import { openProgress } from "./progress.ts";
import { matrixOf, updateReadme } from "./readme.ts";
import { makeResult, type Result, writeResult } from "./result.ts";
import { DEFAULT_LIMIT_MS, runCli } from "./run-cli.ts";
import type { Context, CountedRun, Outcome, Topic } from "./topic.ts";
import { TOPICS } from "./topics.ts";

async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: { runs: { type: "string" } },
    allowPositionals: true,
  });
  const topic = await loadTopic(positionals);
  const asked = values.runs === undefined ? topic.runs : wholeNumber(values.runs);
  say(`${topic.name}: ${topic.sentence}`);
  const result = await show(topic, asked);
  const { done, promised } = result.runs;
  say(`${done} of ${Math.max(asked, promised)} counted runs, written to ${write(result)}`);
  for (const note of result.notes) say(`  ${note}`);
  for (const [name, count] of Object.entries(result.counts)) say(`  ${name}: ${count}`);
  for (const line of result.table === undefined ? [] : matrixOf(result.table)) say(line);
  for (const [name, value] of Object.entries(result.medians)) say(`  median ${name}: ${value}`);
  say(result.passed ? "passed" : result.complete ? "NOT passed" : "INCOMPLETE");
  if (result.passed) return EXIT.asExpected;
  return result.complete ? EXIT.notAsExpected : EXIT.unknown;
}

async function loadTopic(positionals: readonly string[]): Promise<Topic> {
  const load = TOPICS[positionals[0] ?? ""];
  if (load === undefined || positionals.length !== 1) {
    throw new LabError("usage", `acceptance ${positionals.join(" ")}: name one topic`, {
      hint: `npm run acceptance -- <topic> [--runs N]; topics: ${Object.keys(TOPICS).join(", ")}`,
    });
  }
  return await load();
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= 1) return value;
  throw new LabError("usage", `--runs ${text}: a whole number from 1 is wanted`);
}

/** Lets the topic run; whatever cuts it short, what was counted until then becomes a result. */
async function show(topic: Topic, asked: number): Promise<Result> {
  const before = fingerprint();
  const code = { ...commitOf(), fingerprint: before };
  if (code.modified)
    say("lab, faults or contenders differ from the commit; the result will say so");
  const file = join(packageRoot(), ".zklab", "acceptance", `${topic.name}.jsonl`);
  const progress = openProgress<CountedRun>(file, { topic: topic.name, fingerprint: before });
  if (progress.startedAnew !== undefined) say(progress.startedAnew);
  if (progress.entries.length > 0)
    say(`${progress.entries.length} counted run(s) are there already`);
  const scratch = mkdtempSync(join(tmpdir(), `zklab-acceptance-${topic.name}-`));
  const signal = interruptSignal();
  const context: Context = {
    asked,
    done: progress.entries,
    scratch,
    signal,
    say,
    record: (entry) => {
      demandSameCode(before);
      progress.add(entry);
    },
    runCli: (args, options) =>
      runCli(args, { cwd: scratch, env: {}, limitMs: DEFAULT_LIMIT_MS, signal, ...options }),
  };
  let outcome: Outcome | undefined;
  let cutShort: string | undefined;
  try {
    outcome = await topic.run(context);
  } catch (error) {
    cutShort = error instanceof LabError ? error.message : String((error as Error).stack);
  }
  const facts = { topic, asked, done: progress.entries, outcome, cutShort, code };
  const result = makeResult({ ...facts, now: new Date(), argv: process.argv.slice(2) });
  if (result.passed) rmSync(scratch, { recursive: true, force: true });
  else say(`what the runs left is in ${scratch}`);
  return result;
}

function demandSameCode(before: string): void {
  if (fingerprint() === before) return;
  throw new LabError(
    "environment",
    "counting: the code under test was changed and rebuilt meanwhile",
    {
      hint: "count in a clone that nobody works in",
    },
  );
}

/** The first Ctrl-C ends the run in hand and writes what was counted; the second ends at once. */
function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  process.once("SIGINT", () => controller.abort());
  process.once("SIGTERM", () => controller.abort());
  return controller.signal;
}

function write(result: Result): string {
  const file = writeResult(result);
  updateReadme();
  return relative(process.cwd(), file);
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}

try {
  process.exitCode = await main();
} catch (error) {
  if (!(error instanceof LabError)) throw error;
  const hint = error.hint === undefined ? "" : `hint: ${error.hint}\n`;
  process.stderr.write(`acceptance: ${error.message}\n${hint}`);
  process.exitCode = exitCodeOf(error);
}
