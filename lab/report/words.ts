/** How results are worded, in one place: the terminal, the page and later reports say the same. */

import type { ClaimName, Finding, Verdict, WriteView } from "../audit/types.ts";

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

/** Titles of claims for people. A claim that has none yet goes by its name. */
const CLAIM_TITLES: Readonly<Record<string, string>> = {
  "leader-writes": "Only the leader's writes are committed",
  "term-writes": "…in the term they were decided in",
  guards: "Promised guards are there and guard",
  durability: "No acknowledged write is lost",
  "certain-failures": "A certain failure is not committed",
  "at-most-once": "No op is applied twice",
  "single-belief": "No two believe at once for long",
  order: "Real-time order is kept",
  zxids: "Zxids are unique and in order",
  "needed-revocations": "Leadership is given up only when it is lost",
  recovery: "Somebody leads and acts again after healing",
  "idle-zxids": "Nobody burns zxids in an idle time",
  ephemerals: "An ephemeral lives as long as its session",
  "servers-agree": "Servers agree",
  "complete-evidence": "The evidence is complete",
};
export function claimTitle(claim: ClaimName): string {
  return CLAIM_TITLES[claim] ?? claim;
}

export const JUDGEMENT_WORDS = {
  good: "committed while its contender led",
  stale: "committed although the term it belongs to was over",
  leaderless: "committed by a contender that never led",
  foreign: "committed by a session of no contender",
  unknown: "committed, could not be judged",
} as const satisfies Record<WriteView["judgement"], string>;

/** A finding in one sentence for somebody who sees the words for the first time. */
export function sayFinding({
  name,
  while: during,
  incarnation,
  path,
  zxid,
  message,
}: Finding): string {
  if ([incarnation, path, zxid].includes(undefined)) return message;
  const wrote = `${incarnation} wrote ${path} (transaction ${zxid})`;
  if (name === "stale-leader-write") {
    const then = during === "another leads" ? "another contender led by then" : "nobody led";
    return `${wrote} although it no longer led: ${then}`;
  }
  if (name === "stale-term-write") return `${wrote} in a later term than the one it decided it in`;
  return message;
}

/** `1 write`, `2 writes`. */
export function count(n: number, noun: string): string {
  return `${n.toLocaleString("en-GB")} ${noun}${n === 1 ? "" : "s"}`;
}
