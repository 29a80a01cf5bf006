/**
 * What a server never logged since it was given the leader's whole tree (SNAP): everything between what it
 * had logged before and the snapshot that it wrote right after. A leader that was stopped and comes back
 * has logged proposals that nobody else knows; from another epoch they cannot be cut off (TRUNC is
 * refused), so it gets a SNAP without a restart, and its one log file has a hole (3.9.5, `re-elect` by pause).
 * Its own log tells of the transfer; a record that is missing below one that it logged is never of it.
 */

import type { Zxid } from "../ids.ts";
import type { ServerLogs } from "../txnlog/types.ts";

export type IsTransferred = (server: string, zxid: Zxid) => boolean;

export function readTransfers(servers: readonly ServerLogs[]): IsTransferred {
  const ranges = new Map(servers.map((server) => [server.server, rangesOf(server)]));
  return (server, zxid) =>
    (ranges.get(server) ?? []).some(({ above, upTo }) => above < zxid && zxid <= upTo);
}

interface Range {
  /** The last that it had logged itself. */
  readonly above: Zxid;
  /** The snapshot that it wrote of what it was given. */
  readonly upTo: Zxid;
}

function rangesOf({ transfers = [], snapshots, files }: ServerLogs): readonly Range[] {
  return transfers.flatMap((given) => {
    let upTo: Zxid | undefined;
    for (const { zxid } of snapshots)
      if (zxid >= given && (upTo === undefined || zxid < upTo)) upTo = zxid;
    if (upTo === undefined) return [];
    let above = 0n as Zxid;
    for (const { records } of files)
      for (const { zxid } of records) if (zxid <= upTo && zxid > above) above = zxid;
    return [{ above, upTo }];
  });
}
