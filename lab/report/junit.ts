/**
 * JUnit XML, which every CI can show: a test suite a group and one for the ensemble, a test case a
 * claim, and a suite that says whether each group came out as its scenario expected. The verdict's
 * suites tell what is true: a group that is expected to be violated is red in them. A gate looks at the
 * exit code or at the suite `expectations`.
 */

import { createRequire } from "node:module";
import type { Builder, TestCase, TestSuite } from "junit-report-builder";
import type { AuditReport, ClaimResult, Finding } from "../audit/types.ts";
import type { RunInfo } from "../evidence/run-info.ts";
import type { Expectation } from "./expectation.ts";
import { plain } from "./untrusted.ts";
import { count } from "./words.ts";

/** What of one run goes into the file. */
export interface JunitRun {
  readonly run: RunInfo;
  readonly report: AuditReport;
  readonly expectations: readonly Expectation[];
}

/** Findings told whole in one test case; the page and audit.json have the rest. */
const FINDINGS_TOLD_MAX = 20;
const MESSAGE_CHARS_MAX = 1_000;

/** One document for one or more runs; the same runs give the same bytes (no time, no host in it). */
export function renderJunit(runs: readonly JunitRun[]): string {
  const document = load().newBuilder().name("zklab");
  for (const one of runs) {
    const groups = one.report.groups.map(({ group }) => group);
    for (const group of [...groups, undefined]) addClaims(document, one, group);
    addExpectations(document, one);
  }
  return `${document.build()}\n`;
}

/** Only where a file is made: it brings 130 ms of lodash. Its module is the builder itself. */
function load(): Builder {
  return createRequire(import.meta.url)("junit-report-builder") as Builder;
}

function addClaims(document: Builder, one: JunitRun, group: string | undefined): void {
  const claims = one.report.claims.filter((claim) => claim.group === group);
  if (claims.length === 0) return;
  const suite = addSuite(document, one.run, group ?? "ensemble");
  for (const claim of claims) {
    const test = suite.testCase().name(text(claim.claim));
    test.className(className(one.run, group ?? "ensemble"));
    judge(test, claim);
  }
}

function judge(test: TestCase, claim: ClaimResult): void {
  const { verdict, findings, violations, reasons } = claim;
  const said = [`${claim.sentence}.`, `${claim.examined} examined, ${claim.exposed} exposed`];
  switch (verdict) {
    case "holds":
      test.standardOutput(lines(said));
      break;
    case "violated": {
      const broken = findings.filter(({ grade }) => grade === "violation");
      const [first] = broken;
      const message = first === undefined ? count(violations, "violation") : first.message;
      test.failure(text(message), text(first?.name ?? claim.claim));
      const left = violations - Math.min(broken.length, FINDINGS_TOLD_MAX);
      const more = left > 0 ? [`and ${count(left, "more violation")}`] : [];
      test.stacktrace(
        lines([...said, ...broken.slice(0, FINDINGS_TOLD_MAX).flatMap(tell), ...more]),
      );
      break;
    }
    case "unknown":
      test.error(text(reasons[0] ?? "it could not be judged"), "unknown");
      test.standardOutput(lines([...said, ...reasons]));
      break;
    case "not-applicable":
      test.skipped();
      test.standardOutput(lines([`not applicable: ${reasons.join("; ")}`]));
      break;
  }
}

function tell({ name, message, story, culprit }: Finding): readonly string[] {
  const told = story.map((line, index) => `  ${index + 1}. ${line}`);
  return ["", `${name}: ${message}`, ...told, `  culprit: ${culprit}`];
}

function addExpectations(document: Builder, { run, expectations }: JunitRun): void {
  if (expectations.length === 0) return;
  const suite = addSuite(document, run, "expectations");
  for (const { group, met, expected, found, verdict } of expectations) {
    const test = suite.testCase().name(text(`${group}: ${expected}`));
    test.className(className(run, "expectations"));
    const message = text(`expected ${expected}, found ${found}`);
    if (met) test.standardOutput(text(`${found}, as expected`));
    else if (verdict === "unknown") test.error(message, "unknown");
    else test.failure(message, "not-as-expected");
  }
}

function addSuite(document: Builder, run: RunInfo, name: string): TestSuite {
  return document
    .testSuite()
    .name(className(run, name))
    .property("seed", text(run.seed))
    .property("zookeeper", text(run.zookeeper.version))
    .property("runtime", text(run.runtime));
}

function className({ scenario }: RunInfo, name: string): string {
  return text(`${scenario.name}.${name}`);
}

/**
 * Control characters are not allowed in XML at all. The builder splits only the first `]]>` of a CDATA
 * section: a second one in a znode's path would end it.
 */
function text(from: string): string {
  return plain(from, MESSAGE_CHARS_MAX)
    .replace(/[\ufffe\uffff]/g, "")
    .replaceAll("]]>", "]] >");
}

function lines(from: readonly string[]): string {
  return from.map((line) => /^ */.exec(line)?.[0] + text(line.trimStart())).join("\n");
}
