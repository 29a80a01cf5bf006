/** The audit's results: plain values that go to audit.json as they are (bigints already text). */

import type { ClaimName, FindingName, Grade, STALE_WHILE } from "../evidence/finding-names.ts";

export type { ClaimName, FindingName, Grade };

/** semantics 27. `not-applicable` is printed and never aggregated. */
export type Verdict = "holds" | "violated" | "unknown" | "not-applicable";

export type Culprit = "contender" | "library" | "ensemble" | "lab";
/** A place that a person can open and look at. */
export type EvidenceRef =
  | {
      readonly kind: "log";
      readonly server: string;
      readonly file: string;
      readonly offset: number;
      readonly zxid: string;
      readonly says?: string;
    }
  | { readonly kind: "history"; readonly line: number; readonly says: string }
  | { readonly kind: "term"; readonly term: string; readonly says: string };

export interface Finding {
  readonly name: FindingName;
  readonly claim: ClaimName;
  readonly group: string | undefined;
  readonly grade: Grade;
  readonly culprit: Culprit;
  /** One sentence with the coordinates in it. */
  readonly message: string;
  /** stale-leader-write only: semantics 28. */
  readonly while: (typeof STALE_WHILE)[number] | undefined;
  readonly zxid: string | undefined;
  readonly path: string | undefined;
  readonly op: string | undefined;
  readonly session: string | undefined;
  readonly incarnation: string | undefined;
  /** The telling in at most five lines: who led, what happened, what was committed when. */
  readonly story: readonly string[];
  readonly evidence: readonly EvidenceRef[];
}

export interface ClaimResult {
  readonly claim: ClaimName;
  /** The sentence that is judged. */
  readonly sentence: string;
  /** Undefined: a claim about the ensemble and not about one group. */
  readonly group: string | undefined;
  readonly verdict: Verdict;
  readonly examined: number;
  /** How many of them stood in the danger that the claim is about (semantics 12). */
  readonly exposed: number;
  /** Why it is unknown or not applicable; empty otherwise. */
  readonly reasons: readonly string[];
  readonly violations: number;
  readonly warnings: number;
  /** At most 1,000 are kept whole; `violations` and `warnings` count all. */
  readonly findings: readonly Finding[];
  /** Numbers beside the verdict, e.g. fencedByServer, refusedByClient. */
  readonly numbers: Readonly<Record<string, number>>;
}

/** One contender's leadership as a function of the committed tree (semantics 3). Positions are "zxid/k". */
export interface TermView {
  readonly id: string;
  readonly group: string;
  readonly znode: string;
  readonly token: string;
  readonly session: string;
  readonly incarnation: string | undefined;
  readonly from: string;
  /** Undefined: still in force at the end of the run. */
  readonly to: string | undefined;
  /** Bracket in ns since time 0 in which the term began and ended (semantics 31); undefined: unbounded. */
  readonly began: { readonly earliest: number; readonly latest: number } | undefined;
  readonly ended: { readonly earliest: number; readonly latest: number } | undefined;
}

/** One guarded write with its judgement, for the timeline. */
export interface WriteView {
  readonly group: string;
  readonly zxid: string;
  readonly path: string;
  readonly op: string | undefined;
  readonly session: string;
  readonly incarnation: string | undefined;
  readonly judgement: "good" | "stale" | "leaderless" | "foreign" | "unknown";
  /** Term in force when it was committed. */
  readonly term: string | undefined;
  readonly at: { readonly earliest: number; readonly latest: number } | undefined;
}

export interface GroupSummary {
  readonly group: string;
  readonly strategy: string;
  readonly verdict: Verdict;
  readonly terms: number;
  readonly committedWrites: number;
  readonly exposed: number;
  /** How the exposed attempts ended: they add up to `exposed`. */
  readonly committedStale: number;
  readonly fencedByServer: number;
  readonly refusedByClient: number;
  readonly otherwise: number;
}

/** From the last write acknowledged in the old epoch to the first in the new one. */
export interface FeltGap {
  /** Undefined: the lab's own probe, which writes ten times a second. */
  readonly group: string | undefined;
  /** Who wrote last and who wrote first; two of them: leadership moved. */
  readonly before: string;
  readonly after: string;
  readonly ms: number;
}

export interface Kept {
  /** When the epoch ended. */
  readonly open: number;
  /** Expired within two session timeouts of the new one's beginning. */
  readonly lost: number;
}

/** One re-election of the ensemble and its cost; undefined is what the evidence does not tell. */
export interface ReElectionView {
  readonly from: number;
  readonly to: number;
  readonly leaderBefore: string | undefined;
  readonly leaderAfter: string | undefined;
  /** `rollover` where it is proven, else the faults on servers in force; undefined: none. */
  readonly cause: string | undefined;
  readonly voteMs: number | undefined;
  readonly lookingToBroadcastMs: number | undefined;
  readonly withoutLeaderMs: number | undefined;
  readonly felt: readonly FeltGap[];
  /** Contenders' sessions; `opened` are new ones. */
  readonly sessions: Kept & { readonly opened: number };
  readonly ephemerals: Kept;
}

/** audit.json. No time, no path, no host in it: a re-audit is the same byte for byte. */
export interface AuditReport {
  readonly schema: 1;
  readonly scenario: string;
  readonly seed: string;
  readonly verdict: Verdict;
  readonly reasons: readonly string[];
  readonly claims: readonly ClaimResult[];
  readonly groups: readonly GroupSummary[];
  readonly history: {
    readonly opening: string | undefined;
    readonly sealing: string | undefined;
    readonly committed: number;
    readonly undecided: number;
    readonly ghosts: number;
    readonly epochs: readonly {
      readonly epoch: number;
      readonly first: string;
      readonly last: string;
      readonly decidedBy: string;
    }[];
  };
  readonly terms: readonly TermView[];
  readonly reElections: readonly ReElectionView[];
}

/** What one audit gives: the report for audit.json, and the judged writes that only the timeline draws. */
export interface AuditResult {
  readonly report: AuditReport;
  readonly writes: readonly WriteView[];
}
