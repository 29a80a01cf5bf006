/** One test for each rule of semantics 2, 15, 16, 18, 22 and 23, with the counterexample behind it. */

import { describe, expect, it } from "vitest";
import type { Zxid } from "../../lab/ids.ts";
import { commitHistory, type HistoryOptions } from "../../lab/txnlog/history.ts";
import type { CommittedHistory, HistoryTxn, ServerLogs } from "../../lab/txnlog/types.ts";
import { at1, logFile, logs, shown } from "../builders/server-logs.ts";
import { plainTxn } from "../builders/txnlog-arbitraries.ts";

describe("commitHistory: where an epoch ends", () => {
  it("takes the next leader's own word, on however few disks the rest may stand", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-5"] }),
      logs("B", { log: ["1:1-4 2:1"], led: { 2: "1:4" } }),
      logs("C", { log: ["1:1-3 2:1"] }),
    ]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3", "1:4"]);
    expect(zxids(history.ghosts)).toEqual(["1:5"]);
    expect(history.epochs[0]?.decidedBy).toBe(
      "B's own log: elected to lead epoch 2 with 0x100000004",
    );
  });

  it("(a) takes no lone election snapshot for a proof: A was voted leader with ghost 1:5 and died", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-5"], snapshots: ["1:5"], acceptedEpoch: 2, epoch: 1 }),
      logs("B", { log: ["1:1-4 2:1"], led: { 2: "1:4" }, snapshots: ["1:4"], epoch: 2 }),
      logs("C", { log: ["1:1-4 2:1"], epoch: 2 }),
    ]);
    expect(zxids(history.ghosts)).toEqual(["1:5"]);
  });

  it("(a) leaves it undecided where nobody knows who led the next epoch", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-5"], snapshots: ["1:5"] }),
      logs("B", { log: ["1:1-4 2:1"], snapshots: ["1:4"] }),
      logs("C", { log: ["1:1-4 2:1"] }),
    ]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3", "1:4"]);
    expect(zxids(history.undecided)).toEqual(["1:5", "2:1"]);
    expect(history.epochs[0]?.decidedBy).toContain("every participant holds 0x100000004");
  });

  it("uses the election snapshot of the server known to have led the next epoch", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-5"] }),
      logs("B", { log: ["1:1-4 2:1"], led: { 2: undefined }, snapshots: ["1:4"] }),
      logs("C", { log: ["1:1-2 2:1"] }),
    ]);
    expect(zxids(history.ghosts)).toEqual(["1:5"]);
    expect(history.epochs[0]?.decidedBy).toContain("election snapshot 0x100000004 of B");
  });

  it("(d) 3.4.6 to 3.4.14 take no election snapshot: an older one is no cut", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-5"] }),
      logs("B", { log: ["1:1-4 2:1"], led: { 2: undefined }, snapshots: ["1:2"] }),
      logs("C", { log: ["1:1-2 2:1"] }),
    ]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3", "1:4"]);
    expect(zxids(history.undecided)).toContain("1:5");
  });

  it("trusts no snapshot where an epoch was skipped: B may have been overruled in between", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3 3:1"] }),
      logs("B", { log: ["1:1-4 3:1"], led: { 3: undefined }, snapshots: ["1:4"] }),
      logs("C", { log: ["1:1-3 3:1"] }),
    ]);
    expect(zxids(history.committed)).toEqual([]);
    expect(zxids(history.undecided)).toHaveLength(5);
  });

  it("does not take a deleted log file of the leader for the end of the epoch", () => {
    const whole = logs("B", {
      log: ["1:1-4", "1:5-9 2:1"],
      led: { 2: undefined },
      snapshots: ["1:4", "1:9"],
    });
    const cut = {
      ...whole,
      files: whole.files.slice(0, 1),
      snapshots: whole.snapshots.slice(0, 1),
    };
    const rest = [logs("A", { log: ["1:1-9 2:1"] }), logs("C", { log: ["1:1-9 2:1"] })];
    expect(zxids(commitHistory([whole, ...rest]).ghosts)).toEqual([]);
    expect(zxids(commitHistory([cut, ...rest]).ghosts)).toEqual([]);
    expect(zxids(commitHistory([cut, ...rest]).undecided)).toContain("1:9");
  });

  it("(b) counts no observer: committed is what 2 of 3 participants have, though 5 servers log", () => {
    const settled = { epoch: 1 };
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], ...settled }),
      logs("B", { log: ["1:1-3"], ...settled }),
      logs("C", { log: ["1:1-2"], ...settled }),
      logs("O1", { observer: true }),
      logs("O2", { observer: true }),
    ]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3"]);
  });

  it("(b) takes an observer's copy for a proof, though no participant is left to vote for it", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], epoch: 1 }),
      logs("B", { log: ["1:1-2"], epoch: 1 }),
      logs("C", { epoch: 1 }),
      logs("O", { log: ["1:1-3"], observer: true, epoch: 1 }),
    ]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3"]);
    expect(history.epochs[0]?.decidedBy).toBe("observer O was told to commit 0x100000003");
  });

  it("takes no observer's copy where a later epoch was tried: it may stem from a sync phase", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], acceptedEpoch: 2, epoch: 1 }),
      logs("B", { log: ["1:1-2"], epoch: 1 }),
      logs("C", { epoch: 1 }),
      logs("O", { log: ["1:1-3"], observer: true, epoch: 1 }),
    ]);
    expect(zxids(history.undecided)).toEqual(["1:1", "1:2", "1:3"]);
  });

  it("(c) a wiped copy makes a committed write undecided, never a ghost", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], epoch: 1 }),
      logs("B", { epoch: 1 }),
      logs("C", { snapshots: ["1:2"], epoch: 1 }),
    ]);
    expect(zxids(history.ghosts)).toEqual([]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2"]);
    expect(zxids(history.undecided)).toEqual(["1:3"]);
  });

  it.each([
    { name: "a participant accepted a later epoch", c: { acceptedEpoch: 2, epoch: 1 } },
    { name: "a participant is of an earlier epoch", c: { epoch: 0 } },
    { name: "a participant's epoch files are missing", c: {} },
  ])("counts no disks where $name", ({ c }) => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], epoch: 1 }),
      logs("B", { log: ["1:1-3"], epoch: 1 }),
      logs("C", { log: ["1:1"], ...c }),
    ]);
    expect(zxids(history.committed)).toEqual([]);
    expect(zxids(history.undecided)).toEqual(["1:1", "1:2", "1:3"]);
  });

  it("counts no disks where a participant's logs are missing altogether", () => {
    const servers = [
      logs("A", { log: ["1:1-3"], epoch: 1 }),
      logs("B", { log: ["1:1-3"], epoch: 1 }),
    ];
    expect(zxids(commitHistory(servers).committed)).toHaveLength(3);
    expect(zxids(commitHistory(servers, { participants: 3 }).committed)).toEqual([]);
  });

  it("counts no disks after a reconfig, for membership then depends on the zxid", () => {
    const reconfig = logFile("A", [{ zxid: at1("1:1"), type: "reconfig" }, plainTxn(1, 2)]);
    const history = commitHistory([{ ...logs("A", { epoch: 1 }), files: [reconfig] }]);
    expect(zxids(history.undecided)).toEqual(["1:1", "1:2"]);
  });

  it("counts no disks in an epoch that another followed", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], epoch: 3 }),
      logs("B", { log: ["1:1-3"], epoch: 3 }),
      logs("C", { log: ["1:1-2", "3:1"], epoch: 3 }),
    ]);
    expect(zxids(history.undecided)).toEqual(["1:1", "1:2", "1:3", "3:1"]);
  });

  it("(f) takes one logged transaction for a proof of its epoch, and a skipped number for none", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], acceptedEpoch: 2, epoch: 2, led: {} }),
      logs("B", { log: ["1:1-2 4:1"], led: { 4: "1:2" } }),
      logs("C", { log: ["1:1-2"], acceptedEpoch: 3, epoch: 1 }),
    ]);
    expect(history.epochs.map((cut) => cut.epoch)).toEqual([1, 4]);
    expect(zxids(history.ghosts)).toEqual(["1:3"]);
  });

  it("follows a leader back through an epoch that it led without a transaction", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"] }),
      logs("B", { log: ["1:1-2 3:1"], led: { 2: "1:2", 3: "2:0" } }),
      logs("C", { log: ["1:1-2 3:1"] }),
    ]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2"]);
    expect(zxids(history.ghosts)).toEqual(["1:3"]);
  });

  it("calls a whole epoch ghosts where the next began without any of it", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-2 2:1-2"] }),
      logs("B", { log: ["1:1-2 3:1"], led: { 3: "1:2" } }),
      logs("C", { log: ["1:1-2 3:1"] }),
    ]);
    expect(zxids(history.ghosts)).toEqual(["2:1", "2:2"]);
  });

  it("says so where two servers' logs disagree, and leaves the difference undecided", () => {
    const history = commitHistory([
      logs("A", { log: ["1:1-3"], led: { 2: "1:3" } }),
      logs("B", { log: ["1:1-2 2:1"], led: { 2: "1:2" } }),
    ]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2"]);
    expect(zxids(history.undecided)).toContain("1:3");
    expect(history.problems.join()).toContain("epoch 1: servers' own logs disagree");
  });

  it("leaves the last epoch undecided where no witness speaks", () => {
    const history = commitHistory([logs("A", { log: ["1:1-2"] })]);
    expect(zxids(history.undecided)).toEqual(["1:1", "1:2"]);
    expect(history.epochs[0]?.decidedBy).toContain("nothing tells whether a quorum had it");
  });

  it("never lets an empty history throw", () => {
    expect(commitHistory([])).toMatchObject({ committed: [], epochs: [], problems: [] });
  });
});

