/** What `zklab risk` makes of samples and answers; bad servers are real sockets that behave badly. */

import { once } from "node:events";
import type { AddressInfo } from "node:net";
import { createServer, type Server, type Socket } from "node:net";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { ZXID_SPLIT } from "../../lab/ids.ts";
import { epochChanges, forecastOf, rateOf } from "../../lab/risk/forecast.ts";
import { appendSample, readSamples } from "../../lab/risk/history.ts";
import { judgeRisk } from "../../lab/risk/judge.ts";
import { lookAt, lookAtAll } from "../../lab/risk/look.ts";
import { renderMetrics } from "../../lab/risk/metrics.ts";
import { serveMetrics } from "../../lab/risk/metrics-server.ts";
import { renderRules } from "../../lab/risk/rules.ts";
import { parseThresholds, THRESHOLDS } from "../../lab/risk/thresholds.ts";
import type { Look, RiskReport, Sample } from "../../lab/risk/types.ts";
import { lengthInWords, percentUsed } from "../../lab/risk/words.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";

const LAST = 0xffff_fffe;
const S = 1_000;
const DAY = 86_400 * S;

describe("rate and forecast", () => {
  it("is the arithmetic at a steady rate, whatever the rate", () => {
    const rates = fc.integer({ min: 1, max: 200_000 });
    fc.assert(
      fc.property(rates, fc.integer({ min: 2, max: 50 }), (perSecond, count) => {
        const samples = Array.from({ length: count }, (_, i) => ({
          ...{ at: i * S, epoch: 3, counter: 1_000 + i * perSecond },
        }));
        const rate = rateOf(samples);
        expect(rate?.likely).toBeCloseTo(perSecond, 6);
        const now = samples.at(-1) ?? { at: 0, epoch: 3, counter: 0 };
        const at = forecastOf(now, rate, ZXID_SPLIT).likelyAt ?? 0;
        const expected = now.at + ((LAST - now.counter) / perSecond) * S;
        expect(Math.abs(at - expected)).toBeLessThan(1e-6 * expected + 1);
      }),
    );
  });

  it("never goes below zero and never takes a date from a change of epoch", () => {
    const sample = fc.record({
      at: fc.integer({ min: 0, max: 1e9 }),
      epoch: fc.integer({ min: 1, max: 4 }),
      counter: fc.integer({ min: 0, max: LAST }),
    });
    fc.assert(
      fc.property(fc.array(sample, { maxLength: 30 }), sample, (samples, now) => {
        const rate = rateOf(samples);
        if (rate !== undefined) {
          expect(rate.likely).toBeGreaterThanOrEqual(0);
          expect(rate.pessimistic).toBeGreaterThanOrEqual(rate.likely);
        }
        const forecast = forecastOf(now, rate, ZXID_SPLIT);
        expect(forecast.transactionsLeft).toBeGreaterThanOrEqual(0);
        expect(forecast.likelyAt ?? now.at).toBeGreaterThanOrEqual(now.at);
        expect(forecast.pessimisticAt ?? now.at).toBeLessThanOrEqual(forecast.likelyAt ?? 1e300);
      }),
    );
  });

  it("drops the pair across a rollover and goes on with the new epoch", () => {
    const samples: Sample[] = [
      { at: 0, epoch: 1, counter: LAST - 200 },
      { at: S, epoch: 1, counter: LAST - 100 },
      { at: 2 * S, epoch: 2, counter: 5 },
      { at: 3 * S, epoch: 2, counter: 105 },
    ];
    expect(rateOf(samples)).toEqual({ likely: 100, pessimistic: 100, seconds: 2, dropped: 1 });
    expect(epochChanges(samples)).toBe(1);
    expect(rateOf(samples.slice(1, 3))).toBeUndefined();
  });

  it("gives no date without transactions, and the highest rate for the pessimist", () => {
    const still = [0, 1, 2].map((i) => ({ at: i * S, epoch: 1, counter: 7 }));
    const [now = { at: 0, epoch: 1, counter: 7 }] = still;
    expect(forecastOf(now, rateOf(still), ZXID_SPLIT).likelyAt).toBeUndefined();
    const burst = [...still, { at: 3 * S, epoch: 1, counter: 907 }];
    expect(rateOf(burst)).toMatchObject({ likely: 300, pessimistic: 900 });
  });
});

function looks(counter: number, more: Partial<Extract<Look, { mode: unknown }>> = {}): Look {
  return {
    ...{ server: "zk1:2181", at: 0, via: "srvr", mode: "leader", epoch: 1, counter },
    ...{ version: "3.9.5", election: undefined, ...more },
  };
}

function reportOf(all: readonly Look[], samples: readonly Sample[] = []): RiskReport {
  return judgeRisk({ at: 0, looks: all, samples, gapMs: 0, thresholds: THRESHOLDS });
}

