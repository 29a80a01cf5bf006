/**
 * Mutations of evidence: each alters a correct run in one way and says what the audit must then find.
 * Altering a record inside a file must be found by the claim responsible; deleting files or their tails
 * may only move verdicts towards unknown (semantics 16).
 */

import type { FindingName } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
import { formatZxid, sessionId, type Zxid } from "../../lab/ids.ts";
import type { LogFile, TxnOp, TxnRecord } from "../../lab/txnlog/types.ts";
import { encode, op } from "./run-model.ts";

export interface Mutated {
  readonly evidence: Evidence;
  /** Exactly the violations that must be found; empty: none, and the run must be unknown. */
  readonly violations: readonly FindingName[];
  /** Findings below a violation that must be among the claims'. */
  readonly also?: readonly FindingName[];
}

/** Undefined where the run has nothing to mutate in this way. */
export type Mutation = (evidence: Evidence, pick: () => number) => Mutated | undefined;

/** An acknowledged write: its record, and the lines of its op. */
interface Written {
  readonly zxid: Zxid;
  readonly record: TxnRecord;
  readonly group: string;
  readonly op: string;
}

const FOREIGN = sessionId(0x7fff_ffff_0000_0001n);

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  "a write dropped from one server's log": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const dropped = onServers(evidence, ["zk2"], without(written.zxid));
    return { evidence: dropped, violations: [], also: ["log-hole"] };
  },
  "a write dropped from a quorum of logs": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const dropped = onServers(evidence, ["zk2", "zk3"], without(written.zxid));
    return { evidence: dropped, violations: [], also: ["log-hole"] };
  },
  "a write dropped from all logs": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const dropped = onServers(evidence, undefined, without(written.zxid));
    return { evidence: dropped, violations: ["lost-write"], also: ["evidence-gap"] };
  },
  "one server's record forked": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const forked = onServers(
      evidence,
      ["zk3"],
      change(written.zxid, (record) => ({ ...record, session: FOREIGN, cxid: 77 })),
    );
    return { evidence: forked, violations: ["zxid-reused"] };
  },
  "one server's data changed": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const changed = onServers(evidence, ["zk1"], change(written.zxid, withData("rot")));
    return { evidence: changed, violations: ["replica-divergence"] };
  },
  "an acknowledged record's op changed on all servers": (evidence, pick) => {
    const written = oneOf(
      ackedInside(evidence).filter((each) => guardOf(evidence, each) === "none"),
      pick,
    );
    if (written === undefined) return undefined;
    const changed = onServers(evidence, undefined, change(written.zxid, withData("c9#9:9")));
    return { evidence: changed, violations: ["lost-write"] };
  },
  "the check taken out of a multi": (evidence, pick) => {
    const written = oneOf(
      ackedInside(evidence).filter((each) => guardOf(evidence, each) === "path"),
      pick,
    );
    if (written === undefined) return undefined;
    const bare = (record: TxnRecord): TxnRecord => ({
      ...record,
      ops: record.ops.filter((each) => each.op !== "check"),
    });
    const changed = onServers(evidence, undefined, change(written.zxid, bare));
    return { evidence: changed, violations: ["guard-missing"] };
  },
  "a check that names another path": (evidence, pick) => {
    const written = oneOf(
      ackedInside(evidence).filter((each) => guardOf(evidence, each) === "path"),
      pick,
    );
    if (written === undefined) return undefined;
    const elsewhere = (record: TxnRecord): TxnRecord => ({
      ...record,
      ops: record.ops.map((each) => (each.op === "check" ? op.check("/elsewhere") : each)),
    });
    const changed = onServers(evidence, undefined, change(written.zxid, elsewhere));
    return { evidence: changed, violations: ["guard-missing"] };
  },
  "`fail` reported for a committed attempt": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const lied = onEvents(evidence, (event) => {
      if (!isOpLine(event, written) || event.line.phase !== "ok") return event;
      const { zxid: _zxid, ...line } = event.line;
      return { ...event, line: { ...line, phase: "fail", code: "BadVersion" } };
    });
    return { evidence: lied, violations: ["phantom-write"] };
  },
  "a write by a foreign session": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const foreign = onServers(
      silenced(evidence, written),
      undefined,
      change(written.zxid, (record) => ({ ...record, session: FOREIGN })),
    );
    return { evidence: foreign, violations: [], also: ["foreign-write"] };
  },
  "a write by a standby that never led": (evidence, pick) => {
    const written = oneOf(
      ackedInside(evidence).filter((each) => guardOf(evidence, each) === "none"),
      pick,
    );
    const standby = written === undefined ? undefined : neverLed(evidence, written.group);
    if (written === undefined || standby === undefined) return undefined;
    const session = sessionId(BigInt(standby));
    const moved = onServers(
      silenced(evidence, written),
      undefined,
      change(written.zxid, (record) => ({ ...record, session })),
    );
    return { evidence: moved, violations: ["leaderless-write"] };
  },
  "a write moved past the end of its term": (evidence, pick) => {
    const moves = ackedInside(evidence)
      .filter((each) => guardOf(evidence, each) === "none")
      .flatMap((each) => {
        const end = endOfSession(evidence, each.record);
        const later = end === undefined ? undefined : probeAfter(evidence, end, each.zxid);
        return later === undefined ? [] : [{ written: each, later }];
      });
    const move = oneOf(moves, pick);
    if (move === undefined) return undefined;
    return {
      evidence: swapped(evidence, move.written.zxid, move.later),
      violations: ["stale-leader-write"],
    };
  },
  "an op told under another term's token": (evidence, pick) => {
    const written = oneOf(
      ackedInside(evidence).filter((each) => guardOf(evidence, each) === "none"),
      pick,
    );
    if (written === undefined) return undefined;
    const other = {
      czxid: formatZxid(evidence.servers[0]?.files[0]?.records[0]?.zxid ?? (1n as Zxid)),
      path: "/x",
    };
    const retold = onEvents(evidence, (event) =>
      isOpLine(event, written) && event.line.phase === "invoke"
        ? { ...event, line: { ...event.line, token: other } }
        : event,
    );
    return { evidence: retold, violations: ["stale-term-write"] };
  },
  "a path guard whose znode is of another life than the token": (evidence, pick) => {
    const written = oneOf(
      ackedInside(evidence).filter((each) => guardOf(evidence, each) === "path"),
      pick,
    );
    if (written === undefined) return undefined;
    const retold = onEvents(evidence, (event) => {
      if (!isOpLine(event, written) || event.line.phase !== "invoke") return event;
      const { token } = event.line;
      if (token === undefined) return event;
      return { ...event, line: { ...event.line, token: { ...token, czxid: "0x100000001" } } };
    });
    return { evidence: retold, violations: ["guard-ineffective", "stale-term-write"] };
  },
  "an acknowledged write that the next epoch's leader lacked": (evidence) => {
    const ghosted = withGhost(evidence);
    if (ghosted === undefined) return undefined;
    return { evidence: ghosted, violations: ["lost-write"], also: ["ghost-txn"] };
  },
  "the tails of all logs cut off": (evidence) => ({
    evidence: onFiles(evidence, (file) => ({
      ...file,
      records: file.records.slice(0, Math.max(1, file.records.length - 3)),
    })),
    violations: [],
  }),
  "a torn tail in the last file of a server": (evidence) => ({
    evidence: {
      ...evidence,
      servers: evidence.servers.map((server, i) => ({
        ...server,
        files: server.files.map((file, n) =>
          i === 0 && n === server.files.length - 1 ? torn(file) : file,
        ),
      })),
    },
    violations: [],
  }),
  "a fault that took no effect": (evidence) => ({
    evidence: {
      ...evidence,
      history: [
        ...evidence.history,
        {
          line: evidence.history.length + 1,
          event: {
            type: "fault",
            at: 0,
            injection: "f1",
            fault: "pause",
            phase: "ineffective",
            target: "leader",
          },
        },
      ],
    },
    violations: [],
  }),
  "the sealing write struck from the history": (evidence) => ({
    evidence: {
      ...evidence,
      history: evidence.history.filter(({ event }) => event.type !== "sealing"),
    },
    violations: [],
  }),
};