describe("commitHistory: the run's ends", () => {
  it("commits all of the sealing write's epoch below it, and leaves out what was logged after", () => {
    const history = commitHistory(
      [logs("A", { log: ["1:1-9", "2:1"] }), logs("B", { log: ["1:1-3"] }), logs("C")],
      { sealing: at1("1:5") },
    );
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3", "1:4", "1:5"]);
    expect([...history.undecided, ...history.ghosts]).toEqual([]);
    expect(history.problems).toEqual([]);
  });

  it("says so where the sealing write is on no log, and shows what is missing up to it", () => {
    const history = commitHistory([logs("A", { log: ["1:1-3"] })], { sealing: at1("1:5") });
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3"]);
    expect(history.problems).toEqual([
      "the sealing write 0x100000005 is not in the committed history of any server's log",
    ]);
    expect(gaps(history)).toEqual(["1:4-1:5"]);
  });

  it("says so where the opening write was not committed", () => {
    const history = commitHistory(
      [logs("A", { log: ["1:1-3"] }), logs("B", { log: ["1:1-2 2:1"], led: { 2: "1:2" } })],
      { opening: at1("1:3"), sealing: at1("2:1") },
    );
    expect(history.problems.join()).toContain("the opening write 0x100000003");
  });
});

describe("commitHistory: what is missing", () => {
  const sealed = (servers: readonly ServerLogs[], options: HistoryOptions = {}): CommittedHistory =>
    commitHistory(servers, { sealing: at1("1:6"), ...options });

  it("finds a counter that no server logged, once for each stretch", () => {
    const history = sealed([logs("A", { log: ["1:1-2 1:5-6"] }), logs("B", { log: ["1:1 1:6"] })]);
    expect(gaps(history)).toEqual(["1:3-1:4"]);
  });

  it("lets the first epoch begin at the log's start, but not after the opening write", () => {
    const servers = [logs("A", { log: ["1:4-6"] })];
    expect(gaps(sealed(servers))).toEqual([]);
    expect(gaps(sealed(servers, { opening: at1("1:2") }))).toEqual(["1:2-1:3"]);
    expect(gaps(sealed(servers, { opening: at1("0:7") }))).toEqual(["1:1-1:3"]);
  });

  it("wants every later epoch from its first counter on", () => {
    const servers = [logs("A", { log: ["1:3-4 2:2-3"], led: { 2: "1:4" } })];
    expect(gaps(commitHistory(servers, { sealing: at1("2:3") }))).toEqual(["2:1-2:1"]);
  });

  it("excuses a journalled jump, and nothing beside it", () => {
    const last = 0xffff_fffe;
    const servers = [
      logs("A", { log: [`1:1-3 1:${last - 1}-${last} 2:1`], led: { 2: `1:${last}` } }),
    ];
    const jump = { epoch: 1, from: 3, to: last - 2 };
    const sealing = at1("2:1");
    expect(gaps(commitHistory(servers, { sealing, jumps: [jump] }))).toEqual([]);
    expect(gaps(commitHistory(servers, { sealing, jumps: [{ ...jump, from: 4 }] }))).toEqual([
      "1:4-1:4",
    ]);
    expect(gaps(commitHistory(servers, { sealing }))).toHaveLength(1);
  });

  it("finds no gap above a cut: ghosts prove nothing", () => {
    const servers = [
      logs("A", { log: ["1:1-2 1:5"] }),
      logs("B", { log: ["1:1-2 2:1"], led: { 2: "1:2" } }),
    ];
    expect(gaps(commitHistory(servers, { sealing: at1("2:1") }))).toEqual([]);
  });

  it("finds a hole inside what a server's files cover, and none outside", () => {
    const history = sealed([
      logs("A", { log: ["1:1-6"] }),
      logs("B", { log: ["1:2-3 1:5"] }),
      logs("C", { log: ["1:1-2", "1:5-6"] }),
      logs("D"),
    ]);
    expect(history.holes).toEqual([{ server: "B", zxid: at1("1:4") }]);
  });

  it("keeps identical repeats and records out of order as 3.8.0 writes them, by zxid", () => {
    const history = sealed([logs("A", { log: ["1:1-4 1:3-4 1:6 1:5"] })]);
    expect(zxids(history.committed)).toEqual(["1:1", "1:2", "1:3", "1:4", "1:5", "1:6"]);
    expect(history.duplicates.map(({ server, zxid }) => `${server} ${shown(zxid)}`)).toEqual([
      "A 1:3",
      "A 1:4",
    ]);
    expect([...history.holes, ...history.conflicts]).toEqual([]);
  });

  it("orders files by what they hold, not by name: log.100 is listed before log.2", () => {
    const servers = [logs("A", { log: ["16:1-3", "2:1-3"] })];
    const history = commitHistory(servers, { standalone: true });
    expect(zxids(history.committed)).toEqual(["2:1", "2:2", "2:3"]);
    expect(zxids(history.undecided)).toEqual(["16:1", "16:2", "16:3"]);
  });
});

