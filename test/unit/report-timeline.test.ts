import { describe, expect, it } from "vitest";
import type { Finding, TermView, WriteView } from "../../lab/audit/types.ts";
import { historyEventSchema } from "../../lab/evidence/history.ts";
import { runInfoSchema } from "../../lab/evidence/run-info.ts";
import { spread, subtract } from "../../lab/report/timeline/spans.ts";
import { termSpans } from "../../lab/report/timeline/terms.ts";
import { decisions, withStaleTerms, writeMarks } from "../../lab/report/timeline/writes.ts";
import { buildTimeline, TIMELINE_LIMITS } from "../../lab/report/timeline.ts";
import { sampleRun } from "../builders/sample-run.ts";

describe("the sample run", () => {
  it("is one that the lab could have written", () => {
    const { evidence } = sampleRun({ writeEveryMs: 500 });
    expect(runInfoSchema.parse(evidence.run)).toEqual(evidence.run);
    for (const { event } of evidence.history) {
      expect(historyEventSchema.parse(event)).toEqual(event);
    }
  });
});

describe("buildTimeline", () => {
  const { evidence, result } = sampleRun({ writeEveryMs: 1_000 });
  const timeline = buildTimeline(evidence, result);
  const c1 = timeline.groups[0]?.contenders[0];
  const lostBy = result.report.terms.find(({ id }) => id === "naive:1")?.to?.replace("/0", "");

  it("puts belief above truth and finds the lie between them", () => {
    expect({ ...c1, alive: [], held: [], writes: [] }).toEqual({
      contender: "naive/c1",
      alive: [],
      beliefs: [
        {
          key: expect.stringMatching(/^b:\d+$/) as string,
          incarnation: "naive/c1#1",
          token: "0x100000004 /zklab/naive/election/_c_7d1e-latch-0000000000",
          fromMs: 2_715,
          toMs: 7_920,
          ended: "session-lost",
        },
      ],
      terms: [
        {
          key: "t:naive:1",
          term: "naive:1",
          incarnation: "naive/c1#1",
          znode: "/zklab/naive/election/_c_7d1e-latch-0000000000",
          token: "0x100000004/0",
          fromMs: 2_687,
          toMs: 7_056,
          surelyFromMs: 2_694,
          surelyToMs: 7_049,
          endedBy: lostBy,
          openStart: false,
          openEnd: false,
        },
      ],
      lies: [
        {
          key: c1?.beliefs[0]?.key,
          fromMs: 7_049,
          toMs: 7_056,
          incarnation: "naive/c1#1",
          stopped: true,
          sure: false,
        },
        {
          key: c1?.beliefs[0]?.key,
          fromMs: 7_056,
          toMs: 7_601,
          incarnation: "naive/c1#1",
          stopped: true,
          sure: true,
        },
        {
          key: c1?.beliefs[0]?.key,
          fromMs: 7_601,
          toMs: 7_920,
          incarnation: "naive/c1#1",
          stopped: false,
          sure: true,
        },
      ],
      afflictions: [
        { injection: "pause-naive", fault: "pause", stops: true, fromMs: 5_005, toMs: 7_601 },
      ],
      held: [],
      writes: [],
      refusals: [],
    });
  });

  it("marks a stale write with the moment of its decision", () => {
    expect(c1?.writes.find(({ judgement }) => judgement === "stale")).toMatchObject({
      atMs: 7_704.5,
      plusMinusMs: 3.5,
      op: "naive-c1-1-held",
      decidedMs: 5_000,
      againMs: [],
    });
  });

  it("places the finding with both witnesses: the writer's belief and the other's term", () => {
    expect(timeline.findings[0]).toEqual({
      id: "f1",
      atMs: 7_704.5,
      window: { fromMs: 5_000 - 350.4, toMs: 7_920 + 350.4 },
      // From where its belief may be wrong, not from the decision two seconds before.
      focus: { fromMs: 7_049 - 104.52, toMs: 7_920 + 104.52 },
      keys: [
        c1?.writes.find(({ judgement }) => judgement === "stale")?.key,
        c1?.beliefs[0]?.key,
        "t:naive:2",
      ],
      lost: { atMs: 7_056, zxid: lostBy },
      writer: "naive/c1",
      leader: "naive/c2",
    });
  });

  it("keeps when a stale write was sent again, up to the attempt that was committed", () => {
    const stale = result.writes.filter(({ judgement }) => judgement === "stale").slice(0, 1);
    const [first] = stale;
    const invokes = [5_000, 7_640, 7_703, 7_900].map((atMs, i) => {
      const op = { type: "op", op: first?.op ?? "", phase: "invoke", action: "create" } as const;
      const guard = { kind: "none" } as const;
      const line = { ...op, guard, seq: i, at: "0", attempt: i + 1, path: first?.path ?? "" };
      const event = { type: "contender", at: atMs * 1e6, incarnation: "naive/c1#1", line } as const;
      return { line: i + 1, event };
    });
    const decided = decisions(stale, [...invokes]);
    expect(writeMarks(stale, decided)[0]).toMatchObject({
      decidedMs: 5_000,
      againMs: [7_640, 7_703],
    });
    const good = stale.map((write) => ({ ...write, judgement: "good" as const }));
    expect(writeMarks(good, decided)[0]).toMatchObject({ decidedMs: undefined, againMs: [] });
  });

  it("draws nothing that begins while the lab stops the contenders", () => {
    const stop = { type: "stage", at: 7_500e6, stage: "stop" } as const;
    const history = [...evidence.history, { line: 10_000, event: stop }];
    const stopped = buildTimeline({ ...evidence, history }, result);
    const lanes = stopped.groups.flatMap(({ contenders }) => contenders);
    expect(stopped.stoppingMs).toBe(7_500);
    expect(lanes.flatMap(({ beliefs }) => beliefs).every(({ fromMs }) => fromMs < 7_500)).toBe(
      true,
    );
    expect(lanes.flatMap(({ lies }) => lies).every(({ toMs }) => toMs <= 7_500)).toBe(true);
    expect(lanes.flatMap(({ terms }) => terms).length).toBeGreaterThan(0);
    // What was committed then is drawn all the same: a violation is one whoever stopped what.
    expect(lanes.flatMap(({ writes }) => writes).some(({ atMs }) => atMs > 7_500)).toBe(true);
  });

  it("labels on the zxid axis first what was not good", () => {
    const bad = timeline.zxids.filter((tick) => tick.bad).map(({ zxid }) => zxid);
    expect(bad).toContain(result.writes.find(({ judgement }) => judgement === "stale")?.zxid);
    const times = timeline.zxids.map(({ atMs }) => atMs);
    expect(times).toEqual([...times].sort((a, b) => a - b));
  });

  it("tells fenced by the server from refused by the client", () => {
    const refusals = timeline.groups.map(({ contenders }) =>
      contenders.flatMap((lane) => lane.refusals.map(({ by, code }) => `${by} ${code}`)),
    );
    expect(refusals).toEqual([[], ["server NoNode"], ["client SessionExpired"]]);
  });

  it("shows servers by role and epoch, and faults by proof", () => {
    expect(timeline.servers[1]).toEqual({
      server: "zk2",
      spans: [
        { fromMs: 160, toMs: 2_070, state: "electing", epoch: undefined },
        { fromMs: 2_070, toMs: 12_535, state: "leader", epoch: 1 },
      ],
      afflictions: [],
    });
    expect(timeline.faults[0]).toEqual({
      injection: "pause-naive",
      fault: "pause",
      target: "naive:leader",
      resolved: ["naive/c1#1"],
      armedMs: 2_360,
      inForceMs: 5_005,
      healedMs: 7_601,
      outcome: "healed",
      proof: "state T in /proc",
    });
  });

  it("tells faults that fired, took no effect, or were left in force apart", () => {
    const cases = [
      { drop: ["in-force", "healing", "healed", "injecting"], outcome: "never fired" },
      { drop: ["healing", "healed"], outcome: "in force at the end" },
    ];
    for (const { drop, outcome } of cases) {
      const history = evidence.history.filter(
        ({ event }) => event.type !== "fault" || !drop.includes(event.phase),
      );
      const [first] = buildTimeline({ ...evidence, history }, result).faults;
      expect(first?.outcome).toBe(outcome);
    }
  });

  it("does not take another group's op of the same id for the decision", () => {
    const other = evidence.history.map(({ line, event }) => {
      const isOther = event.type === "contender" && event.incarnation === "latch-check/c1#1";
      if (!isOther || event.line.type !== "op" || event.line.phase !== "invoke") {
        return { line, event };
      }
      return { line, event: { ...event, line: { ...event.line, op: "naive-c1-1-held" } } };
    });
    const lane = buildTimeline({ ...evidence, history: other }, result).groups[0]?.contenders[0];
    const stale = lane?.writes.find(({ judgement }) => judgement === "stale");
    expect(stale?.decidedMs).toBe(5_000);
  });

  it("does not let a dead incarnation's term stand for its successor's belief", () => {
    const terms = result.report.terms.map((term) => ({ ...term, incarnation: "naive/c1#9" }));
    const report = { ...result.report, terms };
    const lane = buildTimeline(evidence, { ...result, report }).groups[0]?.contenders[0];
    expect(lane?.lies[0]?.fromMs).toBe(2_715);
  });

  it("gives writes of unknown sessions a lane of their own", () => {
    const writes = result.writes.map((write, i) =>
      i === 0 ? ({ ...write, incarnation: undefined, judgement: "foreign" } as const) : write,
    );
    const group = buildTimeline(evidence, { ...result, writes }).groups[0];
    expect(group?.contenders.at(-1)?.contender).toBe("naive/other sessions");
    expect(group?.contenders.at(-1)?.writes).toHaveLength(1);
  });

  it("keeps bad writes first when writes are too many, and says what it left out", () => {
    const limits = { ...TIMELINE_LIMITS, writesDrawnMax: 5 };
    const small = buildTimeline(evidence, result, limits);
    const drawn = small.groups.flatMap(({ contenders }) => contenders.flatMap((l) => l.writes));
    expect(drawn).toHaveLength(5);
    expect(drawn.filter(({ judgement }) => judgement === "stale")).toHaveLength(2);
    expect(small.notices).toEqual([
      `5 writes of ${result.writes.length} writes are drawn, those that were not good first: ` +
        `0 such writes and ${result.writes.length - 5} good writes were left out`,
    ]);
  });

  it("counts writes that have no place in time instead of inventing one", () => {
    const writes: WriteView[] = result.writes.map((write) => ({ ...write, at: undefined }));
    const { notices, findings } = buildTimeline(evidence, { ...result, writes });
    expect(notices).toEqual([
      `${writes.length} writes could not be placed in time and are not drawn`,
    ]);
    expect(findings.every(({ writer }) => writer === undefined)).toBe(true);
  });

  it("leaves contenders out with a notice", () => {
    const limits = { ...TIMELINE_LIMITS, contendersDrawnMax: 4 };
    const { groups, notices } = buildTimeline(evidence, result, limits);
    expect(groups.map(({ contenders }) => contenders.length)).toEqual([3, 1, 0]);
    expect(notices).toContain("the first 4 contenders have lanes: 5 contenders left out");
  });
});

