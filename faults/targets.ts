/**
 * Targets are words; each resolves to one contender of a group, or to one server, as it is observed at
 * that moment.
 */

import type { ServerView } from "../lab/ensemble/ensemble.ts";
import { LabError } from "../lab/errors.ts";
import type { Observed, ObservedContender } from "./observed.ts";

export const TARGET_WORDS = ["leader", "ex-leader", "held", "standby"] as const;
export const SERVER_WORDS = ["leader-server", "follower", "any-server", "all-servers"] as const;
const CONTENDER_NAME = /^c[1-9][0-9]{0,2}$/;
const SERVER_NAME = /^zk[1-9]$/;

/** Whether a scenario may say it: one of the words, or a contender's name such as c1. */
export function isTargetWord(word: string): boolean {
  return TARGET_WORDS.some((known) => known === word) || CONTENDER_NAME.test(word);
}

/** Whether it means all servers together. */
export function isEnsembleWord(word: string): boolean {
  return word === "all-servers";
}

/** Whether it means a server, or all of them: one of the words, or a server's name such as zk1. */
export function isServerWord(word: string): boolean {
  return SERVER_WORDS.some((known) => known === word) || SERVER_NAME.test(word);
}

/** The server that fits the word; which of several is for `draw`, in [0, 1), to say. Undefined: none does. */
export function pickServer(
  word: string,
  views: readonly ServerView[],
  draw: () => number,
): string | undefined {
  const fitting = views.filter(({ server, role }) => {
    if (word === "leader-server") return role === "leader";
    if (word === "follower") return role === "follower";
    return word === "any-server" || isEnsembleWord(word) || word === server;
  });
  const [only] = fitting;
  if (fitting.length < 2) return only?.server;
  return fitting[Math.floor(draw() * fitting.length)]?.server;
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
