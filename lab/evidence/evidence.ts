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
  /** What is missing or could not be read, as sentences; each makes the verdict unknown at best. */
  readonly problems: readonly string[];
}
