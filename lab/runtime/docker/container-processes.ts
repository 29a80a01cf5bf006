/** A container's processes, however they are reached: host-processes.ts, else engine-processes.ts. */

import type { ProcessState } from "../runtime.ts";

export interface ContainerProcesses {
  processes(): Promise<readonly ProcessState[]>;
  /** Signals every process; resolves with the pids, as the engine's host counts them. */
  signal(signal: NodeJS.Signals): Promise<readonly number[]>;
}
