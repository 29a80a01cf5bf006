/** The result of a topic: `test/acceptance/<topic>.json`, kept with the code that it is about. */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot, zklabVersion } from "../../lab/package-root.ts";
import { toJson } from "../../lab/report/json.ts";
import type { Commit } from "./code-under-test.ts";
import type { CountedRun, Outcome, Table, Topic } from "./topic.ts";

export interface Result {
  readonly schema: 1;
  readonly topic: string;
  readonly sentence: string;
  /** What the topic promises, what was asked for this time, and how many were made. */
  readonly runs: { readonly promised: number; readonly asked: number; readonly done: number };
  /** All that was promised was made. */
  readonly complete: boolean;
  /** Complete, and the runs show the sentence. */
  readonly passed: boolean;
  readonly counts: Readonly<Record<string, number>>;
  /** Out of how many, where that is not the number of runs. */
  readonly totals?: Readonly<Record<string, number>>;
  readonly medians: Readonly<Record<string, number>>;
  readonly table?: Table;
  readonly notes: readonly string[];
  readonly versions: {
    readonly node: string;
    readonly java: string;
    readonly zookeeper: string;
    readonly zklab: string;
  };
  readonly code: Commit & { readonly fingerprint: string };
  readonly date: string;
  readonly argv: readonly string[];
}

export interface Facts {
  readonly topic: Topic;
  readonly asked: number;
  readonly done: readonly CountedRun[];
  /** Undefined where the topic was cut short; then `cutShort` says by what. */
  readonly outcome: Outcome | undefined;
  readonly cutShort: string | undefined;
  readonly code: Result["code"];
  readonly now: Date;
  readonly argv: readonly string[];
}

export function makeResult(facts: Facts): Result {
  const { topic, asked, done, outcome } = facts;
  // Fewer runs than promised do not become enough by asking for fewer.
  const complete = outcome !== undefined && done.length >= Math.max(asked, topic.runs);
  const cut = facts.cutShort === undefined ? [] : [`cut short: ${facts.cutShort}`];
  return {
    schema: 1,
    topic: topic.name,
    sentence: topic.sentence,
    runs: { promised: topic.runs, asked, done: done.length },
    complete,
    passed: complete && outcome.passed,
    counts: outcome?.counts ?? {},
    ...(outcome?.totals === undefined ? {} : { totals: outcome.totals }),
    medians: outcome?.medians ?? {},
    ...(outcome?.table === undefined ? {} : { table: outcome.table }),
    notes: [...(outcome?.notes ?? []), ...cut],
    versions: {
      node: process.version,
      java: distinct(done.map(({ versions }) => versions.java)),
      zookeeper: distinct(done.map(({ versions }) => versions.zookeeper)),
      zklab: zklabVersion(),
    },
    code: facts.code,
    date: facts.now.toISOString(),
    argv: facts.argv,
  };
}

function distinct(values: readonly string[]): string {
  return [...new Set(values)].join(", ");
}

/** Writes it and answers with its path. */
export function writeResult(result: Result): string {
  const file = join(packageRoot(), "test", "acceptance", `${result.topic}.json`);
  writeFileSync(file, toJson(result));
  return file;
}
