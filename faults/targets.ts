/** Targets are words; each resolves to one contender of a group as it is observed at that moment. */

import { LabError } from "../lab/errors.ts";
import type { Observed, ObservedContender } from "./observed.ts";

export const TARGET_WORDS = ["leader", "ex-leader", "held", "standby"] as const;
const CONTENDER_NAME = /^c[1-9][0-9]{0,2}$/;

/** Whether a scenario may say it: one of the words, or a contender's name such as c1. */
export function isTargetWord(word: string): boolean {
  return TARGET_WORDS.some((known) => known === word) || CONTENDER_NAME.test(word);
}

/** Throws LabError("fault") where nobody fits the word right now. */
export function resolveTarget(word: string, group: string, observed: Observed): ObservedContender {
  const found = candidates(word, group, observed)[0];
  if (found === undefined) {
    throw new LabError(
      "fault",
      `resolve target ${group}:${word}: no contender fits it at this moment`,
    );
  }
  return found;
}

function candidates(word: string, group: string, observed: Observed): readonly ObservedContender[] {
  const alive = observed.inGroup(group).filter((contender) => contender.alive);
  const leader = observed.leaderOf(group);
  switch (word) {
    case "leader":
      return leader === undefined ? [] : [leader];
    case "held":
      return alive.filter((contender) => contender.held !== undefined);
    case "ex-leader":
      return alive.filter((contender) => contender !== leader && contender.lastToken !== undefined);
    case "standby":
      return alive.filter((contender) => contender !== leader);
    default:
      return alive.filter((contender) => contender.incarnation.startsWith(`${group}/${word}#`));
  }
}
