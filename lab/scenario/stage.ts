/** What the steps of a scenario act on. */

import type { Contender, Fleet } from "../../contenders/fleet.ts";
import type { FaultController } from "../../faults/controller.ts";
import type { Observed } from "../../faults/observed.ts";
import type { Server } from "../ensemble/ensemble.ts";
import type { Recorder } from "../evidence/recorder.ts";
import type { TimeBase } from "./duration.ts";

export interface Stage {
  readonly recorder: Recorder;
  readonly observed: Observed;
  readonly fleet: Fleet;
  readonly faults: FaultController;
  readonly time: TimeBase;
  readonly seed: string;
  readonly signal: AbortSignal;
  /** Starts a contender of a group again, as a new incarnation. */
  /** All that the scenario has; resolves when every one of them is there. */
  startContenders(): Promise<void>;
  startContender(group: string, name: string): Promise<Contender>;
  /** Whether the group's election znode exists, asked of the ensemble. */
  electionExists(group: string): Promise<boolean>;
  /** The server logs' text from a byte on, by server. */
  serverLog(server: string): string;
  readonly servers: readonly string[];
  /** The server that fits a word, waited for; rejects by name at the limit. */
  findServer(word: string, options: FindServer): Promise<Pick<Server, "name" | "node">>;
}

export interface FindServer {
  readonly limitMs: number;
  readonly signal: AbortSignal;
  /** Which of several, in [0, 1). */
  readonly draw: () => number;
}
