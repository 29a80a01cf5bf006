/** What topics share that count runs of one scenario: make a run, keep what each group came to. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { AuditReport, GroupSummary } from "../../lab/audit/types.ts";
import { LabError } from "../../lab/errors.ts";
import type { RuntimeName } from "../../lab/runtime/choose.ts";
import { type Context, type CountedRun, versionsOf } from "./topic.ts";

export interface CountedGroup extends GroupSummary {
  readonly met: boolean;
  readonly found: string;
  readonly warnings: number;
}

export interface LabRun extends CountedRun {
  readonly code: number;
  readonly wallMs: number;
  readonly verdict: string;
  readonly cutShort: string | null;
  readonly ensembleWarnings: number;
  readonly groups: readonly CountedGroup[];
}

interface RunJson {
  readonly directory: string;
  readonly cutShort: string | null;
  readonly expectations: readonly {
    readonly group: string;
    readonly met: boolean;
    readonly found: string;
  }[];
  readonly audit: AuditReport;
}

/** For a topic that keeps more of each run than what its groups came to. */
export interface CountOptions<More extends object> {
  /** Without it the local one. */
  readonly runtime?: "local" | "docker";
  /** Further arguments of `zklab run`. */
  readonly args?: readonly string[];
  /** What else is kept of a run, from its verdict and its evidence. */
  readonly more: (audit: AuditReport, directory: string) => More;
  /** Whether all is as it should be: what is not is kept to be looked at. */
  readonly isGood?: (entry: LabRun & More) => boolean;
}

/** Makes the runs that are lacking, each in a process of its own, and records every one of them. */
export async function countRuns(
  context: Context<LabRun>,
  scenario: string,
  runtime: "local" | "docker" = "local",
): Promise<void> {
  await countRunsWith<object>(context, scenario, { ...NO_MORE, runtime });
}

export async function countRunsWith<More extends object>(
  context: Context<LabRun & More>,
  scenario: string,
  options: CountOptions<More>,
): Promise<void> {
  while (context.done.length < context.asked) {
    const { run, outcome } = await makeRunWith(
      context,
      scenario,
      options.runtime ?? "local",
      options,
    );
    context.record(run);
    const seconds = (run.wallMs / 1000).toFixed(1);
    context.say(`${context.done.length} of ${context.asked}: ${outcome}, ${seconds} s`);
  }
}

const NO_MORE: CountOptions<object> = { more: () => ({}) };
const AS_EXPECTED = "as expected";

export interface MadeRun<Run extends LabRun = LabRun> {
  readonly run: Run;
  /** `as expected`, or what came out otherwise. */
  readonly outcome: string;
}

type Maker = Pick<Context, "runCli" | "scratch">;

/** One run in a process of its own. What went otherwise than expected is kept to be looked at. */
export async function makeRun(
  context: Maker,
  scenario: string,
  runtime: RuntimeName,
): Promise<MadeRun> {
  return await makeRunWith<object>(context, scenario, runtime, NO_MORE);
}

export async function makeRunWith<More extends object>(
  context: Maker,
  scenario: string,
  runtime: RuntimeName,
  { args: further = [], more, isGood }: CountOptions<More>,
): Promise<MadeRun<LabRun & More>> {
  const args = ["run", scenario, "--runtime", runtime, ...further, "--json"];
  const { code, stdout, stderr, wallMs } = await context.runCli(args, { cwd: context.scratch });
  const [found] = stdout === "" ? [] : (JSON.parse(stdout) as RunJson[]);
  if (found === undefined) {
    const what = `zklab ${args.join(" ")}: exit ${code}\n${stderr.slice(-2000)}`;
    throw new LabError("environment", what);
  }
  const directory = join(context.scratch, found.directory);
  const run = {
    versions: versionsOf(directory),
    code,
    wallMs: Math.round(wallMs),
    verdict: found.audit.verdict,
    cutShort: found.cutShort,
    ensembleWarnings: warningsOf(found.audit, undefined),
    groups: found.audit.groups.map((group) => countGroup(group, found)),
    ...more(found.audit, directory),
  };
  const outcome = outcomeOf(found, isGood?.(run) ?? true);
  if (outcome === AS_EXPECTED) rmSync(directory, { recursive: true });
  return { run, outcome };
}

function outcomeOf({ expectations, cutShort }: RunJson, isGood: boolean): string {
  const unmet = expectations.filter((one) => !one.met).map((one) => `${one.group}: ${one.found}`);
  const wrong = [unmet.join("; "), cutShort ?? "", isGood ? "" : "the topic's count falls short"];
  return wrong.filter((text) => text !== "").join(" ") || AS_EXPECTED;
}

function countGroup(group: GroupSummary, run: RunJson): CountedGroup {
  const expectation = run.expectations.find((one) => one.group === group.group);
  return {
    ...group,
    met: expectation?.met ?? false,
    found: expectation?.found ?? "unknown",
    warnings: warningsOf(run.audit, group.group),
  };
}

function warningsOf(audit: AuditReport, group: string | undefined): number {
  const claims = audit.claims.filter((claim) => claim.group === group);
  return claims.reduce((sum, claim) => sum + claim.warnings, 0);
}

/** In how many runs this group fulfils the condition. */
export function runsWhere(
  runs: readonly LabRun[],
  group: string,
  condition: (group: CountedGroup) => boolean,
): number {
  return runs.filter((run) => run.groups.some((one) => one.group === group && condition(one)))
    .length;
}
