/** The run as an interval of zxids: (opening write, sealing write], both by the lab (semantics 22). */

import type { HistoryLine } from "../evidence/history.ts";
import { parseZxid, type Zxid } from "../ids.ts";

export interface Window {
  readonly opening: Zxid | undefined;
  readonly sealing: Zxid | undefined;
}

/** The first opening and the last sealing that the history tells of. */
export function readWindow(lines: readonly HistoryLine[]): Window {
  let opening: Zxid | undefined;
  let sealing: Zxid | undefined;
  for (const { event } of lines) {
    if (event.type === "opening") opening ??= parseZxid(event.zxid);
    if (event.type === "sealing") sealing = parseZxid(event.zxid) ?? sealing;
  }
  return { opening, sealing };
}

/** True inside the run's interval; an unknown end is open. */
export function isInRun(at: Zxid, window: Window): boolean {
  return (
    (window.opening === undefined || at > window.opening) &&
    (window.sealing === undefined || at <= window.sealing)
  );
}
