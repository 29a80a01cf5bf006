/** From a scenario to what a run needs to know: groups with their paths, promises and names. */

import {
  findStrategy,
  needsNativeClient as needsNative,
  promisesOf,
  recipeOf,
} from "../../contenders/catalogue.ts";
import { findFault } from "../../faults/catalogue.ts";
import type { Fault } from "../../faults/fault.ts";
import { assert } from "../errors.ts";
import { type GroupInfo, minimumsSchema, type RunInfo } from "../evidence/run-info.ts";
import { type TimeBase, toMs } from "./duration.ts";
import type { Scenario } from "./schema.ts";
import type { GroupStep, Step } from "./steps.ts";

/** Everything of the nth run on one ensemble lives below this znode, apart from the other runs. */
export function runRoot(n: number): string {
  return n === 1 ? "/zklab" : `/zklab-${n}`;
}

export function timeBase(scenario: Scenario): TimeBase {
  const none: TimeBase = { sessionTimeoutMs: 0, tickTimeMs: 0 };
  return {
    sessionTimeoutMs: toMs(scenario.sessionTimeout, none),
    tickTimeMs: toMs(scenario.tickTime, none),
  };
}

/** The scenario's own bounds, and what it raises, for run.json; the audit knows the defaults. */
export function judgedBy(
  scenario: Scenario,
): Pick<RunInfo, "recoveryBudgetMs" | "beliefOverlapBoundMs" | "raise"> {
  const { recovery, beliefOverlap } = scenario.budgets;
  const ms = (duration: string): number => Math.round(toMs(duration, timeBase(scenario)));
  return {
    ...(recovery === undefined ? {} : { recoveryBudgetMs: Math.max(1, ms(recovery)) }),
    ...(beliefOverlap === undefined ? {} : { beliefOverlapBoundMs: ms(beliefOverlap) }),
    ...(scenario.raise.length === 0 ? {} : { raise: scenario.raise }),
  };
}

export function resolveGroups(scenario: Scenario, root: string): GroupInfo[] {
  return Object.entries(scenario.groups).map(([name, group]) => {
    const strategy = findStrategy(group.strategy);
    assert(strategy !== undefined, `the schema let an unknown strategy through: ${group.strategy}`);
    return {
      name,
      strategy: group.strategy,
      ...(group.command === undefined ? {} : { command: group.command }),
      ...(group.blackBox ? { blackBox: true } : {}),
      options: group.options,
      promises: promisesOf(strategy, group.options),
      recipe: recipeOf(strategy),
      electionPath: `${root}/${name}/election`,
      guarded: [`${root}/${name}/guarded/**`],
      contenders: Array.from({ length: group.contenders }, (_, i) => `c${i + 1}`),
      minimums: minimumsSchema.parse(group.minimums),
      writesPerSecond: group.writesPerSecond ?? scenario.writesPerSecond,
      expect: group.expect,
    };
  });
}

/** The znode below which the group's writes go. */
export function guardedPath({ guarded }: GroupInfo): string {
  return (guarded[0] ?? "").replace(/\/\*\*$/, "");
}

/** Whether the servers must listen for a debugger, since a fault of the scenario needs one. */
export function needsDebugger(scenario: Scenario): boolean {
  return [...faultsIn(scenario)].some((fault) => fault.needs === "debugger");
}

/** Whether the network controller is to be ready before the first step. */
export function needsNetwork(scenario: Scenario): boolean {
  return [...faultsIn(scenario)].some((fault) => fault.needs === "network");
}

/** Every fault that a step of the scenario causes. */
export function faultsIn(scenario: Scenario): ReadonlySet<Fault> {
  const of = (step: Step | GroupStep): readonly (Fault | undefined)[] => {
    if ("inject" in step) return [findFault(step.inject.fault)];
    if ("parallel" in step) return step.parallel.flat().flatMap(of);
    if ("group" in step) return step.steps.flatMap(of);
    return "each-group" in step ? step["each-group"].flatMap(of) : [];
  };
  return new Set(scenario.steps.flatMap(of).filter((fault) => fault !== undefined));
}

/** Whether any group runs Curator's own LeaderLatch, which `zklab setup` builds. */
export function needsCurator(scenario: Scenario): boolean {
  return Object.values(scenario.groups).some(
    (group) => group.command === undefined && findStrategy(group.strategy)?.family === "curator",
  );
}

/** Whether any group runs on the native client that `zklab setup` builds. */
export function needsNativeClient(scenario: Scenario): boolean {
  return Object.values(scenario.groups).some((group) => {
    if (group.command !== undefined) return false;
    const strategy = findStrategy(group.strategy);
    return strategy !== undefined && needsNative(strategy, group.options);
  });
}