/** Any whole files deleted and any tails cut, as `pick` has it. */
export function deleteSome(evidence: Evidence, pick: () => number): Evidence {
  return {
    ...evidence,
    servers: evidence.servers.map((server) => ({
      ...server,
      files: server.files.flatMap((file) => {
        const dice = pick();
        if (dice < 0.25) return [];
        if (dice < 0.5) {
          const records = file.records.slice(0, Math.floor(pick() * file.records.length));
          return [{ ...file, records }];
        }
        return [file];
      }),
    })),
  };
}

function oneOf<T>(from: readonly T[], pick: () => number): T | undefined {
  return from[Math.floor(pick() * from.length)];
}

/** Acknowledged writes that stand strictly inside a log file, with what the history says of them. */
function ackedInside(evidence: Evidence): readonly Written[] {
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

function guardOf(evidence: Evidence, written: Written): string | undefined {
  return evidence.run.groups.find((group) => group.name === written.group)?.promises.guard;
}

type ContenderEvent = Extract<HistoryEvent, { type: "contender" }>;
type OpEvent = ContenderEvent & {
  readonly line: Extract<ContenderEvent["line"], { type: "op" }>;
};

function isOpLine(event: HistoryEvent, written: Written): event is OpEvent {
  return (
    event.type === "contender" &&
    event.line.type === "op" &&
    event.line.op === written.op &&
    event.incarnation.startsWith(`${written.group}/`)
  );
}

function silenced(evidence: Evidence, written: Written): Evidence {
  const history = evidence.history.filter(({ event }) => !isOpLine(event, written));
  return { ...evidence, history };
}

/** A session of the group's contenders that made no election znode. */
function neverLed(evidence: Evidence, group: string): string | undefined {
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

function endOfSession(evidence: Evidence, record: TxnRecord): Zxid | undefined {
  const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
  const life = records.find(
    (each) => each.type === "closeSession" && each.session === record.session,
  );
  return life?.zxid;
}

/** A probe of the same epoch, so that both stay strictly inside the same file. */
function probeAfter(evidence: Evidence, end: Zxid, zxid: Zxid): Zxid | undefined {
  for (const { event } of evidence.history) {
    if (event.type !== "probe") continue;
    const at = BigInt(event.zxid) as Zxid;
    if (at > end && at >> 32n === zxid >> 32n) return at;
  }
  return undefined;
}

/** Two transactions change places, on all servers and in what the history says. */
function swapped(evidence: Evidence, one: Zxid, other: Zxid): Evidence {
  const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
  const at = new Map(records.map((record) => [record.zxid, record]));
  const swap = (record: TxnRecord): TxnRecord => {
    const from =
      record.zxid === one ? at.get(other) : record.zxid === other ? at.get(one) : undefined;
    return from === undefined ? record : { ...from, zxid: record.zxid, source: record.source };
  };
  const text = new Map([
    [formatZxid(one), formatZxid(other)],
    [formatZxid(other), formatZxid(one)],
  ]);
  const rename = (zxid: string): string => text.get(zxid) ?? zxid;
  return onEvents(
    onServers(evidence, undefined, (records) => records.map((r) => sealed(swap(r)))),
    (event) => {
      if (event.type === "probe") return { ...event, zxid: rename(event.zxid) };
      if (event.type !== "contender" || event.line.type !== "op" || event.line.phase !== "ok")
        return event;
      return { ...event, line: { ...event.line, zxid: rename(event.line.zxid) } };
    },
  );
}

function onEvents(evidence: Evidence, map: (event: HistoryEvent) => HistoryEvent): Evidence {
  const history = evidence.history.map(({ line, event }) => ({ line, event: map(event) }));
  return { ...evidence, history };
}

function onFiles(evidence: Evidence, map: (file: LogFile) => LogFile): Evidence {
  const servers = evidence.servers.map((server) => ({ ...server, files: server.files.map(map) }));
  return { ...evidence, servers };
}

type Records = readonly TxnRecord[];

/** Changes the files of these servers (undefined: of all). */
function onServers(
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

function without(zxid: Zxid): (records: Records) => Records {
  return (records) => records.filter((record) => record.zxid !== zxid);
}

function change(zxid: Zxid, map: (record: TxnRecord) => TxnRecord): (records: Records) => Records {
  return (records) =>
    records.map((record) => (record.zxid === zxid ? sealed(map(record)) : record));
}

/** A changed record has changed bytes. */
function sealed(record: TxnRecord): TxnRecord {
  const { bytes: _bytes, source: _source, digest: _digest, ...body } = record;
  return { ...record, bytes: encode(body) };
}

function withData(text: string): (record: TxnRecord) => TxnRecord {
  const data = new TextEncoder().encode(text);
  const rewrite = (each: TxnOp): TxnOp => (each.op === "setData" ? { ...each, data } : each);
  return (record) => ({ ...record, ops: record.ops.map(rewrite) });
}

/** One server logs one more write of an epoch that the next epoch's leader had not; it was acknowledged. */
function withGhost(evidence: Evidence): Evidence | undefined {
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
  const event: HistoryEvent = { type: "contender", at, incarnation, line };
  return {
    ...logged,
    history: [...logged.history, { line: evidence.history.length + 1, event }],
  };
}

function torn(file: LogFile): LogFile {
  const records = file.records.slice(0, -1);
  const { offset } = file.tail;
  return { ...file, records, tail: { kind: "torn", offset, reason: "the last record is cut" } };
}