const SILENT: Look = { server: "zk9:2181", at: 0, why: "refused", electing: false };

describe("risks", () => {
  const severity = (report: RiskReport, name: string): string | undefined =>
    report.risks.find((risk) => risk.name === name)?.severity;

  it.each([
    ["little is used", looks(1_000), "zxid-share", "ok"],
    ["much is used", looks(0.75 * LAST), "zxid-share", "warning"],
    ["nearly all is used", looks(0.95 * LAST), "zxid-share", "critical"],
    ["nobody leads", looks(5, { mode: "observer" }), "leader", "critical"],
    ["only followers are named", looks(5, { mode: "follower" }), "leader", "unknown"],
    [
      "an election took long",
      looks(5, { election: { voteMaxMs: 200, unavailableMaxMs: 4_000, count: 2 } }),
      "election-time",
      "warning",
    ],
    ["nobody tells of elections", looks(5), "election-time", "unknown"],
  ] as const)("where %s", (_, look, name, expected) => {
    expect(severity(reportOf([look]), name)).toBe(expected);
  });

  it("judge the date by the highest rate", () => {
    const counter = LAST - 10 * 86_400 * 1_000;
    const samples = [
      { at: -S, epoch: 1, counter: counter - 1_000 },
      { at: 0, epoch: 1, counter },
    ];
    const report = reportOf([looks(counter)], samples);
    expect((report.forecast?.likelyAt ?? 0) / DAY).toBeCloseTo(10, 3);
    expect(severity(report, "zxid-date")).toBe("warning");
  });

  it("say of one standalone server that it has no epochs, and no date for one", () => {
    const report = reportOf([looks(0.99 * LAST, { mode: "standalone" })]);
    expect(severity(report, "zxid-share")).toBe("ok");
    expect(report.forecast).toBeUndefined();
  });

  it("name a silent server and go on; with half silent the quorum is at stake", () => {
    const report = reportOf([looks(5), looks(5, { server: "b", mode: "follower" }), SILENT]);
    expect(report).toMatchObject({ severity: "warning", epoch: 1, score: 85 });
    expect(report.risks[0]?.found).toBe("2 of 3 servers answer; not zk9:2181");
    expect(severity(reportOf([looks(5), SILENT]), "servers")).toBe("critical");
  });

  it("are not measurable where nobody answers", () => {
    expect(reportOf([SILENT, SILENT]).severity).toBe("unknown");
  });
});

describe("a risk in words", () => {
  it.each([
    [49.7 * 86_400_000, "49.7 days"],
    [5.2 * 3_600_000, "5.2 h"],
    [31 * 60_000, "31 min"],
    [40_400, "40 s"],
    [-5, "0 s"],
  ])("%d ms are %s", (ms, words) => {
    expect(lengthInWords(ms)).toBe(words);
  });

  it("never calls an epoch used up that is not", () => {
    expect(percentUsed(0.999_999_9, 2)).toBe("99.99 %");
    expect(percentUsed(1, 2)).toBe("100.00 %");
  });
});

describe("thresholds", () => {
  it("are set by name and refuse what is none", () => {
    expect(parseThresholds(["daysWarning=30", "shareCritical=0.5"])).toEqual({
      ...THRESHOLDS,
      ...{ daysWarning: 30, shareCritical: 0.5 },
    });
    for (const bad of ["days=3", "daysWarning", "daysWarning=-1", "toString=1"]) {
      expect(() => parseThresholds([bad])).toThrow(/not name=number of one/);
    }
  });
});

describe("stored samples", () => {
  it("come back for their own ensemble and time; other lines are counted", () => {
    using scratch = new ScratchFolder();
    const file = scratch.file("h.jsonl", 'rubbish\n{"ensemble":"a","at":1}\n[1,2]\n\n');
    appendSample(file, "a", { at: 1_000.4, epoch: 1, counter: 5 });
    appendSample(file, "b", { at: 1_000, epoch: 9, counter: 9 });
    appendSample(file, "a", { at: 10, epoch: 1, counter: 1 });
    const { samples, badLines } = readSamples(file, "a", 500);
    expect(samples).toMatchObject([{ at: 1_000, epoch: 1, counter: 5 }]);
    expect(badLines).toBe(3);
    expect(readSamples(join(scratch.path, "none"), "a", 0).samples).toEqual([]);
    expect(() => readSamples(scratch.path, "a", 0)).toThrow();
  });
});

