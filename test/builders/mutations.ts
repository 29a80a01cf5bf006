/**
 * Mutations of evidence: each alters a correct run in one way and says what the audit must then find.
 * Altering a record inside a file must be found by the claim responsible; deleting files or their tails
 * may only move verdicts towards unknown (semantics 16).
 */

import type { Evidence } from "../../lab/evidence/evidence.ts";
import { formatZxid, sessionId, type Zxid } from "../../lab/ids.ts";
import type { TxnRecord } from "../../lab/txnlog/types.ts";
import {
  ackedInside,
  change,
  endOfSession,
  FOREIGN,
  guardOf,
  isOpLine,
  neverLed,
  onEvents,
  oneOf,
  onFiles,
  onServers,
  probeAfter,
  sentLate,
  silenced,
  torn,
  withData,
  withGhost,
  without,
} from "./evidence-edits.ts";
import { op } from "./model-parts.ts";
import type { Mutation } from "./mutation.ts";
import { ORDER_MUTATIONS } from "./mutations-order.ts";
import { RECOVERY_MUTATIONS } from "./mutations-recovery.ts";
import { STATE_MUTATIONS } from "./mutations-state.ts";
import { TREE_MUTATIONS } from "./mutations-trees.ts";

export const MUTATIONS: Readonly<Record<string, Mutation>> = {
  ...ORDER_MUTATIONS,
  ...STATE_MUTATIONS,
  ...RECOVERY_MUTATIONS,
  ...TREE_MUTATIONS,
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
      evidence: sentLate(evidence, move.written, move.later),
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
