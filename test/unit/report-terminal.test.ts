import { stripVTControlCharacters } from "node:util";
import { describe, expect, it } from "vitest";
import { colorPalette, plainPalette } from "../../lab/report/palette.ts";
import { renderSummary, type SummaryInput } from "../../lab/report/terminal.ts";
import { ASCII_GLYPHS, UNICODE_GLYPHS } from "../../lab/report/words.ts";
import { sampleRun } from "../builders/sample-run.ts";

const input = (more: Partial<SummaryInput> = {}): SummaryInput => ({
  ...sampleRun(),
  paths: { report: "runs/gc-pause/latest/report.html" },
  replay: "npx zklab run gc-pause --seed 7f3a91c2",
  palette: plainPalette(UNICODE_GLYPHS),
  width: 80,
  ...more,
});

describe("renderSummary", () => {
  it("tells a violated run in 80 columns", () => {
    expect(
      renderSummary(
        input({
          expectations: [
            { group: "naive", met: true, expected: "violated", found: "violated" },
            { group: "latch-check", met: false, expected: "violated", found: "holds" },
          ],
        }),
      ),
    ).toMatchInlineSnapshot(`
      "gc-pause · seed 7f3a91c2 · ZooKeeper 3.9.3 · local                    ✗ VIOLATED

      claim              naive                latch-check          ephemeral
      leader-writes      ✗ violated 2/240     ✓ holds 238          ✓ holds 238
      term-writes        ✗ violated 2/240     ✓ holds 238          ✓ holds 238
      guards             – not applicable     ✓ holds 232          ✓ holds 232
      certain-failures   ✓ holds 1            ✓ holds 1            ✓ holds 1

      ensemble
      durability         ✓ holds 716
      servers-agree      ✓ holds 719
      complete-evidence  ✓ holds 3
      holds n: n examined; violated v/n: v violations among n examined

                           exposed  committed  fenced by  refused by
      group        writes   writes      stale     server      client  other
      naive           240        2          2          0           0      0
      latch-check     238        1          0          1           0      0
      ephemeral       238        1          0          0           1      0

      What happened
        stale-leader-write (while another leads)
        Rule broken: Every guarded write is committed while its contender leads.
        1. naive/c1#1 won the election at 2.690 s with session 0x010000a3f2b11011
        2. at 5.000 s it decided op naive-c1-1-held, and its process was stopped
           before the write was sent
        3. at 7.052 s its session expired: closeSession 0x1000000ed ended its term,
           and naive/c2#1 led from there on
        4. at 7.601 s its process ran again; it was not told yet, and still believed
           that it led
        5. on its new session 0x010000a3f2b11012 the write was committed as
           0x10000012c, while naive/c2#1 led
        What helps: send each write in one transaction with a check of the very znode
                    that elected it (as latch-check does), or write only on the
                    session that was elected and never again on another (as ephemeral
                    does).
           and 3 more violations in the report

      Expected of this scenario:
        ✓ naive: violated, as expected
        ✗ latch-check: expected violated, found holds

      Report: runs/gc-pause/latest/report.html
      Replay: npx zklab run gc-pause --seed 7f3a91c2
      "
    `);
  });

  it("paints only what words and glyphs say already", () => {
    const colored = renderSummary(input({ palette: colorPalette(UNICODE_GLYPHS) }));
    expect(stripVTControlCharacters(colored)).toBe(renderSummary(input()));
    expect(JSON.stringify(colored.split("\n").slice(0, 5))).toMatchInlineSnapshot(
      `"["\\u001b[1mgc-pause · seed 7f3a91c2 · ZooKeeper 3.9.3 · local\\u001b[22m                    \\u001b[31m\\u001b[1m✗ VIOLATED\\u001b[22m\\u001b[39m","","\\u001b[1mclaim              naive                latch-check          ephemeral\\u001b[22m","leader-writes      \\u001b[31m✗ violated 2/240\\u001b[39m     \\u001b[32m✓ holds 238\\u001b[39m          \\u001b[32m✓ holds 238\\u001b[39m","term-writes        \\u001b[31m✗ violated 2/240\\u001b[39m     \\u001b[32m✓ holds 238\\u001b[39m          \\u001b[32m✓ holds 238\\u001b[39m"]"`,
    );
  });

  it("says nothing of a story when all holds", () => {
    const summary = renderSummary(input(sampleRun({ staleWrites: 0 })));
    expect(summary).toContain("✓ HOLDS");
    expect(summary).not.toContain("What happened");
  });

  it("stays within ASCII when asked to", () => {
    const summary = renderSummary(input({ palette: plainPalette(ASCII_GLYPHS) }));
    expect(summary).toMatch(/^[\n -~]*$/);
    expect(summary).toContain("x violated 2/240");
  });

  it("puts groups that do not fit into further blocks, and cuts nothing but names", () => {
    const { evidence, result } = sampleRun();
    const names = ["naive", "latch-check", "ephemeral"];
    const again = (text: string, i: number): string => `${text}-with-a-long-name-${i}`;
    const copies = [0, 1, 2].flatMap((i) =>
      result.report.groups.map((group) => ({ ...group, group: again(group.group, i) })),
    );
    const claims = [0, 1, 2].flatMap((i) =>
      result.report.claims.map((claim) =>
        claim.group === undefined || !names.includes(claim.group)
          ? claim
          : { ...claim, group: again(claim.group, i) },
      ),
    );
    const report = { ...result.report, groups: copies, claims };
    const summary = renderSummary(input({ evidence, result: { ...result, report } }));
    expect(summary.match(/^claim /gm)).toHaveLength(3);
    expect(summary.match(/✗ violated 2\/240/g)).toHaveLength(6);
    expect(Math.max(...summary.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  });

  it("names what could not be judged", () => {
    const { evidence, result } = sampleRun({ staleWrites: 0 });
    const [first] = result.report.claims;
    const unknown = { ...first, verdict: "unknown", reasons: ["0 of at least 1 exposed"] } as const;
    const claims = [unknown, ...result.report.claims.slice(1)] as typeof result.report.claims;
    const report = { ...result.report, verdict: "unknown", claims } as const;
    const summary = renderSummary(
      input({
        evidence: { ...evidence, problems: [{ says: "zk2: log.100000001 is torn at byte 4096" }] },
        result: { ...result, report },
      }),
    );
    expect(summary).toContain("? UNKNOWN");
    expect(summary).toContain("  - zk2: log.100000001 is torn at byte 4096");
    expect(summary).toContain("  - 0 of at least 1 exposed (naive)");
  });
});
