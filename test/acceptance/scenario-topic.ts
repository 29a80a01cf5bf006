/** A topic that counts runs of one scenario: how often each group came out as the scenario expects. */

import { countRuns, type LabRun, runsWhere } from "./lab-runs.ts";
import { median, type Topic } from "./topic.ts";

export interface ScenarioTopic {
  readonly name: string;
  readonly sentence: string;
  /** A name of the catalogue, or a file. */
  readonly scenario: string;
  /** Without it the local one. */
  readonly runtime?: "local" | "docker";
  /** Groups that must commit a stale write, in at least so many of 20 runs. */
  readonly stale: Readonly<Record<string, number>>;
  /** Groups that never may. */
  readonly guarded: readonly string[];
  /** Groups whose stale runs are only reported. */
  readonly reported?: readonly string[];
  /** Finding that every stale run of the group must have been caught by, beside the stale write. */
  readonly caughtBy?: Readonly<Record<string, string>>;
}

const RUNS = 20;

export function scenarioTopic(spec: ScenarioTopic): Topic<LabRun> {
  return {
    name: spec.name,
    sentence: spec.sentence,
    runs: RUNS,
    async run(context) {
      await countRuns(context, spec.scenario, spec.runtime);
      const { done } = context;
      const stale = (group: string): number =>
        runsWhere(done, group, (one) => one.committedStale > 0);
      const caught = (group: string, finding: string): number =>
        runsWhere(done, group, (one) => one.found.includes(finding));
      const needed = (group: string): number =>
        Math.ceil(((spec.stale[group] ?? RUNS) * done.length) / RUNS);
      const staleGroups = Object.keys(spec.stale);
      const all = [...staleGroups, ...spec.guarded, ...(spec.reported ?? [])];
      const counts: Record<string, number> = { runs: done.length };
      for (const group of all) counts[`${group}: runs with a stale write`] = stale(group);
      for (const [group, finding] of Object.entries(spec.caughtBy ?? {})) {
        counts[`${group}: runs with ${finding}`] = caught(group, finding);
      }
      for (const group of spec.guarded) {
        counts[`${group}: runs that hold with an exposed attempt`] = runsWhere(
          done,
          group,
          (one) => one.verdict === "holds" && one.exposed > 0,
        );
      }
      const passed =
        staleGroups.every((group) => stale(group) >= needed(group)) &&
        spec.guarded.every((group) => stale(group) === 0) &&
        spec.guarded.every(
          (group) => runsWhere(done, group, (g) => g.verdict === "holds") === done.length,
        ) &&
        Object.entries(spec.caughtBy ?? {}).every(
          ([group, finding]) => caught(group, finding) >= needed(group),
        );
      return { passed, counts, medians: { wallMs: median(done.map((run) => run.wallMs)) } };
    },
  };
}
