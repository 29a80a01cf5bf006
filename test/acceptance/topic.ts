/**
 * What an acceptance topic is: one sentence that zklab promises, shown by a counted number of real
 * runs. A topic counts and judges; the harness (main.ts) keeps the counts, resumes and writes the
 * result.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { medianSorted } from "simple-statistics";
import { FILES } from "../../lab/evidence/run-directory.ts";
import { runInfoSchema } from "../../lab/evidence/run-info.ts";
import type { CliOptions, CliResult } from "./run-cli.ts";

/** What ran below zklab; a list where counted runs differ. */
export interface Versions {
  readonly java: string;
  readonly zookeeper: string;
}

/** One counted run as it is kept in the progress file; plain JSON. */
export interface CountedRun {
  readonly versions: Versions;
}

export interface Topic<Entry extends CountedRun = CountedRun> {
  /** The file's name and the argument on the command line. */
  readonly name: string;
  /** What is promised, in one sentence; printed and kept in the result. */
  readonly sentence: string;
  /** How many counted runs show it; `--runs` may ask for another number, and the result says so. */
  readonly runs: number;
  /**
   * Makes the runs that `done` lacks and records each as it ends, then judges all of them. A run
   * that went wrong is recorded like any other: it is never repeated to get a better one.
   */
  run(context: Context<Entry>): Promise<Outcome>;
}

export interface Context<Entry extends CountedRun = CountedRun> {
  /** Counted runs wanted in all, those of `done` included. */
  readonly asked: number;
  /** The counted runs so far, earlier processes' included; grows with `record`. */
  readonly done: readonly Entry[];
  /** A folder outside the repository; removed at the end where the topic passed. */
  readonly scratch: string;
  /** Aborted by Ctrl-C; `runCli` already follows it. */
  readonly signal: AbortSignal;
  /** Counts a run: it is on disk when this returns. Throws where the code under test has changed. */
  record(entry: Entry): void;
  /** Runs `zklab <args>`, as built, in its own process. A non-zero exit code is a result. */
  runCli(args: readonly string[], options?: Partial<CliOptions>): Promise<CliResult>;
  /** One line of progress for the person who waits. */
  say(line: string): void;
}

export interface Outcome {
  /** Whether the counted runs show the sentence. */
  readonly passed: boolean;
  /** What was counted, by words: `{ "runs with a stale write": 20 }`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Out of how many, where that is not the number of runs. */
  readonly totals?: Readonly<Record<string, number>>;
  /** Medians with the unit in the name: `{ wallMs: 8123 }`. */
  readonly medians: Readonly<Record<string, number>>;
  /** What a person should know beside the counts, one sentence each. */
  readonly notes?: readonly string[];
  /** Where the figures are a matrix: medians over the counted runs. */
  readonly table?: Table;
}

export interface Table {
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
}

/** The median; throws where there is none. */
export function median(values: readonly number[]): number {
  return medianSorted([...values].sort((a, b) => a - b));
}

/** Java's and ZooKeeper's version as a run directory states them. */
export function versionsOf(runDirectory: string): Versions {
  const { host, zookeeper } = runInfoSchema.parse(
    JSON.parse(readFileSync(join(runDirectory, FILES.run), "utf8")),
  );
  return { java: host.java, zookeeper: zookeeper.version };
}
