/** Mutations of what lives and who believes: ephemerals, trees, beliefs, recovery. */

import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
import { formatSession, type SessionId, type Zxid } from "../../lab/ids.ts";
import type { TxnOp, TxnRecord } from "../../lab/txnlog/types.ts";
import {
  appended,
  type ContenderEvent,
  change,
  onEvents,
  oneOf,
  onServers,
} from "./evidence-edits.ts";
import { op } from "./model-parts.ts";
import type { Mutation } from "./mutation.ts";

/** Outside every election and every guarded path, so that it changes no term and no write. */
const EPHEMERAL = "/run/ephemeral";

export const STATE_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "an ephemeral made twice while its session lives": (evidence) => {
    const [first, second] = probesInside(evidence);
    if (first === undefined || second === undefined) return undefined;
    const once = rewritten(evidence, first, { ops: [op.create(EPHEMERAL, "", true)] });
    const twice = rewritten(once, second, { ops: [op.create(EPHEMERAL, "", true)] });
    return { evidence: twice, violations: ["ephemeral-lost"] };
  },
  "an ephemeral made after its session had ended": (evidence, pick) => {
    const late = oneOf(probesAfterAnEnd(evidence), pick);
    if (late === undefined) return undefined;
    const { probe, session } = late;
    const ops = [op.create(EPHEMERAL, "", true)];
    return {
      evidence: rewritten(evidence, probe, { session, ops }),
      violations: ["ephemeral-leaked"],
    };
  },
  "an ephemeral that is written to after its session had ended": (evidence, pick) => {
    const lives = probesAfterAnEnd(evidence).flatMap(({ probe, session }) => {
      const begun = recordsOf(evidence).find(
        (record) => record.type === "createSession" && record.session === session,
      );
      const ended = recordsOf(evidence).find(
        (record) => record.type === "closeSession" && record.session === session,
      );
      const within = probesInside(evidence).find(
        (zxid) =>
          begun !== undefined && zxid > begun.zxid && ended !== undefined && zxid < ended.zxid,
      );
      return within === undefined ? [] : [{ probe, within, session }];
    });
    const life = oneOf(lives, pick);
    if (life === undefined) return undefined;
    const { probe, within, session } = life;
    const made = rewritten(evidence, within, { session, ops: [op.create(EPHEMERAL, "", true)] });
    return {
      evidence: rewritten(made, probe, { ops: [op.set(EPHEMERAL, "still there")] }),
      violations: ["ephemeral-leaked"],
    };
  },
  "a resignation that is told as for a lost connection": (evidence, pick) => {
    const given = oneOf(resignationsBeforeUse(evidence), pick);
    if (given === undefined) return undefined;
    const told = onEvents(evidence, (event) =>
      event === given ? { ...given, line: { ...given.line, reason: "disconnected" } } : event,
    );
    return { evidence: told, violations: [], also: ["needless-revocation"], verdict: "holds" };
  },
  "a run that is declared idle from its opening to its seal": (evidence) => {
    const lines = evidence.history.map(({ event }) => event);
    const [from, to] = [indexOfType(lines, "opening"), indexOfType(lines, "sealing")];
    const idle = (phase: "begun" | "ended", at: number): HistoryEvent => ({
      ...{ type: "idle", phase, at, perMinute: 60 },
    });
    const told = [
      ...lines.slice(0, from + 1),
      idle("begun", lines[from]?.at ?? 0),
      ...lines.slice(from + 1, to),
      idle("ended", lines[to]?.at ?? 0),
      ...lines.slice(to),
    ];
    const history = told.map((event, i) => ({ line: i + 1, event }));
    return {
      evidence: { ...evidence, history },
      ...{ violations: [], also: ["zxid-burn"], verdict: "holds" },
    };
  },
  "two contenders that go on believing for ten seconds": (evidence, pick) => {
    const pair = oneOf(believers(evidence), pick);
    if (pair === undefined) return undefined;
    const told = evidence.history.filter(
      ({ event }) => !(isRevocation(event) && pair.includes(event.incarnation)),
    );
    const at = (evidence.history.at(-1)?.event.at ?? 0) + 10e9;
    const exits = pair.map((incarnation) => {
      return { type: "process", at, incarnation, state: "exited" } as const;
    });
    return {
      evidence: appended({ ...evidence, history: told }, ...exits),
      violations: ["dual-belief"],
    };
  },
};

type Revocation = ContenderEvent & {
  readonly line: Extract<ContenderEvent["line"], { type: "belief"; state: "revoked" }>;
};

/** Resignations after which, behind a probe, the same session asks for something more than its end. */
function resignationsBeforeUse(evidence: Evidence): readonly Revocation[] {
  const sessions = new Map<string, string>();
  return evidence.history.flatMap(({ event }, i) => {
    if (event.type === "contender" && event.line.type === "session")
      sessions.set(event.incarnation, event.line.id);
    if (!isRevocation(event) || event.line.reason !== "resign") return [];
    const probe = evidence.history.slice(i).find((each) => each.event.type === "probe")?.event;
    if (probe?.type !== "probe") return [];
    const own = sessions.get(event.incarnation);
    const isUsed = recordsOf(evidence).some(
      (record) =>
        record.zxid > BigInt(probe.zxid) &&
        formatSession(record.session) === own &&
        record.type !== "closeSession",
    );
    return isUsed ? [event] : [];
  });
}

function isRevocation(event: HistoryEvent): event is Revocation {
  return (
    event.type === "contender" && event.line.type === "belief" && event.line.state === "revoked"
  );
}

/** For each group the two incarnations that believed last. */
function believers(evidence: Evidence): readonly (readonly string[])[] {
  return evidence.run.groups.flatMap(({ name }) => {
    const all = evidence.history.flatMap(({ event }) =>
      event.type === "contender" &&
      event.line.type === "belief" &&
      event.incarnation.startsWith(`${name}/`)
        ? [event.incarnation]
        : [],
    );
    const last = [...new Set(all.reverse())].slice(0, 2);
    return last.length === 2 ? [last] : [];
  });
}

function indexOfType(events: readonly HistoryEvent[], type: HistoryEvent["type"]): number {
  return events.findIndex((event) => event.type === type);
}

function recordsOf(evidence: Evidence): readonly TxnRecord[] {
  return evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
}

/** Probes strictly inside a log file. */
function probesInside(evidence: Evidence): readonly Zxid[] {
  const inside = new Set(
    evidence.servers[0]?.files.flatMap((file) =>
      file.records.slice(1, -1).map((record) => record.zxid),
    ),
  );
  return evidence.history.flatMap(({ event }) => {
    if (event.type !== "probe") return [];
    const zxid = BigInt(event.zxid) as Zxid;
    return inside.has(zxid) ? [zxid] : [];
  });
}

function probesAfterAnEnd(
  evidence: Evidence,
): readonly { readonly probe: Zxid; readonly session: SessionId }[] {
  const ends = recordsOf(evidence).filter((record) => record.type === "closeSession");
  return probesInside(evidence).flatMap((probe) => {
    const end = ends.findLast((record) => record.zxid < probe);
    return end === undefined ? [] : [{ probe, session: end.session }];
  });
}

/** The probe's transaction becomes another one, on all servers. */
function rewritten(
  evidence: Evidence,
  probe: Zxid,
  parts: { readonly session?: SessionId; readonly ops: readonly TxnOp[] },
): Evidence {
  const type = parts.ops[0]?.op === "create" ? ("create2" as const) : ("setData" as const);
  return onServers(
    evidence,
    undefined,
    change(probe, (record) => ({ ...record, type, ...parts })),
  );
}
