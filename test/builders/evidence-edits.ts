/** Edits of evidence that mutations are made of; each gives new evidence and leaves the old as it was. */

import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
import { formatSession, formatZxid, sessionId, type Zxid } from "../../lab/ids.ts";
import type { LogFile, TxnOp, TxnRecord } from "../../lab/txnlog/types.ts";
import { encode, op, type SaidLine } from "./model-parts.ts";

/** An acknowledged write: its record, and the lines of its op. */
export interface Written {
  readonly zxid: Zxid;
  readonly record: TxnRecord;
  readonly group: string;
  readonly op: string;
}

export const FOREIGN = sessionId(0x7fff_ffff_0000_0001n);

export function oneOf<T>(from: readonly T[], pick: () => number): T | undefined {
  return from[Math.floor(pick() * from.length)];
}

/** Acknowledged writes that stand strictly inside a log file, with what the history says of them. */
export function ackedInside(evidence: Evidence): readonly Written[] {
  const inside = new Map<string, TxnRecord>();
  for (const file of evidence.servers[0]?.files ?? [])
    for (const record of file.records.slice(1, -1)) inside.set(formatZxid(record.zxid), record);
  return evidence.history.flatMap(({ event }) => {
    if (event.type !== "contender" || event.line.type !== "op" || event.line.phase !== "ok")
      return [];
    const record = inside.get(event.line.zxid);
    // A resignation changes the term as well; the mutations want a plain write.
    if (record === undefined || record.ops.some((each) => each.op === "delete")) return [];
    const group = event.incarnation.slice(0, event.incarnation.lastIndexOf("/"));
    return [{ zxid: record.zxid, record, group, op: event.line.op }];
  });
}

export function guardOf(evidence: Evidence, written: Written): string | undefined {
  return evidence.run.groups.find((group) => group.name === written.group)?.promises.guard;
}

export type ContenderEvent = Extract<HistoryEvent, { type: "contender" }>;
export type OpEvent = ContenderEvent & {
  readonly line: Extract<ContenderEvent["line"], { type: "op" }>;
};

export function isOpLine(event: HistoryEvent, written: Written): event is OpEvent {
  return (
    event.type === "contender" &&
    event.line.type === "op" &&
    event.line.op === written.op &&
    event.incarnation.startsWith(`${written.group}/`)
  );
}

export function silenced(evidence: Evidence, written: Written): Evidence {
  const history = evidence.history.filter(({ event }) => !isOpLine(event, written));
  return { ...evidence, history };
}

/** A session of the group's contenders that made no election znode. */
export function neverLed(evidence: Evidence, group: string): string | undefined {
  const led = new Set<string>();
  const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
  for (const record of records)
    if (record.ops.some((each) => each.op === "create" && each.ephemeral))
      led.add(`0x${record.session.toString(16)}`);
  const sessions = evidence.history.flatMap(({ event }) =>
    event.type === "contender" &&
    event.line.type === "session" &&
    event.incarnation.startsWith(`${group}/`)
      ? [{ id: event.line.id, incarnation: event.incarnation }]
      : [],
  );
  const believers = new Set(
    evidence.history.flatMap(({ event }) =>
      event.type === "contender" && event.line.type === "belief" ? [event.incarnation] : [],
    ),
  );
  return sessions.find((each) => !believers.has(each.incarnation))?.id;
}

export function endOfSession(evidence: Evidence, record: TxnRecord): Zxid | undefined {
  const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
  const life = records.find(
    (each) => each.type === "closeSession" && each.session === record.session,
  );
  return life?.zxid;
}

/** A probe of the same epoch, so that both stay strictly inside the same file. */
export function probeAfter(evidence: Evidence, end: Zxid, zxid: Zxid): Zxid | undefined {
  for (const { event } of evidence.history) {
    if (event.type !== "probe") continue;
    const at = BigInt(event.zxid) as Zxid;
    if (at > end && at >> 32n === zxid >> 32n) return at;
  }
  return undefined;
}

/** A session that the write's own contender opened late: what a retry after expiry is sent on. */
const FRESH = sessionId(0x7fff_ffff_0000_0002n);

/**
 * The write is committed where a probe stood, on a new session of its contender, and the probe where the
 * write stood; the history tells both as they then were, so that nothing but the lateness is wrong.
 */
export function sentLate(evidence: Evidence, written: Written, later: Zxid): Evidence {
  const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
  const at = new Map(records.map((record) => [record.zxid, record]));
  const move = (record: TxnRecord): TxnRecord => {
    const from = record.zxid === written.zxid ? at.get(later) : at.get(written.zxid);
    if (from === undefined || (record.zxid !== written.zxid && record.zxid !== later))
      return record;
    const { zxid, source } = record;
    return { ...from, ...(zxid === later ? { session: FRESH, cxid: 1 } : {}), zxid, source };
  };
  const times = { invoked: 0, acked: 0, probed: 0 };
  let incarnation = "";
  for (const { event } of evidence.history) {
    if (event.type === "probe" && event.zxid === formatZxid(later)) times.probed = event.at;
    if (!isOpLine(event, written)) continue;
    incarnation = event.incarnation;
    if (event.line.phase === "invoke") times.invoked = event.at;
    else times.acked = event.at;
  }
  const told = onEvents(
    onServers(evidence, undefined, (all) => all.map((record) => sealed(move(record)))),
    (event) => {
      if (event.type === "probe" && event.zxid === formatZxid(later))
        return {
          ...event,
          zxid: formatZxid(written.zxid),
          invokedAt: times.invoked,
          at: times.acked,
        };
      if (!isOpLine(event, written) || event.line.phase !== "ok") return event;
      const line = { ...event.line, zxid: formatZxid(later), session: formatSession(FRESH) };
      return { ...event, at: times.probed, line };
    },
  );
  return said(told, incarnation, {
    type: "session",
    id: formatSession(FRESH),
    role: "both",
    state: "connected",
  });
}

