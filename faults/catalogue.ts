/** Every fault that zklab can cause, by name. */

import type { Fault } from "./fault.ts";
import { pause } from "./pause.ts";
import { reset } from "./reset.ts";

export const FAULTS: readonly Fault[] = [pause, reset];

export function findFault(name: string): Fault | undefined {
  return FAULTS.find((fault) => fault.name === name);
}
