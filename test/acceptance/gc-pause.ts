/** Issue "A walking skeleton": gc-pause × 20, every strategy, on the local runtime. */

import { join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";
import { countRuns, type LabRun, runsWhere } from "./lab-runs.ts";
import { median, type Topic } from "./topic.ts";

const SCENARIO = join(packageRoot(), "test", "acceptance", "gc-pause.yaml");

export const gcPause: Topic<LabRun> = {
  name: "gc-pause",
  sentence:
    "After a full GC, naive contenders commit a stale write on both clients; option 1 is fenced by the server, without its guard it is not; option 2 is refused by its own client",
  runs: 20,
  async run(context) {
    await countRuns(context, SCENARIO);
    const { done } = context;
    const stale = (group: string): number =>
      runsWhere(done, group, (one) => one.committedStale > 0);
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
    const passed = Object.values(counts).every((count, i) => count === wanted[i]);
    return { passed, counts, medians: { wallMs: median(done.map((run) => run.wallMs)) } };
  },
};
