/** A fault as a value: what it is called, how it is caused, proven and undone on one node. */

import type { z } from "zod";
import type { EnsembleControl } from "../lab/ensemble/control.ts";
import type { NetworkController } from "../lab/runtime/network/controller.ts";
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
  /** What faults on servers act through. */
  readonly ensemble?: EnsembleControl;
  /** What faults between nodes act through. */
  readonly network?: NetworkController;
  /** Everybody, as it is at that moment. */
  readonly members?: () => Members;
  /** Given by the controller: the injection that inject and heal are called for. */
  readonly injection?: string;
}

export interface Members {
  readonly servers: readonly LabNode[];
  /** Of all groups. */
  readonly contenders: readonly LabNode[];
}

/** What a fault acts on: one node, or all servers together. */
export type NodeKind = "contender" | "server" | "ensemble";

/** As the fault's own schema has accepted them. */
export type FaultOptions = Readonly<Record<string, unknown>>;

export interface Fault {
  readonly name: string;
  readonly summary: string;
  /** Default: contenders only. */
  readonly actsOn?: readonly NodeKind[];
  /** What a scenario may say about it, strict and with every default; default: nothing. */
  readonly options?: z.ZodType<FaultOptions>;
  /**
   * `debugger`: the servers must listen for one. `node-network`: rules in a node's own network namespace.
   * `network`: cuts at the switch, and the first at once.
   */
  readonly needs?: "debugger" | "node-network" | "network";
  /** What keeps these options from being aimed at such a node; undefined where nothing does. */
  targetProblem?(options: FaultOptions, kind: NodeKind): string | undefined;
  /** Undefined where it can be caused on this machine; else why not and the remedy. */
  unavailable(): string | undefined;
  inject(node: LabNode, context: FaultContext, options: FaultOptions): Promise<Effect>;
  /** Safe to call when nothing is in force, and more than once. */
  heal(node: LabNode, context: FaultContext, options: FaultOptions): Promise<Effect>;
}

/** Whose nodes it may be aimed at. */
export function nodesOf(fault: Fault): readonly NodeKind[] {
  return fault.actsOn ?? ["contender"];
}
