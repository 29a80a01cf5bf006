/** What a re-election cost: the vote, the servers' gap, what clients felt, what was kept (facts 3). */

import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import { turnsOf } from "../../lab/audit/re-election-turns.ts";
import type { ReElectionView } from "../../lab/audit/types.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
import type { ServerLogs, ServerMoment } from "../../lab/txnlog/types.ts";
import { C1, C2, latch, PATH } from "../builders/judged.ts";
import { RunModel } from "../builders/run-model.ts";

const END = 0xffff_fffe;

/** Two epochs; a session of each contender, of which `lost` expires after the change. */
function reElected(how: { lost?: boolean; later?: boolean; rolled?: boolean } = {}): {
  model: RunModel;
  view: ReElectionView | undefined;
} {
  const model = new RunModel().open();
  const s1 = model.connect(C1);
  const s2 = model.connect(C2);
  const token = model.elect(C1, s1, latch(0));
  model.elect(C2, s2, latch(1), true);
  model.write(C1, "c1#1:1", { session: s1, path: PATH, token });
  model.nowMs += 700;
  model.newEpoch("zk2");
  model.write(C1, "c1#1:2", { session: s1, path: PATH, token });
  model.probe();
  if (how.later === true) {
    model.nowMs += 20_000;
    model.probe();
  }
  if (how.lost === true) {
    model.close(s2, { paths: [latch(1)] });
    model.connect(C2);
  }
  model.nowMs += 100;
  model.probe();
  model.seal();
  return { model, view: audit(model.evidence()).report.reElections[0] };
}

describe("re-elections in audit.json", () => {
  it("tell what the group felt and that all sessions and ephemerals were kept", () => {
    const { view } = reElected();
    expect(view).toMatchObject({ from: 1, to: 2, cause: undefined });
    expect(view?.sessions).toEqual({ open: 2, lost: 0, opened: 0 });
    expect(view?.ephemerals).toEqual({ open: 2, lost: 0 });
    expect(view?.felt).toEqual([{ group: "naive", before: C1, after: C1, ms: 703 }]);
  });

  it("count what expired soon after, and what was opened for it", () => {
    const { view } = reElected({ lost: true });
    expect(view?.sessions).toEqual({ open: 2, lost: 1, opened: 1 });
    expect(view?.ephemerals).toEqual({ open: 2, lost: 1 });
  });

  it("do not take the blame for what expired long after", () => {
    const { view } = reElected({ lost: true, later: true });
    expect(view?.sessions).toEqual({ open: 2, lost: 0, opened: 0 });
  });

  it("are none where the run has one epoch", () => {
    const model = new RunModel().open();
    model.probe();
    expect(audit(model.seal().evidence()).report.reElections).toEqual([]);
  });

  it("name a fault on a server that was in force, and no rollover without its proof", () => {
    const { model } = reElected();
    const evidence = model.evidence();
    const at = 1_000_000;
    const armed: HistoryEvent = {
      ...{ type: "fault", at, injection: "f1", fault: "re-elect", target: "leader-server" },
      ...{ phase: "in-force", resolved: ["zk1"] },
    };
    const jump: HistoryEvent = { type: "jump", at, server: "zk1", epoch: 1, from: 12, to: END };
    const history = [...evidence.history, { line: 900, event: armed }, { line: 901, event: jump }];
    expect(audit({ ...evidence, history }).report.reElections[0]?.cause).toBe("re-elect");
    const servers = evidence.servers.map((one) =>
      one.server === "zk1" ? { ...one, rolledOver: [1] } : one,
    );
    expect(audit({ ...evidence, servers, history }).report.reElections[0]?.cause).toBe("rollover");
  });
});

describe("the turns of a re-election", () => {
  const moment = (turn: ServerMoment["turn"], atMs: number, more = {}): ServerMoment => ({
    ...{ turn, atMs },
    ...more,
  });
  const server = (name: string, moments: readonly ServerMoment[]): ServerLogs => ({
    ...{ server: name, role: "participant", files: [], snapshots: [], ledEpochs: [], moments },
    ...{ acceptedEpoch: undefined, currentEpoch: undefined, unreadable: [] },
  });
  const reign = (epoch: number, from: number): readonly ServerMoment[] => [
    moment("looking", from),
    moment("won", from + 200, { tookMs: 199 }),
    moment("established", from + 300, { epoch }),
    moment("broadcast", from + 310),
  ];

  it("run from the old leader's leaving to the new one's broadcast", () => {
    const zk1 = server("zk1", [...reign(1, 0), moment("leaving", 5_000), moment("looking", 5_100)]);
    const zk2 = server("zk2", [moment("looking", 10), ...reign(2, 5_050)]);
    expect(turnsOf([zk1, zk2], 1, 2)).toEqual({
      leaderBefore: "zk1",
      leaderAfter: "zk2",
      voteMs: 199,
      lookingToBroadcastMs: 310,
      withoutLeaderMs: 360,
    });
  });

  it("begin with the first search where the old leader left no line, or only when it woke", () => {
    const zk2 = server("zk2", [moment("looking", 10), ...reign(2, 5_050)]);
    const zk3 = server("zk3", [moment("looking", 12), moment("looking", 4_900)]);
    const killed = server("zk1", reign(1, 0));
    expect(turnsOf([killed, zk2, zk3], 1, 2).withoutLeaderMs).toBe(460);
    const paused = server("zk1", [...reign(1, 0), moment("leaving", 9_000)]);
    expect(turnsOf([paused, zk2, zk3], 1, 2).withoutLeaderMs).toBe(460);
  });

  it("are unknown where the lines are not there, never zero", () => {
    const none = { voteMs: undefined, lookingToBroadcastMs: undefined, withoutLeaderMs: undefined };
    expect(turnsOf([server("zk1", [])], 1, 2)).toMatchObject(none);
    const bare = server("zk2", [moment("established", 5_000, { epoch: 2 })]);
    expect(turnsOf([bare], 1, 2)).toMatchObject({ ...none, leaderAfter: "zk2" });
  });
});