describe("metrics", () => {
  it("leave out what is not known, and let no label end the line", () => {
    const ensemble = 'a"b\\c\nd';
    const unknown = renderMetrics({ ensemble, report: reportOf([SILENT]), changesSeen: 2 });
    expect(unknown).not.toMatch(/zxid|NaN|undefined/);
    expect(unknown).toContain('zklab_leader_changes_total{ensemble="a\\"b\\\\c\\nd"} 2\n');
    expect(unknown).toContain('server="zk9:2181"} 0\n');
    expect(unknown.endsWith("\n# EOF\n")).toBe(true);
    const known = renderMetrics({ ensemble: "e", report: reportOf([looks(41)]), changesSeen: 0 });
    expect(known).toContain('zklab_zxid_counter{ensemble="e"} 41\n');
    for (const line of known.trimEnd().split("\n")) {
      expect(line).toMatch(
        /^(# (TYPE|UNIT|HELP) zklab_\w+ .+|# EOF|zklab_\w+\{[^}]*\} [-+.e\d]+)$/,
      );
    }
  });

  it("are what the alert rules ask for", () => {
    const election = { voteMaxMs: 1, unavailableMaxMs: 2, count: 1 };
    const samples = [0, 1, 2].map((i) => ({ at: i * S, epoch: 1, counter: i }));
    const report = reportOf([looks(41, { election })], samples);
    const shown = renderMetrics({ ensemble: "e", report, changesSeen: 0 });
    const rules = parse(renderRules(THRESHOLDS)) as {
      groups: { rules: { expr: string; alert: string }[] }[];
    };
    const asked = rules.groups[0]?.rules.flatMap(({ expr }) => /zklab_\w+/.exec(expr) ?? []) ?? [];
    expect(asked).toHaveLength(9);
    for (const name of asked) expect(shown).toContain(`\n${name}{`);
  });

  it("are served at one path, to this machine alone", async () => {
    await using server = await serveMetrics("127.0.0.1", 0, () => "# EOF\n");
    const at = `http://${server.address}`;
    const page = await fetch(`${at}/metrics`);
    expect([page.status, await page.text()]).toEqual([200, "# EOF\n"]);
    expect((await fetch(`${at}/`)).status).toBe(404);
    expect((await fetch(`${at}/metrics`, { method: "POST" })).status).toBe(405);
    const port = Number(server.address.split(":")[1]);
    await expect(serveMetrics("127.0.0.1", port, () => "")).rejects.toThrow(/serve metrics/);
  });
});

const servers: { server: Server; sockets: Set<Socket> }[] = [];
afterEach(() => {
  for (const { server, sockets } of servers.splice(0)) {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});

async function badServer(behave: (socket: Socket) => void): Promise<number> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => undefined);
    behave(socket);
  });
  servers.push({ server, sockets });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return (server.address() as AddressInfo).port;
}

const NOT_SERVING = "This ZooKeeper instance is not currently serving requests\n";
/** For servers that never answer; the others have all the time that a loaded machine may need. */
const SILENT_MS = 150;
const ANSWER_MS = 1_500;

describe("a look at a server that", () => {
  const options = {
    ...{ adminPort: undefined, tls: undefined, auth: undefined, limitMs: ANSWER_MS },
    now: () => performance.now(),
  };

  type Behaviour = readonly [string, (socket: Socket) => void, RegExp, number];
  const behaviours: readonly Behaviour[] = [
    ["ends at once", (socket) => void socket.end(), /is none/, ANSWER_MS],
    [
      "breaks the connection",
      (socket) => void socket.resetAndDestroy(),
      /ECONNRESET|none/,
      ANSWER_MS,
    ],
    ["says nothing", () => undefined, /no whole answer within 150 ms/, SILENT_MS],
    [
      "is another service",
      (socket) => void socket.end("HTTP/1.1 400\r\n\r\n"),
      /is none/,
      ANSWER_MS,
    ],
    [
      "looks for a leader",
      (socket) => void socket.end(NOT_SERVING),
      /looks for a leader/,
      ANSWER_MS,
    ],
  ];
  it.each(behaviours)("%s is named with the reason", async (_, behave, why, limitMs) => {
    const port = await badServer(behave);
    const look = await lookAt({ host: "127.0.0.1", port }, { ...options, limitMs });
    expect(look).toMatchObject({ server: `127.0.0.1:${port}`, why: expect.stringMatching(why) });
  });

  it("dribbles for ever keeps nobody else waiting", async () => {
    const slow = await badServer((socket) => {
      const timer = setInterval(() => socket.write("x"), 10);
      socket.on("close", () => clearInterval(timer));
    });
    const answer = "Zookeeper version: 3.9.5-abc, built on x\nZxid: 0x200000007\nMode: leader\n";
    const good = await badServer((socket) => void socket.end(answer));
    const admin = await badServer((socket) => void socket.end("HTTP/1.1 200 OK\r\n\r\n{rubbish"));
    const [first, second] = await lookAtAll(
      [slow, good].map((port) => ({ host: "127.0.0.1", port })),
      { ...options, adminPort: admin },
    );
    expect(first).toMatchObject({ why: expect.stringContaining("no whole answer") });
    expect(second).toMatchObject({ mode: "leader", epoch: 2, counter: 7, via: "srvr" });
  });
});
