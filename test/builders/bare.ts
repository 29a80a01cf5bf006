/** Bare logs made of a run's evidence: nothing was said, and of what was logged a part may be purged. */

import { TreeReplay } from "../../lab/audit/tree.ts";
import type { BareLogs, Evidence } from "../../lab/evidence/evidence.ts";
import type { Zxid } from "../../lab/ids.ts";
import type { Snapshot, SnapshotNode, TxnRecord } from "../../lab/txnlog/types.ts";
import { onFiles } from "./evidence-edits.ts";

const TOLD: BareLogs = {
  ...{ participants: 3, from: undefined, to: undefined, sessionsBy: "session" },
};

/** The servers' files alone; guards that logs do not show are not asked for. */
export function bare(evidence: Evidence, told: Partial<BareLogs> = {}): Evidence {
  const groups = evidence.run.groups.map((group) => {
    const isShown = group.promises.guard === "path" || group.promises.guard === "session";
    const guard = isShown ? group.promises.guard : ("none" as const);
    const minimums = { exposed: 0, committedWrites: 0, terms: 0 };
    return { ...group, minimums, promises: { ...group.promises, guard } };
  });
  const run = { ...evidence.run, groups };
  return { run, history: [], servers: evidence.servers, problems: [], bare: { ...TOLD, ...told } };
}

export function openingOf({ history }: Evidence): Zxid {
  const opening = history.find(({ event }) => event.type === "opening")?.event;
  return BigInt(opening?.type === "opening" ? opening.zxid : 0) as Zxid;
}

export function recordsOf(evidence: Evidence): readonly TxnRecord[] {
  return evidence.servers[0]?.files.flatMap(({ records }) => records) ?? [];
}

/** What a server holds after this transaction; its name may be of an earlier one (it is fuzzy). */
export function snapshotAt(evidence: Evidence, at: Zxid, name: Zxid = at): Snapshot {
  const replay = new TreeReplay();
  for (const record of recordsOf(evidence)) if (record.zxid <= at) replay.apply(record);
  const nodes = [...replay.nodes.values()].map(
    ({ owner, ...node }): SnapshotNode => ({
      ...{ ...node, cversion: 0 },
      ephemeralOwner: owner === 0n ? undefined : owner,
    }),
  );
  const file = `snapshot.${name.toString(16)}`;
  return { server: "zk1", file, zxid: name, sessions: new Map(), nodes };
}

/** All that was logged up to there is gone; every server has the snapshot. */
export function purged(evidence: Evidence, upTo: Zxid, snapshot: Snapshot | undefined): Evidence {
  const left = onFiles(evidence, (file) => ({
    ...file,
    records: file.records.filter(({ zxid }) => zxid > upTo),
  }));
  const servers = left.servers.map((each) => ({
    ...each,
    files: each.files.filter(({ records }) => records.length > 0),
    snapshots: snapshot === undefined ? [] : [{ ...snapshot, server: each.server }],
  }));
  return { ...left, servers };
}
