/** gc-pause × 20, every strategy: on the local runtime, and in containers. */

import { join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";
import { countRuns, type LabRun, makeRun, runsWhere } from "./lab-runs.ts";
import { median, type Outcome, type Topic } from "./topic.ts";

const SCENARIO = join(packageRoot(), "test", "acceptance", "gc-pause.yaml");

/** In containers a person waits at most so long for a fresh run of the catalogue's gc-pause. */
const FRESH_LIMIT_MS = 15_000;

export const gcPause: Topic<LabRun> = {
  name: "gc-pause",
  sentence:
    "After a full GC, naive contenders commit a stale write on both clients; option 1 is fenced by the server, without its guard it is not; option 2 is refused by its own client",
  runs: 20,
  async run(context) {
    await countRuns(context, SCENARIO);
    const { done } = context;
    const { passed, counts } = judge(done);
    return { passed, counts, medians: { wallMs: median(done.map((run) => run.wallMs)) } };
  },
};

interface PairOfRuns extends LabRun {
  /** A fresh run of the catalogue's gc-pause beside it: from the command to its end. */
  readonly fresh: { readonly wallMs: number; readonly code: number };
}

export const gcPauseDocker: Topic<PairOfRuns> = {
  name: "gc-pause-docker",
  sentence: `gc-pause in containers, each time with fresh ones: every group as on the local runtime; a fresh run of the catalogue's gc-pause takes a median of at most ${FRESH_LIMIT_MS / 1000} s`,
  runs: 20,
  async run(context) {
    while (context.done.length < context.asked) {
      const { run, outcome } = await makeRun(context, SCENARIO, "docker");
      const { run: fresh, outcome: alone } = await makeRun(context, "gc-pause", "docker");
      context.record({ ...run, fresh: { wallMs: fresh.wallMs, code: fresh.code } });
      const times = [run, fresh].map(({ wallMs }) => `${(wallMs / 1000).toFixed(1)} s`);
      const said = `${outcome}, ${times[0]}; the catalogue's: ${alone}, ${times[1]}`;
      context.say(`${context.done.length} of ${context.asked}: ${said}`);
    }
    const { done } = context;
    const { passed, counts } = judge(done);
    const good = done.filter(({ fresh }) => fresh.code === 0).length;
    const freshMs = median(done.map(({ fresh }) => fresh.wallMs));
    return {
      passed: passed && good === done.length && freshMs <= FRESH_LIMIT_MS,
      counts: { ...counts, "runs of the catalogue's gc-pause that came out as expected": good },
      medians: { wallMs: median(done.map((run) => run.wallMs)), freshMs },
    };
  },
};

function judge(done: readonly LabRun[]): Pick<Outcome, "passed" | "counts"> {
  const stale = (group: string): number => runsWhere(done, group, (one) => one.committedStale > 0);
  const counts = {
    runs: done.length,
    "naive (npm zookeeper): runs with a stale write": stale("naive-stock"),
    "naive (zklab client): runs with a stale write": stale("naive-own"),
    "latch-check: runs with a stale write": stale("latch-check"),
    "latch-check: runs with an attempt fenced by the servers": runsWhere(
      done,
      "latch-check",
      (one) => one.fencedByServer > 0,
    ),
    "latch-check, guard: none: runs with a stale write": stale("latch-check-unguarded"),
    "ephemeral: runs with a stale write": stale("ephemeral"),
    "ephemeral: runs with an op refused by its client and absent from every log": runsWhere(
      done,
      "ephemeral",
      (one) => one.refusedByClient > 0,
    ),
    "runs in which every group came out as expected": done.filter(
      (run) => run.code === 0 && run.groups.every((group) => group.met),
    ).length,
  };
  const all = done.length;
  const wanted = [all, all, all, 0, all, all, 0, all, all];
  return { passed: Object.values(counts).every((count, i) => count === wanted[i]), counts };
}
