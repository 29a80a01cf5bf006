/** What holds for every set of logs, however servers crashed, lagged, forked or lost their files. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { makeZxid, type Zxid } from "../../lab/ids.ts";
import { commitHistory } from "../../lab/txnlog/history.ts";
import type { CommittedHistory, HistoryTxn, LogFile, ServerLogs } from "../../lab/txnlog/types.ts";
import { logFile, logs } from "../builders/server-logs.ts";
import { plainTxn } from "../builders/txnlog-arbitraries.ts";

/**
 * A run of an ensemble in the large: each epoch proposes `logged` transactions of which `kept` are in
 * the history that the next one begins with; each server logs what it got of them.
 */
interface Epoch {
  readonly logged: number;
  readonly kept: number;
  readonly leader: number;
  /** Per server: how many of the kept ones it logged, and whether it logged the ghosts as well. */
  readonly got: readonly { readonly part: number; readonly ghosts: boolean }[];
}
interface Ensemble {
  readonly servers: readonly ServerLogs[];
  readonly sealing: Zxid;
  /** What was committed, and what was not. */
  readonly committed: readonly Zxid[];
  readonly ghosts: readonly Zxid[];
}

const SERVERS = 3;

const ensemble: fc.Arbitrary<Ensemble> = fc
  .array(
    fc
      .record({
        logged: fc.integer({ min: 1, max: 6 }),
        lost: fc.nat(6),
        leader: fc.nat(SERVERS - 1),
        got: fc.array(fc.record({ part: fc.nat(6), ghosts: fc.boolean() }), {
          minLength: SERVERS,
          maxLength: SERVERS,
        }),
      })
      .map(({ lost, ...rest }): Epoch => ({ ...rest, kept: Math.max(0, rest.logged - lost) })),
    { minLength: 1, maxLength: 4 },
  )
  .map(play);

/** Turns the story into logs: the leader of the next epoch holds all that is kept, no ghost. */
function play(epochs: readonly Epoch[]): Ensemble {
  const files: LogFile[][] = Array.from({ length: SERVERS }, () => []);
  const elections = Array.from({ length: SERVERS }, (): { epoch: number; lastZxid: Zxid }[] => []);
  const committed: Zxid[] = [];
  const ghosts: Zxid[] = [];
  let held = makeZxid(0, 0);
  for (const [i, { logged, kept, leader, got }] of epochs.entries()) {
    const epoch = i + 1;
    elections[leader]?.push({ epoch, lastZxid: held });
    const last = i === epochs.length - 1;
    const end = last ? logged : kept;
    const heir = epochs[i + 1]?.leader;
    for (const [server, { part, ghosts: tail }] of got.entries()) {
      const whole = server === heir || last || (server === leader && tail);
      const from = whole ? end : Math.min(part, end);
      const to = tail && server !== heir && server === leader ? logged : from;
      const records = Array.from({ length: to }, (_, n) => plainTxn(epoch, n + 1));
      if (records.length > 0) files[server]?.push(logFile(`s${server}`, records));
    }
    for (let n = 1; n <= logged; n += 1) (n <= end ? committed : ghosts).push(makeZxid(epoch, n));
    if (end > 0) held = makeZxid(epoch, end);
  }
  const servers = files.map((of, i): ServerLogs => {
    const won = elections[i] ?? [];
    return {
      ...logs(`s${i}`),
      files: of,
      ledEpochs: won.map((e) => e.epoch),
      elections: won,
    };
  });
  return { servers, sealing: held, committed, ghosts };
}

