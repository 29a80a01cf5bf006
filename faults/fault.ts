/** A fault as a value: what it is called, how it is caused, proven and undone on one node. */

import type { LabNode } from "../lab/runtime/runtime.ts";

/** What causing or undoing it gave: the processes touched and the proof, as a sentence. */
export interface Effect {
  /** False where the proof could not be had: the run is then unknown, not green. */
  readonly proven: boolean;
  readonly proof: string;
  readonly pids: readonly number[];
}

/** What a fault may need to know of the ensemble. */
export interface FaultContext {
  readonly serverAddresses: readonly string[];
  readonly clientPort: number;
}

export interface Fault {
  readonly name: string;
  readonly summary: string;
  /** Undefined where it can be caused on this machine; else why not and the remedy. */
  unavailable(): string | undefined;
  inject(node: LabNode, context: FaultContext): Promise<Effect>;
  /** Safe to call when nothing is in force, and more than once. */
  heal(node: LabNode, context: FaultContext): Promise<Effect>;
}
