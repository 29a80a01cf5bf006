/** Plays a scenario's steps, group lanes side by side. */

import { assert } from "../errors.ts";
import { ENSEMBLE_LANE, GroupPlayer } from "./group-player.ts";
import type { Scenario } from "./schema.ts";
import type { Stage } from "./stage.ts";
import type { GroupStep, Step } from "./steps.ts";

/** Runs every step; rejects with the first failure after the other lanes were told to stop. */
export async function play(scenario: Scenario, stage: Stage): Promise<void> {
  for (const step of scenario.steps) {
    const failed = new AbortController();
    const signal = AbortSignal.any([stage.signal, failed.signal]);
    const lanes = lanesOf(step, scenario).map(async ([group, steps]) => {
      try {
        await new GroupPlayer(group, { ...stage, signal }).play(steps);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
    const results = await Promise.allSettled(lanes);
    if (failed.signal.aborted) throw failed.signal.reason;
    assert(
      results.every((result) => result.status === "fulfilled"),
      "a lane failed unseen",
    );
  }
}

function lanesOf(
  step: Step,
  scenario: Scenario,
): readonly (readonly [string, readonly GroupStep[]])[] {
  if ("group" in step) return [[step.group, step.steps]];
  if (!("each-group" in step)) return [[ENSEMBLE_LANE, [step]]];
  return Object.keys(scenario.groups).map((group) => [group, step["each-group"]] as const);
}
