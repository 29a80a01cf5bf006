/**
 * All claims, once each, in the order in which they are printed: what `zklab list claims` and README's
 * table are made of. `durability` and `recovery` are judged of each group and of the ensemble: one claim.
 */

import type { ClaimName, FindingName } from "../types.ts";
import { GROUP_CLAIMS, RUN_CLAIMS } from "./all.ts";

export interface ClaimEntry {
  readonly claim: ClaimName;
  readonly sentence: string;
  readonly findings: readonly FindingName[];
}

export const CLAIMS: readonly ClaimEntry[] = [
  ...new Map(
    [...GROUP_CLAIMS, ...RUN_CLAIMS].map(({ claim, sentence, findings }) => [
      claim,
      { claim, sentence, findings },
    ]),
  ).values(),
];