describe("termSpans", () => {
  const bounds = { fromMs: 0, toMs: 100 };
  const at = (ms: number): TermView["began"] => ({ earliest: ms * 1e6, latest: (ms + 2) * 1e6 });
  const term = (more: Partial<TermView>): TermView => ({
    id: "g:1",
    group: "g",
    znode: "/e/n1",
    token: "0x1/0",
    session: "0x1",
    incarnation: "g/c1#1",
    from: "0x1/0",
    to: "0x9/0",
    began: at(10),
    ended: at(50),
    ...more,
  });
  const cases: readonly {
    name: string;
    terms: readonly TermView[];
    is: { fromMs: number; toMs: number; surely: boolean; openStart: boolean; openEnd: boolean };
  }[] = [
    {
      name: "a term with both brackets",
      terms: [term({})],
      is: { fromMs: 10, toMs: 52, surely: true, openStart: false, openEnd: false },
    },
    {
      name: "one still in force at the end",
      terms: [term({ to: undefined, ended: undefined })],
      is: { fromMs: 10, toMs: 100, surely: true, openStart: false, openEnd: true },
    },
    {
      name: "one that ended nobody knows when: at the latest when the next began",
      terms: [term({ ended: undefined }), term({ id: "g:2", began: at(60) })],
      is: { fromMs: 10, toMs: 62, surely: false, openStart: false, openEnd: true },
    },
    {
      name: "one that began before anything was seen",
      terms: [term({ began: undefined })],
      is: { fromMs: 0, toMs: 52, surely: false, openStart: true, openEnd: false },
    },
  ];
  it.each(cases)("draws $name", ({ terms, is }) => {
    const [span] = termSpans(terms, "g", bounds);
    const surely = span !== undefined && span.surelyFromMs < span.surelyToMs;
    const { fromMs, toMs, openStart, openEnd } = span ?? {};
    expect({ fromMs, toMs, surely, openStart, openEnd }).toEqual(is);
  });
});

