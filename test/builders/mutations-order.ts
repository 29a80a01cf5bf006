/** Mutations of how often and in which order: duplicates, real time, FIFO, zxids. */

import type { Evidence } from "../../lab/evidence/evidence.ts";
import { formatZxid } from "../../lab/ids.ts";
import type { TxnRecord } from "../../lab/txnlog/types.ts";
import {
  ackedInside,
  change,
  isOpLine,
  onEvents,
  oneOf,
  onServers,
  probeInSameTerm,
  sealed,
} from "./evidence-edits.ts";
import { op } from "./model-parts.ts";
import type { Mutation } from "./mutation.ts";

export const ORDER_MUTATIONS: Readonly<Record<string, Mutation>> = {
  "a write committed a second time where a probe stood": (evidence, pick) => {
    const twice = ackedInside(evidence).flatMap((written) => {
      const probe = probeInSameTerm(evidence, written);
      return probe === undefined ? [] : [{ written, probe }];
    });
    const one = oneOf(twice, pick);
    if (one === undefined) return undefined;
    const again = (record: TxnRecord): TxnRecord => ({
      ...one.written.record,
      zxid: record.zxid,
      source: record.source,
    });
    const repeated = onServers(
      withoutProbe(evidence, one.probe),
      undefined,
      change(one.probe, again),
    );
    return { evidence: repeated, violations: ["duplicate-write"] };
  },
  "a write told as invoked after a later one was acknowledged": (evidence, pick) => {
    // Behind the last expiry: told so late, a session would seem to have been used until its end.
    const records = evidence.servers[0]?.files.flatMap((file) => file.records) ?? [];
    const expiry = records.findLast(({ type, cxid }) => type === "closeSession" && cxid === 0);
    const written = oneOf(
      ackedInside(evidence).filter(({ zxid }) => zxid > (expiry?.zxid ?? 0n)),
      pick,
    );
    if (written === undefined) return undefined;
    const end = evidence.history.at(-1)?.event.at ?? 0;
    // As if it had been sent at the very end: its invocation alone is moved in time.
    const late = onEvents(evidence, (event) =>
      isOpLine(event, written) ? { ...event, at: end + 1 } : event,
    );
    return { evidence: late, violations: ["order-violation"] };
  },
  "two writes of one connection committed in the other order": (evidence, pick) => {
    const written = ackedInside(evidence);
    const pairs = written.flatMap((first) => {
      const second = written.find(
        (each) => each.record.session === first.record.session && each.zxid > first.zxid,
      );
      return second === undefined ? [] : [{ first, second }];
    });
    const pair = oneOf(pairs, pick);
    if (pair === undefined) return undefined;
    const { first, second } = pair;
    const cxids = new Map([
      [first.zxid, second.record.cxid],
      [second.zxid, first.record.cxid],
    ]);
    const renumber = (record: TxnRecord): TxnRecord => ({
      ...record,
      cxid: cxids.get(record.zxid) ?? record.cxid,
    });
    const turned = onServers(evidence, undefined, (records) =>
      change(first.zxid, renumber)(change(second.zxid, renumber)(records)),
    );
    return { evidence: turned, violations: ["fifo-violation"] };
  },
  "a record that one server logged twice": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const twice = onServers(evidence, ["zk2"], (records) =>
      records.flatMap((record) => (record.zxid === written.zxid ? [record, record] : [record])),
    );
    return { evidence: twice, violations: [], also: ["log-duplicate"], verdict: "holds" };
  },
  "two records of one server's file in the other order": (evidence, pick) => {
    const written = oneOf(ackedInside(evidence), pick);
    if (written === undefined) return undefined;
    const turned = onServers(evidence, ["zk2"], (records) => {
      const at = records.findIndex((record) => record.zxid === written.zxid);
      const [one, next] = records.slice(at, at + 2);
      if (at < 0 || one === undefined || next === undefined) return records;
      return [...records.slice(0, at), next, one, ...records.slice(at + 2)];
    });
    return { evidence: turned, violations: ["zxid-regressed"] };
  },
  "a record of an epoch logged behind the next epoch's first": (evidence) => {
    const [before, after] = evidence.servers.find((each) => each.server === "zk3")?.files ?? [];
    const moved = before?.records.at(-2);
    if (moved === undefined || after === undefined || after.records.length < 2) return undefined;
    const late = onServers(evidence, ["zk3"], (records) => {
      const without = records.filter((record) => record.zxid !== moved.zxid);
      const [first, ...rest] = without;
      return first?.zxid === after.records[0]?.zxid && first !== undefined
        ? [first, moved, ...rest]
        : without;
    });
    return { evidence: late, violations: ["epoch-regressed"] };
  },
  "a counter of zero at the beginning of an epoch": (evidence) => {
    const begun = evidence.servers[0]?.files[1]?.records[0];
    const lab = evidence.servers[0]?.files[0]?.records[0]?.session;
    if (begun === undefined || lab === undefined) return undefined;
    const zxid = (begun.zxid - 1n) as TxnRecord["zxid"];
    const ops = [op.set("/run", "carried")];
    const carried = { ...begun, zxid, session: lab, type: "setData" as const, ops, cxid: 99_999 };
    const added = onServers(evidence, undefined, (records) =>
      records[0]?.zxid === begun.zxid
        ? [sealed({ ...carried, source: records[0].source }), ...records]
        : records,
    );
    return { evidence: added, violations: ["zxid-carried"] };
  },
};

function withoutProbe(evidence: Evidence, zxid: TxnRecord["zxid"]): Evidence {
  const history = evidence.history.filter(
    ({ event }) => event.type !== "probe" || event.zxid !== formatZxid(zxid),
  );
  return { ...evidence, history };
}
