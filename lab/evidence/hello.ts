/**
 * What contenders said of themselves, held against what the lab started: the audit judges a group by the
 * promises in run.json, so a contender that promises something else was judged by the wrong measure.
 */

import type { HistoryLine } from "./history.ts";
import type { RunInfo } from "./run-info.ts";

/** One sentence for each incarnation that spoke without a fitting hello; each makes the run unknown. */
export function helloProblems(run: RunInfo, history: readonly HistoryLine[]): string[] {
  const problems = new Map<string, string>();
  const greeted = new Set<string>();
  for (const { event } of history) {
    if (event.type !== "contender") continue;
    const { incarnation, line } = event;
    if (line.type !== "hello") {
      if (!greeted.has(incarnation) && !problems.has(incarnation)) {
        problems.set(incarnation, `${incarnation} speaks without a valid hello`);
      }
      continue;
    }
    greeted.add(incarnation);
    const group = run.groups.find(({ name }) => incarnation.startsWith(`${name}/`));
    const expected = group === undefined ? undefined : promiseText(group.promises);
    const promised = promiseText(line.promises);
    if (promised !== expected) {
      const says = `${incarnation} promises ${promised} in its hello`;
      problems.set(incarnation, `${says}, and ${expected ?? "nothing"} was expected`);
    } else if (line.bootId !== run.bootId) {
      problems.set(
        incarnation,
        `${incarnation} runs on another host's clock (boot id ${line.bootId})`,
      );
    }
  }
  return [...problems.values()];
}

function promiseText(promises: RunInfo["groups"][number]["promises"]): string {
  const { guard, atMostOnce, reportsAttempts } = promises;
  return `guard ${guard}, at most once ${atMostOnce}, reports attempts ${reportsAttempts}`;
}
