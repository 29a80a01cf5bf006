/**
 * What contenders said of themselves, held against what the lab started: the audit judges a group by the
 * promises in run.json, so a contender that promises something else was judged by the wrong measure.
 */

import type { EvidenceProblem } from "./evidence.ts";
import type { HistoryLine } from "./history.ts";
import type { RunInfo } from "./run-info.ts";

/** One sentence for each incarnation that spoke without a fitting hello; each makes its group unknown. */
export function helloProblems(run: RunInfo, history: readonly HistoryLine[]): EvidenceProblem[] {
  const problems = new Map<string, string>();
  const clocks = new Set(
    history.flatMap(({ event }) => (event.type === "clock" ? [event.bootId] : [])),
  );
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
    const group = groupIn(run, incarnation);
    const expected = group === undefined ? undefined : promiseText(group.promises);
    const promised = promiseText(line.promises);
    if (promised !== expected) {
      const says = `${incarnation} promises ${promised} in its hello`;
      problems.set(incarnation, `${says}, and ${expected ?? "nothing"} was expected`);
    } else if (line.bootId !== run.bootId && !clocks.has(line.bootId)) {
      problems.set(
        incarnation,
        `${incarnation} runs on another host's clock (boot id ${line.bootId})`,
      );
    }
  }
  return [...problems].map(([incarnation, says]) => {
    const group = groupIn(run, incarnation);
    return { says, ...(group && { groups: [group.name] }) };
  });
}

function groupIn(run: RunInfo, incarnation: string): RunInfo["groups"][number] | undefined {
  return run.groups.find(({ name }) => incarnation.startsWith(`${name}/`));
}

function promiseText(promises: RunInfo["groups"][number]["promises"]): string {
  const { guard, atMostOnce, reportsAttempts } = promises;
  return `guard ${guard}, at most once ${atMostOnce}, reports attempts ${reportsAttempts}`;
}
