/** What a server's own log lines tell about the epochs that it led, in every version's wording. */

import { describe, expect, it } from "vitest";
import { makeZxid } from "../../lab/ids.ts";
import { readServerLog } from "../../lab/txnlog/server-log.ts";

const AT_MS = Date.UTC(2026, 0, 2, 10, 0, 0, 123);
const at = "2026-01-02 10:00:00,123 [myid:1] - INFO ";

describe("readServerLog", () => {
  it.each([
    {
      version: "3.4.5",
      election: "New election. My id =  1, proposed zxid=0x100000005",
      quorum: "Have quorum of supporters; starting up and setting last processed zxid: 0x200000000",
    },
    {
      version: "3.4.13",
      election: "New election. My id =  1, proposed zxid=0x100000005",
      quorum:
        "Have quorum of supporters, sids: [ 1,2 ]; starting up and setting last processed zxid: 0x200000000",
    },
    {
      version: "3.6 to 3.9",
      election: "New election. My id = 1, proposed zxid=0x100000005",
      quorum:
        "Have quorum of supporters, sids: [[1, 2],[1, 2]]; starting up and setting last processed zxid: 0x200000000",
    },
  ])("reads the lines of $version", ({ election, quorum }) => {
    const facts = readServerLog([
      `${at} [QuorumPeer[myid=1]/0.0.0.0:2181:FastLeaderElection@818] - ${election}`,
      `${at} [QuorumPeer[myid=1]/0.0.0.0:2181:Leader@371] - LEADING - LEADER ELECTION TOOK - 213`,
      `${at} [QuorumPeer[myid=1]/0.0.0.0:2181:Leader@950] - ${quorum}`,
    ]);
    expect(facts).toEqual({
      ledEpochs: [2],
      elections: [{ epoch: 2, lastZxid: makeZxid(1, 5) }],
      rolledOver: [],
      transfers: [],
      moments: [
        { turn: "won", atMs: AT_MS, tookMs: 213 },
        { turn: "established", atMs: AT_MS, epoch: 2 },
      ],
    });
  });

  it("takes LEADING alone for nothing: the server may have died before a quorum came", () => {
    expect(
      readServerLog([
        "New election. My id = 1, proposed zxid=0x5",
        "LEADING - LEADER ELECTION TOOK",
      ]).ledEpochs,
    ).toEqual([]);
  });

  it("uses the last election before the quorum, and no election twice", () => {
    const quorum = (epoch: number): string =>
      `Have quorum of supporters, sids: [1]; starting up and setting last processed zxid: 0x${epoch}00000000`;
    const facts = readServerLog([
      "New election. My id = 1, proposed zxid=0x1",
      "New election. My id = 1, proposed zxid=0x100000002",
      quorum(2),
      quorum(4),
    ]);
    expect(facts.ledEpochs).toEqual([2, 4]);
    expect(facts.elections).toEqual([{ epoch: 2, lastZxid: makeZxid(1, 2) }]);
  });

  it("gives a rollover to the epoch that was led when the counter ran out", () => {
    const facts = readServerLog([
      "Have quorum of supporters, sids: [1]; starting up and setting last processed zxid: 0x300000000",
      "ERROR - zxid lower 32 bits have rolled over, forcing re-election, and therefore new epoch start",
      "New election. My id = 1, proposed zxid=0x3fffffffe",
      "WARN - zxid lower 32 bits have rolled over, forcing re-election, said once more",
    ]);
    expect(facts.rolledOver).toEqual([3]);
  });

  it("passes over lines of any other kind, hostile ones included", () => {
    const long = `New election. My id = 1, proposed zxid=0x5${" ".repeat(100_000)}`;
    expect(readServerLog(["", "proposed zxid=0x", long, "Have quorum of supporters"])).toEqual({
      ledEpochs: [],
      elections: [],
      rolledOver: [],
      transfers: [],
      moments: [],
    });
  });

  it("tells the turns of an election by the server's own clock, and nothing without one", () => {
    const facts = readServerLog([
      `${at} [QuorumPeer[myid=1]:o.a.z.s.q.QuorumPeer] - LOOKING`,
      "2026-01-02 10:00:00,130 [x] - INFO [y] - Notification: my state:LOOKING; n.sid:1",
      "2026-01-02 10:00:00.400 [x] - INFO [y] - Peer state changed: leading - broadcast",
      "2026-01-02 10:00:01,000 [x] - INFO [y] - Shutdown called. For the reason zxid lower 32",
      "Peer state changed: leading - broadcast",
      "2026-99-02 10:00:00,400 [x] - INFO [y] - LOOKING",
    ]);
    expect(facts.moments).toEqual([
      { turn: "looking", atMs: AT_MS },
      { turn: "broadcast", atMs: AT_MS + 277 },
      { turn: "leaving", atMs: AT_MS + 877 },
    ]);
  });

  it("tells up to where a server was given a leader's tree", () => {
    const facts = readServerLog([
      `${at} [QuorumPeer[myid=1]:o.a.z.s.q.Learner] - Getting a snapshot from leader 0x400000005`,
      `${at} [QuorumPeer[myid=1]:o.a.z.s.q.Learner] - Getting a diff from the leader 0x400000009`,
    ]);
    expect(facts.transfers).toEqual([makeZxid(4, 5)]);
  });
});
