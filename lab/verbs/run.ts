/** `zklab run`: set up, enter the switch, play, audit, print, and answer with the exit code. */

import { randomBytes } from "node:crypto";
import { join, relative, resolve } from "node:path";
import { createInterface } from "node:readline/promises";
import { type FindPlace, freshPlace, KeptPlaces } from "../ensemble/place.ts";
import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { junitRun, replayCommand } from "../judge.ts";
import { zklabVersion } from "../package-root.ts";
import { toJson } from "../report/json.ts";
import { renderJunit } from "../report/junit.ts";
import { renderSummary } from "../report/terminal.ts";
import { wrap } from "../report/text-layout.ts";
import { plain } from "../report/untrusted.ts";
import { type AttachedFacts, type RunOutcome, runScenario } from "../run.ts";
import { chooseRuntime, type RuntimeName } from "../runtime/choose.ts";
import { enter, isInside } from "../runtime/local/enter.ts";
import { interruptSignal } from "../runtime/local/lifeline.ts";
import { LocalRuntime } from "../runtime/local/switch.ts";
import type { Runtime } from "../runtime/runtime.ts";
import { findCurator } from "../runtime/setup/curator.ts";
import { describeDocker } from "../runtime/setup/docker/setup.ts";
import { findNativeClient } from "../runtime/setup/native-client.ts";
import { ensureSetup, type Setup } from "../runtime/setup/setup.ts";
import { assertRelease } from "../runtime/setup/versions.ts";
import { provideZooKeeper } from "../runtime/setup/zookeeper-jars.ts";
import { loadScenario, loadSuite } from "../scenario/load.ts";
import { needsCurator, needsNativeClient } from "../scenario/resolve.ts";
import type { Scenario } from "../scenario/schema.ts";
import { checkVersion } from "../scenario/version.ts";
import { makeOutput, type Output, type OutputOptions, shownPath } from "./output.ts";
import { writeText } from "./report.ts";
import { appendJobSummary, describe, type Planned, writeSuite } from "./run-reports.ts";

export interface RunVerbOptions extends OutputOptions {
  readonly suite?: string;
  readonly seed?: string;
  readonly repeat: number;
  readonly zookeeper?: string;
  readonly runs: string;
  readonly keepEnsemble?: boolean;
  readonly yes: boolean;
  /** One JUnit file for all runs of this command. */
  readonly junit?: string;
  /** Where servers and contenders run; chosen, and said, without it. */
  readonly runtime?: RuntimeName;
}

export async function runVerb(
  name: string | undefined,
  options: RunVerbOptions,
): Promise<ExitCode | number> {
  const planned = plan(name, options);
  const output = makeOutput(options);
  // Inside the switch it is chosen and said already, and everything is there.
  if (isInside()) return playInside(planned, options, output);
  const choice = await chooseRuntime(
    options.runtime,
    planned.map(({ scenario }) => scenario),
  );
  const rootless = choice.name === "docker" || process.getuid?.() === 0 ? "" : ", rootless";
  const about = `zklab ${zklabVersion()}: ${choice.name} runtime (${choice.why})${rootless}`;
  output.say(wrap(about, output.width).join("\n"));
  const setup = await prepare(planned, options, output);
  for (const { scenario } of planned) checkVersion(scenario, setup.zookeeper.version);
  const engine = choice.name === "docker" ? choice.look : undefined;
  const parts = [...(engine === undefined ? [] : [describeDocker(engine)]), setup.zookeeper.note];
  output.say(wrap(parts.join(", "), output.width).join("\n"));
  if (choice.name === "local") return await enter(process.argv.slice(2));
  const { withDockerRuntime } = await import("./run-docker.ts");
  return withDockerRuntime(setup, output, (runtime, signal) =>
    playAll(planned, options, { setup, output, runtime, signal }),
  );
}

async function playInside(
  planned: readonly Planned[],
  options: RunVerbOptions,
  output: Output,
): Promise<ExitCode> {
  const version = options.zookeeper === undefined ? {} : { version: options.zookeeper };
  const zookeeper = await provideZooKeeper(version);
  const setup = { zookeeper, nativeClient: findNativeClient(), curator: findCurator() };
  for (const { scenario } of planned) checkVersion(scenario, setup.zookeeper.version);
  const signal = interruptSignal();
  await using runtime = await LocalRuntime.create();
  return await playAll(planned, options, { setup, output, runtime, signal });
}

interface Lab {
  readonly setup: Setup;
  readonly output: Output;
  readonly runtime: Runtime;
  readonly signal: AbortSignal;
  /** Where the runs are played; without it on an ensemble of the lab's own. */
  readonly findPlace?: FindPlace;
  readonly attached?: AttachedFacts;
}

