/** From a scenario to what a run needs to know: groups with their paths, promises and names. */

import { findStrategy } from "../../contenders/catalogue.ts";
import { assert } from "../errors.ts";
import { type GroupInfo, minimumsSchema } from "../evidence/run-info.ts";
import { type TimeBase, toMs } from "./duration.ts";
import type { Scenario } from "./schema.ts";

/** Everything of a run lives below this znode, so that a kept ensemble's next run is apart from it. */
export const RUN_ROOT = "/zklab";

export function timeBase(scenario: Scenario): TimeBase {
  const none: TimeBase = { sessionTimeoutMs: 0, tickTimeMs: 0 };
  return {
    sessionTimeoutMs: toMs(scenario.sessionTimeout, none),
    tickTimeMs: toMs(scenario.tickTime, none),
  };
}

export function resolveGroups(scenario: Scenario): GroupInfo[] {
  return Object.entries(scenario.groups).map(([name, group]) => {
    const strategy = findStrategy(group.strategy);
    assert(strategy !== undefined, `the schema let an unknown strategy through: ${group.strategy}`);
    return {
      name,
      strategy: group.strategy,
      options: group.options,
      promises: strategy.promises(group.options),
      recipe: strategy.recipe,
      electionPath: `${RUN_ROOT}/${name}/election`,
      guarded: [`${guardedPath(name)}/**`],
      contenders: Array.from({ length: group.contenders }, (_, i) => `c${i + 1}`),
      minimums: minimumsSchema.parse(group.minimums),
    };
  });
}

export function guardedPath(group: string): string {
  return `${RUN_ROOT}/${group}/guarded`;
}

/** Whether any group runs on the native client that `zklab setup` builds. */
export function needsNativeClient(scenario: Scenario): boolean {
  return Object.values(scenario.groups).some((group) =>
    findStrategy(group.strategy)?.needsNativeClient(group.options),
  );
}
