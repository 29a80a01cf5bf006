/** Issue "A walking skeleton": 20 calm runs, each group with 200 writes and one resignation. */

import { countRuns, type LabRun, runsWhere } from "./lab-runs.ts";
import { median, type Topic } from "./topic.ts";

const WRITES_MIN = 200;
const GROUPS = ["naive", "latch-check", "ephemeral"] as const;

export const calm: Topic<LabRun> = {
  name: "calm",
  sentence:
    "Undisturbed, with at least 200 committed guarded writes and one voluntary resignation a group, nothing is found",
  runs: 20,
  async run(context) {
    await countRuns(context, "calm");
    const { done } = context;
    const good = (group: string): number =>
      runsWhere(
        done,
        group,
        (one) =>
          one.verdict === "holds" &&
          one.warnings === 0 &&
          one.committedWrites >= WRITES_MIN &&
          one.terms >= 2,
      );
    const counts = {
      runs: done.length,
      ...Object.fromEntries(
        GROUPS.map((group) => [`${group}: runs without a finding`, good(group)]),
      ),
      "runs without a warning about the ensemble": done.filter((run) => run.ensembleWarnings === 0)
        .length,
    };
    const passed = Object.values(counts).every((count) => count === done.length);
    const writes = done.flatMap((run) => run.groups.map((group) => group.committedWrites));
    const medians = {
      wallMs: median(done.map((run) => run.wallMs)),
      committedWritesPerGroup: median(writes),
    };
    return { passed, counts, medians };
  },
};
