/** Watches every server's role and records each change, so that the report can draw who led Zab. */

import { setTimeout as delay } from "node:timers/promises";
import type { Recorder } from "../evidence/recorder.ts";
import { epochOf } from "../ids.ts";
import type { Ensemble, ServerView } from "./ensemble.ts";

const PERIOD_MS = 250;

/** Looks four times a second until stopped; returns how to stop, which waits for the last look. */
export function watchRoles(ensemble: Ensemble, recorder: Recorder): () => Promise<void> {
  const last = new Map<string, string>();
  let watching = true;
  const look = async (): Promise<void> => {
    while (watching) {
      for (const view of await ensemble.look()) record(view);
      await delay(PERIOD_MS);
    }
  };
  const record = (view: ServerView): void => {
    // A server that has not synced yet shows zxid 0, which is no epoch that it is in.
    const known = view.zxid !== undefined && view.zxid > 0n;
    const epoch = known ? { epoch: epochOf(view.zxid) } : {};
    const text = JSON.stringify([view.role, epoch]);
    if (last.get(view.server) === text || !watching) return;
    last.set(view.server, text);
    recorder.record({ type: "server", server: view.server, state: view.role, ...epoch });
  };
  const done = look();
  return () => {
    watching = false;
    return done;
  };
}
