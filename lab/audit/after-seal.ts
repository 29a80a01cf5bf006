/**
 * What the servers logged after the sealing write: no part of the run, but of the trees, which are walked
 * a moment later. An empty container is reaped then, as at any time, and so a tree may lack it.
 */

import type { SessionId, Zxid } from "../ids.ts";
import type { ServerLogs } from "../txnlog/types.ts";
import { parentOf } from "./paths.ts";

export interface AfterSeal {
  /** Paths that a transaction names, and their parents, whose pzxid moves with them. */
  readonly paths: ReadonlySet<string>;
  readonly sessions: ReadonlySet<SessionId>;
}

export function readAfterSeal(
  servers: readonly ServerLogs[],
  sealing: Zxid | undefined,
): AfterSeal {
  const paths = new Set<string>();
  const sessions = new Set<SessionId>();
  const take = (path: string): void => {
    paths.add(path);
    paths.add(parentOf(path));
  };
  for (const { files } of servers)
    for (const { records } of files)
      for (const record of records) {
        if (sealing === undefined || record.zxid <= sealing) continue;
        for (const op of record.ops) if (op.op !== "error") take(op.path);
        for (const path of record.closes ?? []) take(path);
        if (record.type === "closeSession") sessions.add(record.session);
      }
  return { paths, sessions };
}
