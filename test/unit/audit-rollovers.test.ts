/** What shows a forced rollover, and a state transfer (semantics 13, 16, 19, 20). */

import { describe, expect, it } from "vitest";
import { unprovenRollovers } from "../../lab/audit/rollovers.ts";
import { readTransfers } from "../../lab/audit/state-transfer.ts";
import type { HistoryLine } from "../../lab/evidence/history.ts";
import { makeZxid, nanos, type Zxid } from "../../lab/ids.ts";
import type { EpochCut, LogFile, ServerLogs } from "../../lab/txnlog/types.ts";

const END = 0xffff_fffe;

function cut(epoch: number, first: number, last: number): EpochCut {
  const [from, to] = [makeZxid(epoch, first), makeZxid(epoch, last)];
  return { epoch, first: from, last: to, lower: to, upper: to, decidedBy: "the test" };
}

function server(facts: Partial<ServerLogs>): ServerLogs {
  return {
    ...{ server: "zk1", role: "participant", files: [], snapshots: [], ledEpochs: [] },
    ...{ acceptedEpoch: undefined, currentEpoch: undefined, unreadable: [] },
    ...facts,
  } as ServerLogs;
}

function doubts(
  jump: { epoch: number; from: number; to: number },
  epochs: readonly EpochCut[],
  rolledOver: readonly number[] = [jump.epoch],
): readonly string[] {
  const event = { type: "jump" as const, at: nanos(0), server: "zk1", ...jump };
  const lines: HistoryLine[] = [{ line: 1, event }];
  const window = { opening: makeZxid(2, 1), sealing: makeZxid(9, 9) };
  return [
    ...unprovenRollovers({ lines, servers: [server({ rolledOver })], history: { epochs }, window }),
  ];
}

describe("a forced rollover", () => {
  const jump = { epoch: 2, from: 40, to: END - 15 };

  it("is shown by the server's line, the end of its epoch and the next one's first", () => {
    expect(doubts(jump, [cut(2, 1, END), cut(3, 1, 7)])).toEqual([]);
    // The next established epoch may skip numbers.
    expect(doubts(jump, [cut(2, 1, END), cut(5, 1, 7)])).toEqual([]);
  });

  it("to the very end leaves no transaction of its own", () => {
    const toEnd = { ...jump, to: END };
    expect(doubts(toEnd, [cut(2, 1, 40), cut(3, 1, 7)])).toEqual([]);
    expect(doubts(toEnd, [cut(2, 1, 39), cut(3, 1, 7)])).toEqual([]);
    expect(doubts(toEnd, [cut(2, 1, 41), cut(3, 1, 7)])).toHaveLength(1);
  });

  it.each([
    ["the epoch ended early", [cut(2, 1, END - 3), cut(3, 1, 7)], [2], /ended at 0x2fffffffb, and/],
    ["an election came before it", [cut(2, 1, 40), cut(3, 1, 7)], [2], /ended at 0x200000028/],
    ["no server said so", [cut(2, 1, END), cut(3, 1, 7)], [1, 3], /no server's own log/],
    ["no epoch followed", [cut(2, 1, END)], [2], /no epoch was established/],
    ["the next began later", [cut(2, 1, END), cut(3, 2, 7)], [2], /began at 0x300000002/],
    ["nothing was logged of it", [cut(3, 1, 7)], [2], /no server logged anything/],
  ] as const)("is in doubt where %s", (_, epochs, rolledOver, why) => {
    const found = doubts(jump, epochs, rolledOver);
    expect(found).toHaveLength(1);
    expect(found[0]).toMatch(why);
    expect(found[0]).toMatch(/^the rollover of epoch 2 forced on zk1: /);
  });

  it("of an earlier run on a kept ensemble is that run's to judge", () => {
    expect(doubts({ ...jump, epoch: 1 }, [cut(2, 1, 7)])).toEqual([]);
  });
});

describe("a state transfer", () => {
  const z = (epoch: number, counter: number): Zxid => makeZxid(epoch, counter);
  const logged = (...zxids: readonly Zxid[]): readonly LogFile[] =>
    [{ records: zxids.map((zxid) => ({ zxid })) }] as unknown as readonly LogFile[];
  const given = server({
    files: logged(z(3, 5), z(4, 10)),
    snapshots: [{ zxid: z(2, 1) }, { zxid: z(4, 9) }] as unknown as ServerLogs["snapshots"],
    transfers: [z(4, 5)],
  });

  it("explains what lies between the log before it and the snapshot after it", () => {
    const isTransferred = readTransfers([given]);
    for (const zxid of [z(3, 6), z(4, 1), z(4, 9)]) expect(isTransferred("zk1", zxid)).toBe(true);
    for (const zxid of [z(3, 4), z(3, 5), z(4, 10), z(4, 11)]) {
      expect(isTransferred("zk1", zxid)).toBe(false);
    }
    expect(isTransferred("zk2", z(4, 1))).toBe(false);
  });

  it("explains nothing without the server's line, or without the snapshot", () => {
    const { transfers: _, ...unsaid } = given;
    expect(readTransfers([unsaid])("zk1", z(4, 1))).toBe(false);
    expect(readTransfers([{ ...given, snapshots: [] }])("zk1", z(4, 1))).toBe(false);
  });
});
