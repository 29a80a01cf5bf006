/**
 * `zklab report RUN`: makes the reports of a run again, from its evidence alone, or a suite's from
 * suite.json alone. Without --format it writes them where they belong; with one it gives that one.
 */

import { existsSync, statSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { replaceFile } from "../evidence/files.ts";
import { FILES } from "../evidence/run-directory.ts";
import { isSuiteDirectory, loadSuiteFile, type SuiteFile } from "../evidence/suite-file.ts";
import { type Judgement, judge, judgeRun, junitRun, replayCommand } from "../judge.ts";
import { renderHtml } from "../report/html.ts";
import { toJson } from "../report/json.ts";
import { renderJunit } from "../report/junit.ts";
import { renderMarkdown } from "../report/markdown.ts";
import { renderSuiteHtml, renderSuiteMarkdown } from "../report/suite.ts";
import { makeOutput, type Output, type OutputOptions, shownPath } from "./output.ts";

export const REPORT_FORMATS = ["html", "junit", "json", "summary"] as const;
export type ReportFormat = (typeof REPORT_FORMATS)[number];

export interface ReportVerbOptions extends OutputOptions {
  readonly format?: ReportFormat;
  /** A file, or `-` for stdout. */
  readonly out?: string;
}

/** 0 where the report was made, whatever it says: judging is `audit`'s. */
export function reportVerb(run: string, options: ReportVerbOptions): ExitCode {
  const directory = directoryOf(run);
  const format = options.format ?? (options.json === true ? "json" : undefined);
  const output = makeOutput(options);
  if (format === undefined) {
    if (options.out !== undefined) {
      throw new LabError("usage", "report: --out needs --format", {
        hint: `name one of ${REPORT_FORMATS.join(", ")}`,
      });
    }
    for (const file of writeAll(directory)) say(output, options, file);
    return EXIT.asExpected;
  }
  const text = isSuiteDirectory(directory)
    ? renderSuite(loadSuiteFile(directory), format)
    : renderRun(judge(directory), format);
  const { out = "-" } = options;
  if (out === "-") output.write(text);
  else {
    writeText(out, text);
    say(output, options, out);
  }
  return EXIT.asExpected;
}

function directoryOf(run: string): string {
  const directory = resolve(run);
  if (existsSync(directory) && statSync(directory).isDirectory()) return directory;
  const found = existsSync(directory) ? "it is no directory" : "there is no such directory";
  throw new LabError("bad-input", `report ${run}: ${found}`, {
    hint: "name the directory of a run or of a suite, e.g. runs/gc-pause/latest",
  });
}

function writeAll(directory: string): readonly string[] {
  if (isSuiteDirectory(directory)) {
    const file = join(directory, FILES.report);
    replaceFile(file, renderSuiteHtml(loadSuiteFile(directory)));
    return [file];
  }
  const { reportFile, junitFile, auditFile } = judgeRun(directory);
  return [reportFile, junitFile, auditFile];
}

function renderRun(judgement: Judgement, format: ReportFormat): string {
  const { evidence, result, expectations } = judgement;
  const replay = replayCommand(evidence);
  const { report } = result;
  switch (format) {
    case "html":
      return renderHtml(evidence, result, { replay });
    case "junit":
      return renderJunit([junitRun(judgement)]);
    case "json":
      return toJson(report);
    case "summary":
      return renderMarkdown({ run: evidence.run, report, expectations, replay });
  }
}

function renderSuite(suite: SuiteFile, format: ReportFormat): string {
  switch (format) {
    case "html":
      return renderSuiteHtml(suite);
    case "json":
      return toJson(suite);
    case "summary":
      return renderSuiteMarkdown(suite);
    case "junit":
      throw new LabError("bad-input", "report a suite as junit: suite.json holds no claims", {
        hint: "each of its runs has a junit.xml; `zklab run --suite … --junit FILE` puts all in one",
      });
  }
}

/** Writes a report where the user asked for it; throws LabError("environment") where it cannot. */
export function writeText(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (cause) {
    throw new LabError("environment", `write ${file}`, {
      hint: "name a file that you may write",
      cause,
    });
  }
}

function say(output: Output, options: OutputOptions, file: string): void {
  if (options.quiet !== true) output.say(shownPath(file));
}