/** One more line of a contender, after all that it has said. */
export function said(evidence: Evidence, incarnation: string, line: SaidLine): Evidence {
  const at = evidence.history.at(-1)?.event.at ?? 0;
  const whole = { ...line, seq: 1_000_000 + evidence.history.length, at: String(at) };
  const event = {
    type: "contender",
    at,
    incarnation,
    line: whole as ContenderEvent["line"],
  } as const;
  return appended(evidence, event);
}

export function appended(evidence: Evidence, ...events: readonly HistoryEvent[]): Evidence {
  const from = evidence.history.length + 1;
  const lines = events.map((event, i) => ({ line: from + i, event }));
  return { ...evidence, history: [...evidence.history, ...lines] };
}

/** A probe after the write, with nothing between that could change who leads. */
export function probeInSameTerm(evidence: Evidence, { zxid }: Written): Zxid | undefined {
  const probes = new Set(
    evidence.history.flatMap(({ event }) => (event.type === "probe" ? [event.zxid] : [])),
  );
  for (const file of evidence.servers[0]?.files ?? []) {
    const from = file.records.findIndex((record) => record.zxid === zxid);
    if (from < 0) continue;
    for (const record of file.records.slice(from + 1, -1)) {
      if (record.type === "closeSession") return undefined;
      if (record.ops.some((each) => each.op === "create" || each.op === "delete")) return undefined;
      if (probes.has(formatZxid(record.zxid))) return record.zxid;
    }
  }
  return undefined;
}

export function onEvents(evidence: Evidence, map: (event: HistoryEvent) => HistoryEvent): Evidence {
  const history = evidence.history.map(({ line, event }) => ({ line, event: map(event) }));
  return { ...evidence, history };
}

export function onFiles(evidence: Evidence, map: (file: LogFile) => LogFile): Evidence {
  const servers = evidence.servers.map((server) => ({ ...server, files: server.files.map(map) }));
  return { ...evidence, servers };
}

export type Records = readonly TxnRecord[];

/** Changes the files of these servers (undefined: of all). */
export function onServers(
  evidence: Evidence,
  servers: readonly string[] | undefined,
  map: (records: Records) => Records,
): Evidence {
  return onFiles(evidence, (file) =>
    servers === undefined || servers.includes(file.server)
      ? { ...file, records: map(file.records) }
      : file,
  );
}

export function without(zxid: Zxid): (records: Records) => Records {
  return (records) => records.filter((record) => record.zxid !== zxid);
}

export function change(
  zxid: Zxid,
  map: (record: TxnRecord) => TxnRecord,
): (records: Records) => Records {
  return (records) =>
    records.map((record) => (record.zxid === zxid ? sealed(map(record)) : record));
}

/** A changed record has changed bytes. */
export function sealed(record: TxnRecord): TxnRecord {
  const { bytes: _bytes, source: _source, digest: _digest, ...body } = record;
  return { ...record, bytes: encode(body) };
}

export function withData(text: string): (record: TxnRecord) => TxnRecord {
  const data = new TextEncoder().encode(text);
  const rewrite = (each: TxnOp): TxnOp => (each.op === "setData" ? { ...each, data } : each);
  return (record) => ({ ...record, ops: record.ops.map(rewrite) });
}

/** One server logs one more write of an epoch that the next epoch's leader had not; it was acknowledged. */
export function withGhost(evidence: Evidence): Evidence | undefined {
  const epochs = (evidence.servers[0]?.files ?? []).map((file) => file.records);
  const [last] = epochs[0]?.slice(-1) ?? [];
  const next = epochs[1]?.[0];
  const contender = evidence.history.find(({ event }) => event.type === "contender")?.event;
  if (last === undefined || next === undefined || contender?.type !== "contender") return undefined;
  const established = Number(next.zxid >> 32n);
  const server = evidence.servers.find((each) => !each.ledEpochs.includes(established));
  const zxid = (last.zxid + 1n) as Zxid;
  const ops = [op.set("/run/g0/guarded/state", "c1#1:9001")];
  const ghost = sealed({ ...last, zxid, session: FOREIGN, type: "setData", ops, rejected: false });
  const logged = onFiles(evidence, (file) =>
    file.server === server?.server && file.records.some((record) => record.zxid === last.zxid)
      ? { ...file, records: [...file.records, ghost] }
      : file,
  );
  const line: OpEvent["line"] = {
    type: "op",
    seq: 1_000_000,
    at: "0",
    op: "c1#1:9001",
    attempt: 1,
    phase: "ok",
    zxid: formatZxid(zxid),
    session: `0x${FOREIGN.toString(16)}`,
  };
  const at = evidence.history.at(-1)?.event.at ?? 0;
  const incarnation = contender.incarnation;
  return appended(logged, { type: "contender", at, incarnation, line });
}

export function torn(file: LogFile): LogFile {
  const records = file.records.slice(0, -1);
  const { offset } = file.tail;
  return { ...file, records, tail: { kind: "torn", offset, reason: "the last record is cut" } };
}
