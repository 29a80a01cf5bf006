/** What re-elections cost, as it is shown: the terminal's table, the page's, a suite's spread. */

import { describe, expect, it } from "vitest";
import type { ReElectionView } from "../../lab/audit/types.ts";
import type { SuiteFile } from "../../lab/evidence/suite-file.ts";
import { suiteFileSchema } from "../../lab/evidence/suite-file.ts";
import { reElectionsSection } from "../../lab/report/html/re-elections.ts";
import { plainPalette } from "../../lab/report/palette.ts";
import { costOf, reElectionLines, spreadOf } from "../../lab/report/re-elections.ts";
import { renderSuiteHtml } from "../../lab/report/suite.ts";
import { suiteCostLines } from "../../lab/report/suite-costs.ts";
import { UNICODE_GLYPHS } from "../../lab/report/words.ts";

const VIEW: ReElectionView = {
  ...{ from: 1, to: 2, leaderBefore: "zk3", leaderAfter: "zk1", cause: "rollover" },
  ...{ voteMs: 222, lookingToBroadcastMs: 359, withoutLeaderMs: 481 },
  felt: [
    { group: "naive", before: "naive/c1#1", after: "naive/c2#1", ms: 831 },
    { group: "other", before: "other/c1#1", after: "other/c1#1", ms: 619 },
    { group: undefined, before: "the lab", after: "the lab", ms: 2_000 },
  ],
  sessions: { open: 9, lost: 1, opened: 2 },
  ephemerals: { open: 7, lost: 0 },
};
const UNTOLD: ReElectionView = {
  ...{ ...VIEW, cause: undefined, leaderBefore: undefined, felt: [] },
  ...{ voteMs: undefined, lookingToBroadcastMs: undefined, withoutLeaderMs: undefined },
};

const palette = plainPalette(UNICODE_GLYPHS);
const lines = (views: readonly ReElectionView[], width = 80): string =>
  reElectionLines(views, palette, width).join("\n");

describe("the terminal's re-elections", () => {
  it("are a line each, with a dash for what is not known", () => {
    expect(lines([VIEW, UNTOLD])).toMatchInlineSnapshot(`
      "re-election          vote  to serve  no leader    felt  sessions  ephemerals
      1 to 2 (rollover)  222 ms    359 ms     481 ms  831 ms    8 of 9      7 of 7
      1 to 2                  -         -          -       -    8 of 9      7 of 7"
    `);
  });

  it("are at most eight, say how many are left out, and stay within the width", () => {
    const many = lines(Array.from({ length: 11 }, () => VIEW));
    expect(many).toContain("and 3 more re-elections in the report");
    for (const width of [40, 60, 80])
      for (const line of lines([VIEW, UNTOLD], width).split("\n"))
        expect(line.length).toBeLessThanOrEqual(width);
  });

  it("are no section where there was none", () => {
    expect(lines([])).toBe("");
    expect(reElectionsSection([])).toBe("");
  });
});

describe("the page's re-elections", () => {
  it("name who wrote last and first, and the sessions that are new", () => {
    const page = String((reElectionsSection([VIEW]) as { text: string }).text);
    expect(page).toContain("naive/c1#1, then naive/c2#1: 831\u00a0ms");
    expect(page).toContain("the lab&#39;s probe: 2000\u00a0ms");
    expect(page).toContain("8 of 9<small>2 new</small>");
    expect(page).toContain("zk3 to zk1");
  });
});

describe("the spread over a suite", () => {
  it("takes what jobs feel, never the lab's probe, and leaves out what is not known", () => {
    expect(costOf(VIEW)).toMatchObject({ feltMs: 831 });
    expect(costOf(UNTOLD)).toEqual({});
    const costs = [VIEW, UNTOLD, { ...VIEW, voteMs: 100 }, { ...VIEW, voteMs: 900 }].map(costOf);
    expect(spreadOf(costs, "voteMs")).toEqual({ n: 3, min: 100, median: 222, max: 900 });
    expect(spreadOf([costOf(UNTOLD)], "voteMs")).toBeUndefined();
  });

  it("is told by version, in suite.json and on its page", () => {
    const run = (zookeeper: string): SuiteFile["runs"][number] => ({
      ...{ run: "../rollover/1", scenario: "rollover", seed: "1", verdict: "holds" },
      ...{ asExpected: true, expectations: [], zookeeper },
      reElections: [{ cause: "rollover", ...costOf(VIEW) }, costOf(UNTOLD)],
    });
    const runs = [run("3.8.6"), run("3.9.5"), run("3.9.5")];
    const suite: SuiteFile = { schema: 1, suite: "s", planned: 3, runs };
    expect(suiteFileSchema.parse(JSON.parse(JSON.stringify(suite)))).toEqual(suite);
    expect(suiteCostLines(suite)).toEqual([
      "rollover on ZooKeeper 3.8.6, rollover: 1 re-election, vote 222 ms (222 to 222), to serve 359 ms (359 to 359), no leader 481 ms (481 to 481), felt 831 ms (831 to 831)",
      "rollover on ZooKeeper 3.8.6, not forced: 1 re-election, vote –, to serve –, no leader –, felt –",
      expect.stringContaining("3.9.5, rollover: 2 re-elections, vote 222 ms"),
      expect.stringContaining("3.9.5, not forced: 2 re-elections, vote –"),
    ]);
    const page = renderSuiteHtml(suite);
    expect(page).toContain("ZooKeeper 3.9.5, rollover");
    expect(page).toContain("831 ms (831 to 831)");
  });
});
