/**
 * One server without an ensemble (semantics 18): no epochs, no quorum, one log. Its counter runs on
 * into the high half of the zxid, and a restart begins no new epoch. Committed is what a later start
 * replayed or the sealing write follows: a file that another follows was replayed or flushed whole, and
 * the last file's records may be read today and torn off by the next crash.
 */

import { formatZxid, type Zxid, type ZxidSplit } from "../ids.ts";
import type { EpochSpan } from "./epochs.ts";
import type { EpochCut, ServerLogs } from "./types.ts";

/** All 64 bits count: every zxid is of epoch 0. */
export const STANDALONE_SPLIT: ZxidSplit = { counterBits: 64n };

/** The one cut of a standalone server's history; `epoch` is 0 and means nothing. */
export function cutStandalone(
  servers: readonly ServerLogs[],
  spans: readonly EpochSpan[],
  sealing: Zxid | undefined,
): readonly EpochCut[] {
  return spans.map(({ epoch, first, last }) => {
    if (sealing !== undefined) {
      const decidedBy = `standalone: the sealing write ${formatZxid(sealing)} follows`;
      return { epoch, first, last, lower: sealing, upper: sealing, decidedBy };
    }
    const lower = replayed(servers) ?? (0n as Zxid);
    const decidedBy = `standalone: a later log file follows ${formatZxid(lower)}`;
    return { epoch, first, last, lower, upper: last, decidedBy };
  });
}

/** The highest zxid in any file that a later one of the same server follows. */
function replayed(servers: readonly ServerLogs[]): Zxid | undefined {
  let highest: Zxid | undefined;
  for (const { files } of servers) {
    const logged = files.filter((file) => file.records.length > 0);
    for (const { records } of logged.slice(0, -1)) {
      for (const { zxid } of records) if (highest === undefined || zxid > highest) highest = zxid;
    }
  }
  return highest;
}
