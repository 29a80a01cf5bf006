/** What a mutation of evidence is, and what the audit must then find. */

import type { FindingName, Verdict } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";

export interface Mutated {
  readonly evidence: Evidence;
  /** Exactly the violations that must be found. */
  readonly violations: readonly FindingName[];
  /** Exactly the findings below a violation. */
  readonly also?: readonly FindingName[];
  /** Where nothing is violated; `unknown` unless a warning is all that there is to say. */
  readonly verdict?: Exclude<Verdict, "violated">;
}

/** Undefined where the run has nothing to mutate in this way. */
export type Mutation = (evidence: Evidence, pick: () => number) => Mutated | undefined;
