/** What a mutation of evidence is, and what the audit must then find. */

import type { FindingName } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";

export interface Mutated {
  readonly evidence: Evidence;
  /** Exactly the violations that must be found; empty: none, and the run must be unknown. */
  readonly violations: readonly FindingName[];
  /** Findings below a violation that must be among the claims'. */
  readonly also?: readonly FindingName[];
}

/** Undefined where the run has nothing to mutate in this way. */
export type Mutation = (evidence: Evidence, pick: () => number) => Mutated | undefined;
