/** Everything that a run left behind, loaded: the one input of the audit and of every report. */

import type { ServerLogs } from "../txnlog/types.ts";
import type { HistoryLine } from "./history.ts";
import type { RunInfo } from "./run-info.ts";
import type { ServerTree } from "./server-tree.ts";

export interface Evidence {
  readonly run: RunInfo;
  readonly history: readonly HistoryLine[];
  readonly servers: readonly ServerLogs[];
  /** What each server held at the seal, as far as it was walked; undefined for runs that did not walk. */
  readonly trees?: readonly ServerTree[];
  /** What is missing, could not be read or cannot be believed. */
  readonly problems: readonly EvidenceProblem[];
}

/** Makes what it concerns unknown at best. */
export interface EvidenceProblem {
  readonly says: string;
  /**
   * The groups whose contenders' own word is in question; undefined: everybody's. What a program says of
   * itself is no evidence about its neighbours, and must not take their verdict away.
   */
  readonly groups?: readonly string[];
}
