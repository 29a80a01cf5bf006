/** Every fault that zklab can cause, by name. */

import type { Fault } from "./fault.ts";
import { pause } from "./pause.ts";

export const FAULTS: readonly Fault[] = [pause];

export function findFault(name: string): Fault | undefined {
  return FAULTS.find((fault) => fault.name === name);
}
