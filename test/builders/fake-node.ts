/** A LabNode without processes, for what must not depend on a runtime. It refuses what it does not know. */

import type { Duplex } from "node:stream";
import type {
  LabNode,
  ProcessSpec,
  ProcessState,
  StartedProcess,
} from "../../lab/runtime/runtime.ts";

export class FakeNode implements LabNode {
  readonly name: string;
  readonly address = "192.0.2.1";
  /** What a fault has done to it and not undone. */
  readonly afflictions = new Set<string>();

  constructor(name: string) {
    this.name = name;
  }

  start(spec: ProcessSpec): Promise<StartedProcess> {
    return Promise.reject(new Error(`the fake node ${this.name} starts no ${spec.command}`));
  }

  processes(): Promise<readonly ProcessState[]> {
    return Promise.resolve([]);
  }

  signal(): Promise<readonly number[]> {
    return Promise.resolve([]);
  }

  shell(line: string): Promise<string> {
    return Promise.reject(new Error(`the fake node ${this.name} runs no ${line}`));
  }

  dial(): Duplex {
    throw new Error(`the fake node ${this.name} cannot be dialled`);
  }
}
