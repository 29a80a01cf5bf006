/** What `zklab run` writes beside the runs' own directories: the suite's files and the job summary. */

import { appendFileSync } from "node:fs";
import { join, relative, resolve } from "node:path";
import { LabError } from "../errors.ts";
import { FILES, makeRunDirectory } from "../evidence/run-directory.ts";
import { SUITE_SCHEMA_VERSION, type SuiteFile } from "../evidence/suite-file.ts";
import { replayCommand } from "../judge.ts";
import { toJson } from "../report/json.ts";
import { renderMarkdown } from "../report/markdown.ts";
import { costOf } from "../report/re-elections.ts";
import { outcomeOf, renderSuiteHtml, renderSuiteMarkdown } from "../report/suite.ts";
import { suiteCostLines } from "../report/suite-costs.ts";
import { hanging } from "../report/text-layout.ts";
import type { RunOutcome } from "../run.ts";
import type { Scenario } from "../scenario/schema.ts";
import { type Output, shownPath } from "./output.ts";
import { writeText } from "./report.ts";

export interface Planned {
  readonly scenario: Scenario;
  readonly source: string;
  readonly seed: string;
}

/** suite.json lists the runs; the suite's reports are made from it alone. */
export function writeSuite(
  options: { readonly suite?: string; readonly runs: string },
  planned: readonly Planned[],
  outcomes: readonly RunOutcome[],
  output: Output,
): SuiteFile {
  const name = options.suite ?? planned[0]?.scenario.name ?? "suite";
  const runs = resolve(options.runs);
  const directory = makeRunDirectory(runs, `suite-${name}`, new Date(), planned[0]?.seed ?? "0");
  const rows = outcomes.map((outcome) => ({
    run: relative(directory, outcome.directory),
    scenario: outcome.judgement.evidence.run.scenario.name,
    seed: outcome.judgement.evidence.run.seed,
    verdict: outcome.judgement.result.report.verdict,
    asExpected: asExpected(outcome),
    zookeeper: outcome.judgement.evidence.run.zookeeper.version,
    reElections: outcome.judgement.result.report.reElections.map((view) => ({
      ...(view.cause === undefined ? {} : { cause: view.cause }),
      ...costOf(view),
    })),
    expectations: [...outcome.judgement.expectations],
  }));
  const suite: SuiteFile = {
    schema: SUITE_SCHEMA_VERSION,
    suite: name,
    planned: planned.length,
    runs: rows,
  };
  writeText(join(directory, FILES.suite), toJson(suite));
  const page = join(directory, FILES.report);
  writeText(page, renderSuiteHtml(suite));
  output.say(`\n${name}: ${outcomeOf(suite)}`);
  for (const line of suiteCostLines(suite))
    output.say(hanging("  ", line, output.width).join("\n"));
  output.say(`Suite report: ${shownPath(page)}`);
  return suite;
}

function asExpected({ judgement, failure }: RunOutcome): boolean {
  return failure === undefined && judgement.expectations.every((expectation) => expectation.met);
}

/** On GitHub each step has a file for its summary; that it cannot be written fails no run. */
export function appendJobSummary(
  outcomes: readonly RunOutcome[],
  suite: SuiteFile | undefined,
): void {
  const file = process.env["GITHUB_STEP_SUMMARY"] ?? "";
  if (file === "") return;
  const runs = outcomes.map(({ judgement, failure }) =>
    renderMarkdown({
      run: judgement.evidence.run,
      report: judgement.result.report,
      expectations: judgement.expectations,
      replay: replayCommand(judgement.evidence),
      ...(failure === undefined ? {} : { cutShort: describe(failure) }),
    }),
  );
  const text = [suite === undefined ? "" : renderSuiteMarkdown(suite), ...runs].join("");
  try {
    appendFileSync(file, text);
  } catch (error) {
    process.stderr.write(`zklab: the job summary was not written: ${describe(error)}\n`);
  }
}

/** What kept the steps from being played to their end, in its own words. */
export function describe(error: unknown): string {
  if (error instanceof LabError && error.code === "interrupted") return "interrupted";
  return error instanceof Error ? error.message : String(error);
}