export async function playAll(
  planned: readonly Planned[],
  options: RunVerbOptions,
  { setup, output, runtime, signal, attached, findPlace: given }: Lab,
): Promise<ExitCode> {
  const outcomes: RunOutcome[] = [];
  await using kept =
    options.keepEnsemble === true ? new KeptPlaces(join(resolve(options.runs), "kept")) : undefined;
  const findPlace = given ?? kept?.find ?? freshPlace;
  for (const one of planned) {
    if (signal.aborted) break;
    const about = `${one.scenario.name} (seed ${one.seed}): ${one.scenario.description}`;
    output.say(`\n${wrap(about, output.width).join("\n")}`);
    sayCommands(one.scenario, output);
    const runsDirectory = resolve(options.runs);
    const outcome = await runScenario({
      ...one,
      runsDirectory,
      runtime,
      findPlace,
      setup,
      progress: output.progress,
      signal,
      ...(attached === undefined ? {} : { attached }),
    });
    outcomes.push(outcome);
    if (options.json !== true) output.write(summaryOf(outcome, output, options.quiet === true));
    // What cannot be made once cannot be made again; the reports say how far it came.
    if (!outcome.begun) break;
  }
  const suite = planned.length > 1 ? writeSuite(options, planned, outcomes, output) : undefined;
  if (options.junit !== undefined) {
    writeText(options.junit, renderJunit(outcomes.map(({ judgement }) => junitRun(judgement))));
  }
  appendJobSummary(outcomes, suite);
  if (options.json === true) output.write(toJson(outcomes.map(jsonOf)));
  const unmade = outcomes.find(({ begun }) => !begun);
  if (unmade !== undefined && !signal.aborted) throw unmade.failure;
  return exitCodeOf(outcomes, signal);
}

/** A scenario is a program: what it starts besides zklab's own is said before it is started. */
function sayCommands(scenario: Scenario, output: Output): void {
  for (const [group, { command }] of Object.entries(scenario.groups)) {
    if (command !== undefined) output.say(plain(`starts for ${group}: ${command.join(" ")}`));
  }
}

export function plan(name: string | undefined, options: RunVerbOptions): Planned[] {
  if ((name === undefined) === (options.suite === undefined)) {
    throw new LabError("usage", "run: name one scenario, or a suite with --suite", {
      hint: "`zklab list scenarios` and `zklab list suites` show them",
    });
  }
  if (options.zookeeper !== undefined) assertRelease(options.zookeeper);
  const names = options.suite === undefined ? [name ?? ""] : loadSuite(options.suite).scenarios;
  const rounds = Array.from({ length: options.repeat }, () => names).flat();
  return rounds.map((one) => ({
    ...loadScenario(one),
    seed: options.seed ?? randomBytes(4).toString("hex"),
  }));
}

/** All is checked, and installed where the user agrees; inside the switch it is only looked up. */
export function prepare(
  planned: readonly Planned[],
  options: RunVerbOptions,
  output: Output,
): Promise<Setup> {
  return ensureSetup({
    yes: options.yes,
    interactive: process.stdin.isTTY === true && process.stdout.isTTY === true,
    env: process.env,
    say: (line) => output.say(line),
    ask,
    nativeClient: planned.some(({ scenario }) => needsNativeClient(scenario)),
    curator: planned.some(({ scenario }) => needsCurator(scenario)),
    ...(options.zookeeper === undefined ? {} : { version: options.zookeeper }),
  });
}

export async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(`${question} [y/N] `)).trim());
  } finally {
    terminal.close();
  }
}

function summaryOf(outcome: RunOutcome, output: Output, quiet: boolean): string {
  const { evidence, result, reportFile } = outcome.judgement;
  if (quiet) return `${evidence.run.scenario.name}: ${result.report.verdict}\n`;
  const summary = renderSummary({
    evidence,
    result,
    expectations: outcome.judgement.expectations,
    paths: { report: shownPath(reportFile) },
    replay: replayCommand(evidence),
    palette: output.palette,
    width: output.width,
    ...(outcome.failure === undefined ? {} : { cutShort: describe(outcome.failure) }),
  });
  return `\n${summary}`;
}

function jsonOf(outcome: RunOutcome): object {
  return {
    directory: relative(process.cwd(), outcome.directory),
    expectations: outcome.judgement.expectations,
    cutShort: outcome.failure === undefined ? null : describe(outcome.failure),
    audit: outcome.judgement.result.report,
  };
}

/** 2 where a group that was expected to be judged came out unknown, 1 where it came out otherwise. */
function exitCodeOf(outcomes: readonly RunOutcome[], signal: AbortSignal): ExitCode {
  if (signal.aborted) return EXIT.interrupted;
  const missed = outcomes
    .flatMap(({ judgement }) => judgement.expectations)
    .filter((one) => !one.met);
  if (missed.some((one) => one.verdict !== "unknown")) return EXIT.notAsExpected;
  const cutShort = outcomes.some((outcome) => outcome.failure !== undefined);
  return missed.length > 0 || cutShort ? EXIT.unknown : EXIT.asExpected;
}
