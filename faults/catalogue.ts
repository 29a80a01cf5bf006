/** Every fault that zklab can cause, by name. */

import type { Fault } from "./fault.ts";
import { outage } from "./outage.ts";
import { partition } from "./partition.ts";
import { pause } from "./pause.ts";
import { reElect } from "./re-elect.ts";
import { reset } from "./reset.ts";
import { rollover } from "./rollover.ts";

export const FAULTS: readonly Fault[] = [pause, reset, partition, rollover, reElect, outage];

export function findFault(name: string): Fault | undefined {
  return FAULTS.find((fault) => fault.name === name);
}
