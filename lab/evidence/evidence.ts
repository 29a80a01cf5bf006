/** Everything that a run left behind, loaded: the one input of the audit and of every report. */

import type { SessionId, Zxid } from "../ids.ts";
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
  /** Logs that no lab watched: nothing was said, and nothing bounds the run but the logs themselves. */
  readonly bare?: BareLogs;
  /** What is missing, could not be read or cannot be believed. */
  readonly problems: readonly EvidenceProblem[];
}

/** What a person says of bare logs. */
export interface BareLogs {
  /** How many vote; undefined: not told, and claims that need a quorum are unknown (semantics 23). */
  readonly participants: number | undefined;
  /** Judged from behind this zxid on; undefined: from where the state is known. */
  readonly from: Zxid | undefined;
  /** Judged up to this zxid; undefined: up to the last that is certainly committed. */
  readonly to: Zxid | undefined;
  /**
   * Whose a session is: of its own, of whoever wrote the data of its election znode, or as told
   * (semantics 5).
   */
  readonly sessionsBy: "session" | "data" | ReadonlyMap<SessionId, string>;
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
