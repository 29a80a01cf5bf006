/** Servers' lanes: the role that the lab observed from each change to the next. */

import type { HistoryLine } from "../../evidence/history.ts";
import type { RunInfo } from "../../evidence/run-info.ts";
import { afflictions } from "./faults.ts";
import { ms } from "./spans.ts";
import type { FaultLane, ServerLane, ServerSpan, Span } from "./types.ts";

export function serverLanes(
  run: RunInfo,
  history: readonly HistoryLine[],
  faults: readonly FaultLane[],
  bounds: Span,
): readonly ServerLane[] {
  return run.servers.map(({ name }) => ({
    server: name,
    spans: roleSpans(name, history, bounds.toMs),
    afflictions: afflictions(faults, (resolved) => resolved === name, bounds),
  }));
}

/** A started server has no role before it is seen in one: it is electing. An exited one has no span. */
function roleSpans(
  server: string,
  history: readonly HistoryLine[],
  endMs: number,
): readonly ServerSpan[] {
  const spans: ServerSpan[] = [];
  let open: Omit<ServerSpan, "toMs"> | undefined;
  const close = (toMs: number): void => {
    if (open !== undefined && open.fromMs < toMs) spans.push({ ...open, toMs });
    open = undefined;
  };
  for (const { event } of history) {
    if (event.type !== "server" || event.server !== server) continue;
    const fromMs = ms(event.at);
    const state = event.state === "started" ? "electing" : event.state;
    // The lab polls: the same role seen again is no change, nor is learning its epoch later.
    if (open !== undefined && open.state === state) {
      const epoch: number | undefined = open.epoch ?? event.epoch;
      if (event.epoch === undefined || event.epoch === epoch) {
        open = { ...open, epoch };
        continue;
      }
    }
    close(fromMs);
    if (state !== "exited") open = { fromMs, state, epoch: event.epoch };
  }
  close(endMs);
  return spans;
}