describe("commitHistory: one zxid, two records", () => {
  const other = { ...plainTxn(1, 2), cxid: 99 };
  const withOther = {
    ...logs("B"),
    files: [logFile("B", [plainTxn(1, 1), other, plainTxn(1, 3)])],
  };

  it("reports a conflict and goes on with the record of the most servers", () => {
    const history = commitHistory(
      [
        { ...withOther, server: "A" },
        { ...withOther, server: "B" },
        logs("C", { log: ["1:1-3"] }),
        logs("D", { log: ["1:1-3"] }),
        logs("E", { log: ["1:1-3"] }),
      ],
      { sealing: at1("1:3") },
    );
    expect(history.conflicts.map((c) => [shown(c.zxid), c.records.length])).toEqual([["1:2", 2]]);
    expect(history.committed[1]).toMatchObject({ record: { cxid: 2 }, servers: ["C", "D", "E"] });
    expect(history.holes).toEqual([]);
  });

  it("takes no digest for a difference: 3.5 logs none, and 3.6+ none for a failed request", () => {
    const digested = { ...plainTxn(1, 1), digest: 7n };
    const history = commitHistory(
      [logs("A", { log: ["1:1"] }), { ...logs("B"), files: [logFile("B", [digested])] }],
      { sealing: at1("1:1") },
    );
    expect(history.conflicts).toEqual([]);
    expect(history.committed[0]?.servers).toEqual(["A", "B"]);
  });

  it("leaves ghosts out: two dead leaders may have used the same number", () => {
    const history = commitHistory(
      [
        withOther,
        logs("A", { log: ["1:1-3"] }),
        logs("C", { log: ["1:1 2:1"], led: { 2: "1:1" } }),
      ],
      { sealing: at1("2:1") },
    );
    expect(zxids(history.ghosts)).toEqual(["1:2", "1:3"]);
    expect(history.conflicts).toEqual([]);
  });
});