describe("commitHistory", () => {
  it("finds what was committed, and calls nothing committed that was not", () => {
    fc.assert(
      fc.property(ensemble, ({ servers, sealing, committed, ghosts }) => {
        const history = commitHistory(servers, { sealing });
        const on = logged(servers);
        expect(zxids(history.committed)).toEqual(committed.filter((z) => on.has(z)));
        expect(zxids(history.ghosts)).toEqual(ghosts.filter((z) => on.has(z)));
        expect(history.undecided).toEqual([]);
      }),
    );
  });

  it("does not depend on the order of servers", () => {
    fc.assert(
      fc.property(ensemble, fc.array(fc.nat(5)), ({ servers, sealing }, picks) => {
        const mixed = shuffled(servers, picks);
        expect(commitHistory(mixed, { sealing })).toEqual(commitHistory(servers, { sealing }));
      }),
    );
  });

  it("does not change a commit when a lagging server's logs are added", () => {
    fc.assert(
      fc.property(ensemble, fc.nat(20), fc.boolean(), ({ servers, sealing }, lag, observer) => {
        const [whole] = servers;
        const copy = (whole?.files ?? []).flatMap((file) => file.records).slice(0, lag);
        const file = logFile("late", copy);
        const late = { ...logs("late", { observer }), files: [file] };
        const before = commitHistory(servers, { sealing });
        const after = commitHistory([...servers, late], { sealing });
        for (const part of ["committed", "undecided", "ghosts"] as const) {
          expect(zxids(after[part])).toEqual(zxids(before[part]));
        }
      }),
    );
  });

  it("moves only towards undecided when evidence is deleted", () => {
    const deletion = fc.record({
      server: fc.nat(SERVERS - 1),
      what: fc.nat(9),
      lines: fc.boolean(),
    });
    fc.assert(
      fc.property(
        ensemble,
        fc.array(deletion, { minLength: 1, maxLength: 4 }),
        (story, deletions) => {
          const { servers, committed, ghosts } = story;
          const left = deletions.reduce(remove, servers);
          const sealing = story.sealing;
          const history = commitHistory(left, { sealing, participants: SERVERS });
          const was = new Set(committed);
          const wasNot = new Set(ghosts);
          expect(zxids(history.committed).filter((z) => wasNot.has(z))).toEqual([]);
          expect(zxids(history.ghosts).filter((z) => was.has(z))).toEqual([]);
        },
      ),
    );
  });

  it("puts every logged transaction of the run into exactly one part", () => {
    fc.assert(
      fc.property(ensemble, fc.boolean(), ({ servers, sealing }, sealed) => {
        const history = commitHistory(servers, sealed ? { sealing } : {});
        const all = [...history.committed, ...history.undecided, ...history.ghosts];
        const expected = [...logged(servers)].filter((z) => !sealed || z <= sealing);
        expect(zxids(all).toSorted()).toEqual(expected.toSorted());
        expect(isAscending(history)).toBe(true);
      }),
    );
  });
});

/** One deletion: a server's log lines, or one of its files, or all of them. */
function remove(
  servers: readonly ServerLogs[],
  { server, what, lines }: { server: number; what: number; lines: boolean },
): readonly ServerLogs[] {
  return servers.map((each, i) => {
    if (i !== server) return each;
    if (lines) return { ...each, ledEpochs: [], elections: [] };
    return { ...each, files: what === 9 ? [] : each.files.filter((_, n) => n !== what) };
  });
}

function logged(servers: readonly ServerLogs[]): Set<Zxid> {
  return new Set(servers.flatMap((s) => s.files.flatMap((f) => f.records.map((r) => r.zxid))));
}

function zxids(txns: readonly HistoryTxn[]): readonly Zxid[] {
  return txns.map(({ record }) => record.zxid);
}

function isAscending(history: CommittedHistory): boolean {
  const all = zxids(history.committed);
  return all.every((z, i) => i === 0 || (all[i - 1] ?? z) < z);
}

function shuffled<T>(values: readonly T[], picks: readonly number[]): readonly T[] {
  const rest = [...values];
  const result: T[] = [];
  for (const pick of picks) result.push(...rest.splice(pick % Math.max(rest.length, 1), 1));
  return [...result, ...rest];
}
