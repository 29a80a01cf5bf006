import { createHash } from "node:crypto";
import { Script } from "node:vm";
import { beforeAll, describe, expect, it } from "vitest";
import type { PageData } from "../../lab/report/html/data.ts";
import { SCRIPT } from "../../lab/report/html/script.ts";
import { renderHtml } from "../../lab/report/html.ts";
import { factsOf } from "../../lab/report/result-words.ts";
import { textIn, tokenize } from "../builders/html.ts";
import { sampleRun } from "../builders/sample-run.ts";

const { evidence, result } = sampleRun();
const replay = "npx zklab run gc-pause --seed 7f3a91c2";
const page = renderHtml(evidence, result, { replay });
const tokens = tokenize(page);
const tags = tokens.flatMap((token) => ("tag" in token && !token.tag.closing ? token.tag : []));
const text = tokens.flatMap((token) => ("text" in token ? token.text : [])).join("");

function dataOf(html: string): PageData {
  const found = textIn(tokenize(html), ({ attributes }) => attributes["id"] === "zklab-data");
  return JSON.parse(found ?? "") as PageData;
}

describe("renderHtml", () => {
  it("has every section under a heading of its own", () => {
    const headings = tokens.flatMap((token, i) => {
      const next = tokens[i + 1];
      const isHead = "tag" in token && token.tag.name === "h2" && !token.tag.closing;
      return isHead && next !== undefined && "text" in next ? next.text : [];
    });
    expect(headings).toEqual([
      "What happened",
      "What became of the writes that were caught by the fault",
      "Timeline",
      "Every claim, every group",
      "Run it again",
    ]);
  });

  it("says verdict, rule, story, exposure and replay in words", () => {
    for (const said of [
      "violated",
      "Every guarded write is committed while its contender leads.",
      "its process was stopped before the write was sent",
      "fenced by the server",
      "③ naive/c1 no longer leads: naive/c2 leads (between 7.049 s and 7.056 s)",
      "the strategy naive promises no guard",
      "at byte 96412",
      replay,
    ]) {
      expect(text).toContain(said);
    }
  });

  it("says whether a violation was expected, and what each group's exposed writes came to", () => {
    expect(text).toContain("as expected");
    expect(text).toContain(
      "naive is in this run to break the rule, latch-check and ephemeral to keep it.",
    );
    expect(text).toContain(
      "1 exposed: 1 refused by the server (NoNode: the znode that it checks was gone)",
    );
    expect(text).toContain("What helps.");
  });

  it("judges a write once: the claim that leaves it to another does not call it stale too", () => {
    const [leader] = result.report.claims;
    if (leader === undefined) throw new Error("the sample has a claim");
    const numbers = { committedStale: 1, unexamined: 1 };
    const terms = { ...leader, claim: "term-writes", verdict: "holds", violations: 0 } as const;
    const facts = factsOf(
      { ...terms, warnings: 0, findings: [], examined: 19, numbers },
      evidence.run,
    );
    expect(facts).toEqual([
      "19 writes examined",
      "2 exposed",
      "1 stale write judged above, not again",
    ]);
    expect(factsOf({ ...terms, verdict: "not-applicable" }, evidence.run)).toEqual([]);
  });

  it("proves a stale write by zxids where both are known and not the same", () => {
    const lost = result.report.terms.find(({ id }) => id === "naive:1");
    const proven = (zxid?: string): string => {
      const term = { kind: "term", term: "naive:1", says: "naive/c1#1 led" } as const;
      const claims = result.report.claims.map((claim) => ({
        ...claim,
        findings: claim.findings.map((finding) => ({
          ...finding,
          ...(zxid === undefined ? {} : { zxid }),
          evidence: [...finding.evidence, term],
        })),
      }));
      return renderHtml(evidence, { ...result, report: { ...result.report, claims } }, { replay });
    };
    const ended = lost?.to?.replace("/0", "") ?? "";
    expect(proven()).toContain(`${ended} &lt; 0x`);
    expect(proven(ended)).not.toContain("Why this is certain");
  });

  it("opens the first finding and no other", () => {
    const findings = tags.filter(({ attributes }) => attributes["class"]?.startsWith("finding"));
    expect(findings.map(({ attributes }) => "open" in attributes)).toEqual([
      true,
      false,
      false,
      false,
    ]);
  });

  it("refers to nothing outside itself", () => {
    expect(page).not.toMatch(/https?:|@import|src=|url\((?!#)/i);
    for (const { attributes } of tags) {
      if (attributes["href"] !== undefined) expect(attributes["href"]).toMatch(/^#/);
    }
  });

  it("allows its own script and style by hash, and nothing else", () => {
    const policy = tags.find(({ attributes }) => attributes["http-equiv"] !== undefined);
    const hash = createHash("sha256").update(SCRIPT).digest("base64");
    expect(policy?.attributes["content"]).toContain(`script-src &#39;sha256-${hash}&#39;`);
    expect(textIn(tokens, ({ name, attributes }) => name === "script" && !attributes["type"])).toBe(
      SCRIPT,
    );
    expect(page).not.toMatch(/ (on[a-z]+|style)="/);
  });

  it("holds a script that parses and cannot end its own element", () => {
    expect(() => new Script(SCRIPT)).not.toThrow();
    expect(SCRIPT).not.toMatch(/<\/?script|<!--/i);
  });

  it("links each finding to a place that is there", () => {
    const ids = new Set(tags.map(({ attributes }) => attributes["id"]));
    const links = tags.filter(({ attributes }) => attributes["data-find"] !== undefined);
    expect(links).toHaveLength(4);
    for (const { attributes } of links) {
      expect(ids).toContain(attributes["href"]?.slice(1));
      expect(ids).toContain(attributes["data-find"]);
    }
  });

  it("names in its data both witnesses of the first finding, and they are drawn", () => {
    const [first] = dataOf(page).findings;
    const drawn = new Set(tags.map(({ attributes }) => attributes["data-k"]));
    expect(first?.keys).toHaveLength(3);
    expect(first?.keys).toContain("t:naive:2");
    for (const key of first?.keys ?? []) expect(drawn).toContain(key);
  });

  it("keeps every good write for the tooltips", () => {
    const kept = dataOf(page).lanes.flatMap(({ writes }) => writes);
    const good = result.writes.filter(({ judgement }) => judgement === "good");
    expect(kept).toHaveLength(good.length);
  });

  it("is the same text for the same evidence", () => {
    expect(renderHtml(evidence, result, { replay })).toBe(page);
  });

  // The runs are made first: what is timed is the page.
  let many: ReturnType<typeof sampleRun>;
  let stale: ReturnType<typeof sampleRun>;
  beforeAll(() => {
    many = sampleRun({ writeEveryMs: 1.02 });
    stale = sampleRun({ writeEveryMs: 5, staleWrites: 2_000 });
  });

  it("stays under 2 MB for 20,000 writes, and says what it left out", () => {
    expect(many.result.writes.length).toBeGreaterThan(20_000);
    const html = renderHtml(many.evidence, many.result, { replay });
    expect(html.length).toBeLessThan(2e6);
    expect(html).toContain("6,000 writes of 20,");
  });

  it("stays under 2 MB when thousands of writes are stale", () => {
    const html = renderHtml(stale.evidence, stale.result, { replay });
    expect(html.length).toBeLessThan(2e6);
    expect(html).toContain("further findings not shown here");
  });

  it("has no story and no broken rule when all holds", () => {
    const calm = sampleRun({ staleWrites: 0 });
    const html = renderHtml(calm.evidence, calm.result, { replay });
    expect(html).toContain("✓");
    expect(html).not.toContain("The rule that was broken");
    expect(dataOf(html).findings).toEqual([]);
  });

  it("draws no story of a stale write for a finding about a good one", () => {
    const good = result.writes.find(({ judgement }) => judgement === "good");
    const claims = result.report.claims.map((claim) => ({
      ...claim,
      findings: claim.findings.slice(0, 1).map((finding) => ({
        ...finding,
        name: "duplicate-write" as const,
        zxid: good?.zxid,
      })),
    }));
    const html = renderHtml(
      evidence,
      { ...result, report: { ...result.report, claims } },
      { replay },
    );
    expect(html).toContain('class="goto"');
    expect(html).not.toContain('id="tale-track"');
    expect(page).toContain('id="tale-track"');
  });

  it("shows no table of zeros where nothing was exposed and the scenario asks for nothing", () => {
    const groups = result.report.groups.map((group) => ({ ...group, exposed: 0 }));
    const idle = { ...result, report: { ...result.report, groups } };
    const unasked = evidence.run.groups.map((group) => ({
      ...group,
      minimums: { ...group.minimums, exposed: 0 },
    }));
    const head = "What became of the writes";
    const run = { ...evidence.run, groups: unasked };
    expect(renderHtml({ ...evidence, run }, idle, { replay })).not.toContain(head);
    const asked = renderHtml(evidence, idle, { replay });
    expect(asked).toContain(head);
    expect(asked).toContain("no write was exposed to the fault");
  });

  it("draws a run that left nothing behind", () => {
    const empty = {
      ...evidence,
      history: [],
      servers: [],
      problems: [{ says: "history.jsonl is missing" }],
    };
    const nothing = { report: { ...result.report, claims: [], groups: [], terms: [] }, writes: [] };
    const html = renderHtml(empty, nothing, { replay });
    expect(html).toContain("history.jsonl is missing");
    expect(html.slice(0, html.indexOf("<script"))).not.toMatch(/NaN|Infinity|undefined/);
  });
});