describe("spans", () => {
  it("subtracts overlapping, touching and outer spans", () => {
    const span = { fromMs: 10, toMs: 20 };
    expect(subtract(span, [])).toEqual([span]);
    expect(subtract(span, [{ fromMs: 0, toMs: 30 }])).toEqual([]);
    expect(
      subtract(span, [
        { fromMs: 15, toMs: 17 },
        { fromMs: 12, toMs: 16 },
        { fromMs: 20, toMs: 25 },
      ]),
    ).toEqual([
      { fromMs: 10, toMs: 12 },
      { fromMs: 17, toMs: 20 },
    ]);
  });

  it("spreads a choice evenly, with both ends", () => {
    expect(spread([1, 2, 3, 4, 5], 3)).toEqual([1, 3, 5]);
    expect(spread([1, 2], 5)).toEqual([1, 2]);
    expect(spread([1, 2, 3], 0)).toEqual([]);
  });
});

describe("withStaleTerms", () => {
  it("draws a write that outlived its term as stale, though its contender led again", () => {
    const { result } = sampleRun({ staleWrites: 0 });
    const [write] = result.writes;
    const [claim] = result.report.claims;
    const [told] = sampleRun().result.report.claims[0]?.findings ?? [];
    if (write === undefined || claim === undefined || told === undefined) throw new Error("sample");
    const { group, zxid } = write;
    const finding: Finding = { ...told, name: "stale-term-write", group, zxid };
    const report = { ...result.report, claims: [{ ...claim, findings: [finding] }] };
    const [first, ...others] = withStaleTerms(result.writes, report);
    expect(first?.judgement).toBe("stale");
    expect(others.every(({ judgement }) => judgement === "good")).toBe(true);
  });
});
