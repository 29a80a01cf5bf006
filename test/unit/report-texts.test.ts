import { describe, expect, it } from "vitest";
import { GROUP_CLAIMS, RUN_CLAIMS } from "../../lab/audit/claims/all.ts";
import type { ExpectedFinding } from "../../lab/evidence/run-info.ts";
import { type SuiteFile, suiteFileSchema } from "../../lab/evidence/suite-file.ts";
import { compareExpectations, type Expectation } from "../../lab/report/expectation.ts";
import { renderMarkdown } from "../../lab/report/markdown.ts";
import { openReasons } from "../../lab/report/reasons.ts";
import { renderSuiteHtml, renderSuiteMarkdown } from "../../lab/report/suite.ts";
import { claimTitle } from "../../lab/report/words.ts";
import { tokenize } from "../builders/html.ts";
import { sampleRun } from "../builders/sample-run.ts";

const { evidence, result } = sampleRun();
const { run } = evidence;
const { report } = result;
const expectations = compareExpectations(run, report);

describe("claimTitle", () => {
  it("has a title for every claim that is judged", () => {
    const claims = [
      ...GROUP_CLAIMS.map(({ claim }) => ({ claim, group: "naive" })),
      ...RUN_CLAIMS.map(({ claim }) => ({ claim, group: undefined })),
    ];
    expect(claims.filter((result) => claimTitle(result) === result.claim)).toEqual([]);
  });
});

describe("openReasons", () => {
  it("says each reason once, with all whom it concerns", () => {
    const why = "too little was tested";
    const claims = report.claims.map((claim) => ({
      ...claim,
      verdict: "unknown" as const,
      reasons: [why],
    }));
    const derived = claims.map(({ group: who, claim }) =>
      who === undefined ? `${claim}: ${why}` : `${who}: ${claim}: ${why}`,
    );
    const reasons = [...derived, "and 12 more", "no claim about a group could be judged"];
    expect(openReasons({ ...report, claims, reasons }, [{ says: "zk1: torn" }])).toEqual([
      "zk1: torn",
      "no claim about a group could be judged",
      `${why} (naive, latch-check, ephemeral, durability, servers-agree, complete-evidence)`,
    ]);
  });

  it("does not say a problem of the evidence again as a claim's reason", () => {
    const torn = "zk1: torn";
    const [first] = report.claims;
    if (first === undefined) throw new Error("the sample has a claim");
    const claims = [{ ...first, group: undefined, verdict: "unknown" as const, reasons: [torn] }];
    expect(openReasons({ ...report, claims, reasons: [] }, [{ says: torn }])).toEqual([torn]);
  });

  it("says nothing of what is violated", () => {
    expect(openReasons(report, [])).toEqual([]);
  });
});

describe("compareExpectations", () => {
  const naive = (findings: ExpectedFinding[]): Expectation | undefined => {
    const [first] = run.groups;
    if (first === undefined) return undefined;
    const group = { ...first, expect: { verdict: "violated" as const, findings } };
    return compareExpectations({ ...run, groups: [group] }, report)[0];
  };

  it("is met only by the verdict with exactly the named violations", () => {
    expect(naive(["stale-term-write", "stale-leader-write"])?.met).toBe(true);
    expect(naive(["stale-leader-write"])?.met).toBe(false);
    expect(naive(["stale-leader-write", "stale-term-write", "lost-write"])?.met).toBe(false);
  });

  it("names the claim alone, or the moment too (semantics 28)", () => {
    const terms = { claim: "term-writes" } as const;
    const stale = (during: "another leads" | "nobody leads"): ExpectedFinding => ({
      ...{ claim: "leader-writes", finding: "stale-leader-write", while: during },
    });
    expect(naive([terms, { claim: "leader-writes" }])).toMatchObject({
      met: true,
      expected: "violated (any of leader-writes, any of term-writes)",
    });
    expect(naive([terms, stale("another leads")])?.met).toBe(true);
    expect(naive([terms, stale("nobody leads")])).toMatchObject({
      met: false,
      expected: "violated (any of term-writes, stale-leader-write while nobody leads)",
      found: "violated (stale-leader-write while another leads, stale-term-write)",
    });
    expect(naive([terms])?.met).toBe(false);
  });

  it("says nothing of groups whose run.json kept no expectation", () => {
    const groups = run.groups.map(({ expect: _expect, ...group }) => group);
    expect(compareExpectations({ ...run, groups }, report)).toEqual([]);
  });

  it("takes a group that the audit does not know for unknown", () => {
    expect(compareExpectations(run, { ...report, groups: [] })[1]).toMatchObject({
      group: "latch-check",
      met: false,
      found: "unknown",
    });
  });
});

