/** What a person can do about a finding of a contender's. What is ZooKeeper's own has none: it is a bug. */

import type { FindingName } from "../audit/types.ts";

const GUARD_IT =
  "send each write in one transaction with a check of the very znode that elected it (as latch-check does), or write only on the session that was elected and never again on another (as ephemeral does)";

const ADVICE: Partial<Readonly<Record<FindingName, string>>> = {
  "stale-leader-write": GUARD_IT,
  "leaderless-write": GUARD_IT,
  "stale-term-write":
    "let a write keep the znode of the term that decided it, check that one in the write's transaction, and drop the write when the term is over",
  "guard-missing":
    "choose the guard when the write is decided, and send it in the same transaction; a check that is made before, or made anew at each attempt, guards nothing",
  "guard-ineffective":
    "check something that cannot come back: a znode whose name carries a GUID, not a path that another may take",
  "dual-belief":
    "give leadership up as soon as the connection is suspended, not only when the session is lost",
  "needless-revocation":
    "keep leadership while the connection is suspended and the session may still live (Curator: SessionConnectionStateErrorPolicy)",
  "zxid-burn":
    "send nothing while there is nothing to write: the pings that keep a session alive take no zxid, a check or a failed write does",
  "duplicate-write":
    "after a lost reply look whether the write was done before it is sent again, or write by version",
  "phantom-write":
    "report a write as failed only where it was never sent or the server refused it; all else may have been done",
  "foreign-write":
    "name the contenders that may write there in the scenario, or guard the path by ACL",
};

/** Undefined where there is nothing that the user of ZooKeeper could do. */
export function adviceOn(name: FindingName): string | undefined {
  return ADVICE[name];
}
