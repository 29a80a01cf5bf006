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
} from "./evidence-edits.ts";
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
    const written = oneOf(ackedInside(evidence), pick);
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
};

function withoutProbe(evidence: Evidence, zxid: TxnRecord["zxid"]): Evidence {
  const history = evidence.history.filter(
    ({ event }) => event.type !== "probe" || event.zxid !== formatZxid(zxid),
  );
  return { ...evidence, history };
}