describe("renderMarkdown", () => {
  const replay = "zklab run gc-pause --seed 7f3a91c2";

  it("says verdict, groups, story and replay", () => {
    const text = renderMarkdown({ run, report, expectations, replay });
    expect(text).toContain("### ✗ gc-pause: violated (as expected)");
    expect(text).toMatch(/^\| naive \| ✗ violated \| yes \| \d+ \| 2 \| \*\*2\*\* \| 0 \| 0 \|$/m);
    expect(text).toContain("1. naive/c1&#35;1 won the election at 2.690 s");
    expect(text).toContain(`\`${replay}\``);
    expect(text.endsWith("\n\n")).toBe(true);
  });

  it("says what was not as expected, and what cut the steps short", () => {
    const missed = expectations.map((one) => ({ ...one, met: one.group !== "ephemeral" }));
    const text = renderMarkdown({ run, report, expectations: missed, replay, cutShort: "no | go" });
    expect(text).toContain("violated (1 of 3 not as expected)");
    expect(text).toContain("**no**: expected holds");
    expect(text).toContain("**The run was cut short**: no &#124; go");
  });

  it("lets no text become markup, a cell or a line of its own", () => {
    const name = "x|y\n# <img src=x> [a](b) `c` **d** @everyone";
    const hostile = { ...run, scenario: { ...run.scenario, name, description: name } };
    const text = renderMarkdown({ run: hostile, report, expectations, replay: "a`b|c\nd" });
    expect(text).not.toMatch(/<img|\[a\]|@everyone|\*\*d/);
    expect(text.split("\n").filter((line) => line.startsWith("#"))).toHaveLength(1);
    expect(text).toContain("`a'b'c d`");
  });
});

const suite: SuiteFile = {
  schema: 1,
  suite: "seeds",
  planned: 3,
  runs: [
    {
      run: "../../gc-pause/20260112T201405Z-7f3a91c2",
      scenario: "gc-pause",
      seed: "7f3a91c2",
      verdict: "violated",
      asExpected: true,
      expectations: [...expectations],
    },
    {
      run: "javascript:alert(1)//",
      scenario: "<calm>",
      seed: "1",
      verdict: "unknown",
      asExpected: false,
      expectations: [],
    },
  ],
};

describe("renderSuiteHtml", () => {
  const page = renderSuiteHtml(suite);
  const tags = tokenize(page).flatMap((token) => ("tag" in token ? token.tag : []));

  it("links to each run's report, and to nothing that is no path", () => {
    const links = tags.flatMap(({ attributes }) => attributes["href"] ?? []);
    expect(links).toEqual(["../../gc-pause/20260112T201405Z-7f3a91c2/report.html"]);
  });

  it("says how many came out as expected, what was not played, and each group's verdict", () => {
    expect(page).toContain("1 of 2 runs as expected, 1 not played");
    expect(page).toContain("not as expected</span>");
    expect(page).toContain("<small>violated (stale-leader-write, stale-term-write)</small>");
    expect(page).toContain("&lt;calm&gt;");
  });

  it("refers to nothing outside and holds no script", () => {
    expect(page).not.toMatch(/https?:|<script|url\((?!#)/);
  });
});

describe("renderSuiteMarkdown", () => {
  it("names the runs that were not as expected", () => {
    const text = renderSuiteMarkdown(suite);
    expect(text).toContain("✗ zklab suite `seeds`: 1 of 2 runs as expected, 1 not played");
    expect(text).toContain("- `<calm>` (seed `1`)");
  });
});

describe("suite.json", () => {
  it("is refused where a verdict is none of the four", () => {
    const bad = { ...suite, runs: [{ ...suite.runs[0], verdict: "fine" }] };
    expect(suiteFileSchema.safeParse(suite).success).toBe(true);
    expect(suiteFileSchema.safeParse(bad).success).toBe(false);
  });
});
