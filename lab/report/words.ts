/** How results are worded, in one place: the terminal, the page and later reports say the same. */

import type {
  ClaimResult,
  Culprit,
  Finding,
  GroupSummary,
  Verdict,
  WriteView,
} from "../audit/types.ts";

export const VERDICT_WORDS = {
  holds: "holds",
  violated: "violated",
  unknown: "unknown",
  "not-applicable": "not applicable",
} as const satisfies Record<Verdict, string>;

/** One glyph a verdict; none is told apart by colour alone. */
export type Glyphs = Readonly<Record<Verdict, string>> & {
  readonly dot: string;
  readonly rule: string;
  readonly ellipsis: string;
};
export const UNICODE_GLYPHS: Glyphs = {
  holds: "✓",
  violated: "✗",
  unknown: "?",
  "not-applicable": "–",
  dot: "·",
  rule: "─",
  ellipsis: "…",
};
export const ASCII_GLYPHS: Glyphs = {
  holds: "+",
  violated: "x",
  unknown: "?",
  "not-applicable": "-",
  dot: "|",
  rule: "-",
  ellipsis: "~",
};

/** What the verdict of a whole run means, for somebody who sees the word for the first time. */
export const RUN_VERDICT_MEANS = {
  holds: "everything that was examined kept the rules",
  violated: "at least one rule was broken, and the servers' own logs show it",
  unknown: "nothing was shown to be broken, but something could not be judged",
  "not-applicable": "no rule could be judged in this run",
} as const satisfies Record<Verdict, string>;

/** Titles of claims for people, as rules. A claim that has none yet goes by its name. */
const CLAIM_TITLES: Readonly<Record<string, string>> = {
  "leader-writes": "Only the current leader may write",
  "term-writes": "A write belongs to the term that decided it",
  guards: "A promised guard is there, and it refuses",
  durability: "No acknowledged write is lost",
  "certain-failures": "What was reported as failed was not done",
  "at-most-once": "No write is applied twice",
  "single-belief": "No two believe for long that they lead",
  order: "Writes keep their order",
  zxids: "Zxids are unique and in order",
  "needed-revocations": "Leadership is not given up for nothing",
  recovery: "After healing, somebody leads and acts",
  "idle-zxids": "Nobody burns zxids in a declared idle window",
  ephemerals: "An ephemeral lives as long as its session",
  "servers-agree": "All servers hold the same",
  "complete-evidence": "Nothing is missing from the evidence",
};

/** Two claims are asked of the ensemble too, of the lab's own probe writes. */
const ENSEMBLE_TITLES: Readonly<Record<string, string>> = {
  durability: "No acknowledged write of the lab's probe is lost",
  recovery: "After healing, the ensemble serves again",
};

export function claimTitle({ claim, group }: Pick<ClaimResult, "claim" | "group">): string {
  const own = group === undefined ? ENSEMBLE_TITLES[claim] : undefined;
  return own ?? CLAIM_TITLES[claim] ?? claim;
}

export const JUDGEMENT_WORDS = {
  good: "committed while its contender led",
  stale: "committed although the term it belongs to was over",
  leaderless: "committed by a contender that never led",
  foreign: "committed by a session of no contender",
  unknown: "committed, could not be judged",
} as const satisfies Record<WriteView["judgement"], string>;

/** A finding in one sentence for somebody who sees the words for the first time. */
export function sayFinding({ name, incarnation, path, zxid, message }: Finding): string {
  if (name !== "stale-term-write" || [incarnation, path, zxid].includes(undefined)) return message;
  return `${incarnation} wrote ${path} (zxid ${zxid}) in a later term than the one it decided it in`;
}

/** Whose doing it is, in a sentence's tail. */
export const CULPRIT_WORDS = {
  contender: "the contender's doing: ZooKeeper did what it was asked to",
  library: "the doing of the client library",
  ensemble: "ZooKeeper's doing",
  lab: "the lab's own doing",
} as const satisfies Record<Culprit, string>;

/** How a group's exposed writes ended, the kinds that occur; empty where none was exposed. */
export function exposedEnds({
  committedStale,
  fencedByServer,
  refusedByClient,
  otherwise,
}: Pick<
  GroupSummary,
  "committedStale" | "fencedByServer" | "refusedByClient" | "otherwise"
>): readonly string[] {
  return [
    ...(committedStale > 0
      ? [`${committedStale} committed although its contender led no more`]
      : []),
    ...(fencedByServer > 0 ? [`${fencedByServer} refused by the server`] : []),
    ...(refusedByClient > 0 ? [`${refusedByClient} refused by its own client`] : []),
    ...(otherwise > 0 ? [`${otherwise} ended otherwise`] : []),
  ];
}

/** `1 write`, `2 writes`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-GB")} ${noun}${n === 1 ? "" : "s"}`;
}
