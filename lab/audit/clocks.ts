/**
 * Whose times can be compared. Processes of one host share CLOCK_MONOTONIC, and the boot id tells that
 * they are of one host. Where the contenders' host is another, the lab read its clock at the run's start
 * and end: their times are turned into the lab's, and are off by no more than the readings' own error and
 * what the two clocks came apart in between. A comparison inside that is unknown, never a finding. A host
 * whose clock was not read at both ends is compared with nothing (semantics 24).
 */

import type { HistoryLine } from "../evidence/history.ts";
import type { RunInfo } from "../evidence/run-info.ts";

/** How far an incarnation's times may be off, in ns; 0 on the lab's own clock; undefined: nobody knows. */
export type ErrorOf = (incarnation: string) => number | undefined;

export function readClocks(lines: readonly HistoryLine[], run: RunInfo): ErrorOf {
  const readings = new Map<string, { aheadNs: bigint; errorNs: number }[]>();
  const hosts = new Map<string, string>();
  for (const { event } of lines) {
    if (event.type === "clock") {
      const reading = { aheadNs: BigInt(event.aheadNs), errorNs: event.errorNs };
      readings.set(event.bootId, [...(readings.get(event.bootId) ?? []), reading]);
    }
    if (event.type === "contender" && event.line.type === "hello")
      hosts.set(event.incarnation, event.line.bootId);
  }
  return (incarnation) => {
    const host = hosts.get(incarnation) ?? run.bootId;
    const read = readings.get(host);
    if (read === undefined) return host === run.bootId ? 0 : undefined;
    return errorOfReadings(read);
  };
}

/** Undefined for a single reading: how far the clocks drifted is not bounded then. */
function errorOfReadings(
  readings: readonly { readonly aheadNs: bigint; readonly errorNs: number }[],
): number | undefined {
  const [first, ...later] = readings;
  if (first === undefined || later.length === 0) return undefined;
  const drifts = later.map(({ aheadNs }) => Math.abs(Number(aheadNs - first.aheadNs)));
  return Math.max(...readings.map(({ errorNs }) => errorNs)) + Math.max(...drifts);
}
