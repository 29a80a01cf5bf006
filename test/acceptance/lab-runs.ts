/** What topics share that count runs of one scenario: make a run, keep what each group came to. */

import { rmSync } from "node:fs";
import { join } from "node:path";
import type { AuditReport, GroupSummary } from "../../lab/audit/types.ts";
import { LabError } from "../../lab/errors.ts";
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

/** Makes the runs that are lacking, each in a process of its own, and records every one of them. */
export async function countRuns(context: Context<LabRun>, scenario: string): Promise<void> {
  while (context.done.length < context.asked) {
    const { code, stdout, stderr, wallMs } = await context.runCli(["run", scenario, "--json"], {
      cwd: context.scratch,
    });
    const [run] = stdout === "" ? [] : (JSON.parse(stdout) as RunJson[]);
    if (run === undefined) {
      throw new LabError(
        "environment",
        `zklab run ${scenario}: exit ${code}\n${stderr.slice(-2000)}`,
      );
    }
    const directory = join(context.scratch, run.directory);
    context.record({
      versions: versionsOf(directory),
      code,
      wallMs: Math.round(wallMs),
      verdict: run.audit.verdict,
      cutShort: run.cutShort,
      ensembleWarnings: warningsOf(run.audit, undefined),
      groups: run.audit.groups.map((group) => countGroup(group, run)),
    });
    const unmet = run.expectations
      .filter((one) => !one.met)
      .map((one) => `${one.group}: ${one.found}`);
    const outcome =
      unmet.length === 0 && run.cutShort === null
        ? "as expected"
        : `${unmet.join("; ")} ${run.cutShort ?? ""}`;
    context.say(
      `${context.done.length} of ${context.asked}: ${outcome}, ${(wallMs / 1000).toFixed(1)} s`,
    );
    // What went otherwise than expected is kept to be looked at.
    if (outcome === "as expected") rmSync(directory, { recursive: true });
  }
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
