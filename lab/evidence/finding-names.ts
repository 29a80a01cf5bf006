/**
 * The words of the audit: every claim and every finding with the claim that it speaks against and its grade.
 * A scenario names them (what it expects, what it raises), the audit finds them, reports show them.
 */

export const CLAIM_NAMES = [
  "leader-writes",
  "term-writes",
  "guards",
  "durability",
  "certain-failures",
  "at-most-once",
  "single-belief",
  "needed-revocations",
  "recovery",
  "idle-zxids",
  "order",
  "zxids",
  "ephemerals",
  "servers-agree",
  "complete-evidence",
] as const;
export type ClaimName = (typeof CLAIM_NAMES)[number];

/** Only violations decide. `unknown`: more evidence would settle it. A scenario may raise a warning. */
export type Grade = "violation" | "unknown" | "warning";

interface FindingKind {
  readonly claim: ClaimName;
  /** Its grade where nothing is doubtful and nothing raised. */
  readonly grade: Grade;
}

export const FINDINGS = {
  "stale-leader-write": { claim: "leader-writes", grade: "violation" },
  "leaderless-write": { claim: "leader-writes", grade: "violation" },
  "foreign-write": { claim: "leader-writes", grade: "unknown" },
  "stale-term-write": { claim: "term-writes", grade: "violation" },
  "guard-missing": { claim: "guards", grade: "violation" },
  "guard-ineffective": { claim: "guards", grade: "violation" },
  "lost-write": { claim: "durability", grade: "violation" },
  "phantom-write": { claim: "certain-failures", grade: "violation" },
  "duplicate-write": { claim: "at-most-once", grade: "violation" },
  "dual-belief": { claim: "single-belief", grade: "violation" },
  "needless-revocation": { claim: "needed-revocations", grade: "warning" },
  leaderless: { claim: "recovery", grade: "violation" },
  "leader-idle": { claim: "recovery", grade: "violation" },
  "orphan-term": { claim: "recovery", grade: "violation" },
  "no-quorum": { claim: "recovery", grade: "violation" },
  "zxid-burn": { claim: "idle-zxids", grade: "warning" },
  "order-violation": { claim: "order", grade: "violation" },
  "fifo-violation": { claim: "order", grade: "violation" },
  "zxid-reused": { claim: "zxids", grade: "violation" },
  "zxid-regressed": { claim: "zxids", grade: "violation" },
  "epoch-regressed": { claim: "zxids", grade: "violation" },
  "zxid-carried": { claim: "zxids", grade: "violation" },
  "ephemeral-lost": { claim: "ephemerals", grade: "violation" },
  "ephemeral-leaked": { claim: "ephemerals", grade: "violation" },
  "replica-divergence": { claim: "servers-agree", grade: "violation" },
  "log-hole": { claim: "servers-agree", grade: "warning" },
  "log-duplicate": { claim: "servers-agree", grade: "warning" },
  "ghost-txn": { claim: "servers-agree", grade: "warning" },
  "evidence-gap": { claim: "complete-evidence", grade: "unknown" },
} as const satisfies Readonly<Record<string, FindingKind>>;
export type FindingName = keyof typeof FINDINGS;

export const FINDING_NAMES = Object.keys(FINDINGS) as readonly FindingName[];

/** Those that a scenario may raise to a violation. */
export const WARNING_NAMES = FINDING_NAMES.filter((name) => FINDINGS[name].grade === "warning");

/** When a write was stale (semantics 28): whose luck decides which, so a scenario may leave it open. */
export const STALE_WHILE = ["another leads", "nobody leads"] as const;