describe("commitHistory: one server without an ensemble", () => {
  it("commits what a later start replayed, and leaves the last file undecided", () => {
    const history = commitHistory([logs("A", { log: ["0:1-3", "0:4-5"] })], { standalone: true });
    expect(zxids(history.committed)).toEqual(["0:1", "0:2", "0:3"]);
    expect(zxids(history.undecided)).toEqual(["0:4", "0:5"]);
  });

  it("commits all that the sealing write follows, and knows no epochs: the counter runs on", () => {
    const history = commitHistory([logs("A", { log: ["0:4294967294-4294967295 1:0-2"] })], {
      standalone: true,
      sealing: at1("1:1"),
    });
    expect(zxids(history.committed)).toEqual(["0:4294967294", "0:4294967295", "1:0", "1:1"]);
    expect([history.epochs.length, gaps(history)]).toEqual([1, []]);
  });
});

describe("commitHistory: problems", () => {
  const torn = (server: string, ranges: string): ServerLogs => {
    const whole = logs(server, { log: [ranges] });
    const tail = {
      kind: "torn",
      offset: 9,
      reason: "the file ends 3 bytes into a record",
    } as const;
    return { ...whole, files: whole.files.map((file) => ({ ...file, tail })) };
  };

  it("names a torn tail where it may have cut something off", () => {
    expect(commitHistory([torn("A", "1:1-3")]).problems).toEqual([
      "A: log.100000001 is torn at byte 9: the file ends 3 bytes into a record",
    ]);
  });

  it("is silent about a tear that its server left behind, and about one after the run", () => {
    const later = logs("A", { log: ["1:4-5"] });
    const [server] = [torn("A", "1:1-3")];
    const both = { ...later, files: [...(server?.files ?? []), ...later.files] };
    expect(commitHistory([both], { sealing: at1("1:5") }).problems).toEqual([]);
    expect(commitHistory([torn("A", "1:1-3")], { sealing: at1("1:2") }).problems).toHaveLength(0);
  });

  it("always names a corrupt file that may hold part of the run", () => {
    const later = logs("A", { log: ["1:1-3", "1:4-5"] });
    const tail = { kind: "corrupt", offset: 9, reason: "checksum mismatch" } as const;
    const files = later.files.map((file, i) => (i === 0 ? { ...file, tail } : file));
    expect(commitHistory([{ ...later, files }], { sealing: at1("1:5") }).problems).toEqual([
      "A: log.100000001 is corrupt at byte 9: checksum mismatch",
    ]);
  });

  it("names unreadable logs always, unreadable snapshots only where the log's start needs one", () => {
    const unreadable = [
      { file: "log.1", reason: "no transaction log" },
      { file: "snapshot.1", reason: "checksum mismatch" },
    ];
    const sealing = at1("1:3");
    const from1 = commitHistory([logs("A", { log: ["1:1-3"], unreadable })], { sealing });
    const from2 = commitHistory([logs("A", { log: ["1:2-3"], unreadable })], { sealing });
    expect([from1.problems.length, from2.problems.length]).toEqual([1, 2]);
  });
});

function zxids(txns: readonly HistoryTxn[]): readonly string[] {
  return txns.map(({ record }) => shown(record.zxid));
}

function gaps(history: CommittedHistory): readonly string[] {
  const text = (zxid: Zxid): string => shown(zxid);
  return history.gaps.map(({ from, to }) => `${text(from)}-${text(to)}`);
}
