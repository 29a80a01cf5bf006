/**
 * Verdicts (semantics 27). violated > unknown > holds; `not-applicable` is the identity: it is printed and
 * never aggregated, so that a black box is not unknown for what it cannot tell. A run that rests on
 * not-applicable alone judged nothing and is unknown.
 */

import type { ClaimResult, Verdict } from "./types.ts";

const WEIGHT: Readonly<Record<Verdict, number>> = {
  "not-applicable": 0,
  holds: 1,
  unknown: 2,
  violated: 3,
};

/** The worst of them; `not-applicable` for none. Associative, commutative, idempotent. */
export function mergeVerdicts(verdicts: readonly Verdict[]): Verdict {
  return verdicts.reduce<Verdict>(
    (worst, verdict) => (WEIGHT[verdict] > WEIGHT[worst] ? verdict : worst),
    "not-applicable",
  );
}

/** The verdict over a group's own claims. */
export function groupVerdict(claims: readonly ClaimResult[]): Verdict {
  const merged = mergeVerdicts(claims.map((claim) => claim.verdict));
  return merged === "not-applicable" ? "unknown" : merged;
}

/**
 * The verdict over a run. At least one claim about a group must be judged: servers that agree on a
 * history that nobody elected in are no safe election.
 */
export function runVerdict(claims: readonly ClaimResult[]): Verdict {
  const merged = mergeVerdicts(claims.map((claim) => claim.verdict));
  const safety = mergeVerdicts(
    claims.filter((claim) => claim.group !== undefined).map((claim) => claim.verdict),
  );
  return safety === "not-applicable" ? mergeVerdicts([merged, "unknown"]) : merged;
}

/** Runs one claim's judgement; one that throws is unknown with the reason, and the others still stand. */
export function judgeSafely(
  identity: Pick<ClaimResult, "claim" | "sentence" | "group">,
  judge: () => ClaimResult,
): ClaimResult {
  try {
    return judge();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    return {
      claim: identity.claim,
      sentence: identity.sentence,
      group: identity.group,
      verdict: "unknown",
      examined: 0,
      exposed: 0,
      reasons: [`the judgement itself broke: ${reason}`],
      violations: 0,
      warnings: 0,
      findings: [],
      numbers: {},
    };
  }
}
