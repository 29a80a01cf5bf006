/** Reading scenarios: every problem at once, each with its line; durations and the catalogue. */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { LabError } from "../../lab/errors.ts";
import { absoluteDurationSchema, durationSchema, toMs } from "../../lab/scenario/duration.ts";
import { catalogueNames, loadScenario, loadSuite } from "../../lab/scenario/load.ts";
import { judgedBy, resolveGroups } from "../../lab/scenario/resolve.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zklab-scenario-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const GOOD = `name: good
description: x
groups:
  a:
    strategy: latch-check
    expect: { verdict: holds }
steps:
  - each-group:
      - run: 1 s
`;

/** The problems of a scenario file, each as "line: what". */
function problemsOf(text: string | Buffer): readonly string[] {
  const file = join(folder, "s.yaml");
  writeFileSync(file, text);
  try {
    loadScenario(file);
    return [];
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    expect(error.code).toBe("bad-input");
    const lines = error.message.split("\n").slice(1);
    return lines.map((line) => line.replace(`${file}:`, ""));
  }
}

describe("loadScenario", () => {
  it("reads a small one and fills in what it leaves out", () => {
    expect(problemsOf(GOOD)).toEqual([]);
    const { scenario, source } = loadScenario(join(folder, "s.yaml"));
    expect(source).toBe(join(folder, "s.yaml"));
    expect(scenario).toMatchObject({ servers: 3, groups: { a: { contenders: 3, options: {} } } });
  });

  it("takes an expected violation by its claim, and by when it was stale", () => {
    const findings =
      "[{ claim: leader-writes, while: another leads }, stale-term-write, needless-revocation]";
    const expected = `expect: { verdict: violated, findings: ${findings} }\nraise: [needless-revocation]`;
    const text = GOOD.replace("    expect: { verdict: holds }", `    ${expected}`);
    expect(problemsOf(text)).toEqual([]);
    const { scenario } = loadScenario(join(folder, "s.yaml"));
    expect(judgedBy(scenario)).toEqual({ raise: ["needless-revocation"] });
    expect(resolveGroups(scenario, "/zklab")[0]?.expect?.findings).toHaveLength(3);
  });

  it.each([
    ["stale-write", /Invalid input/],
    ["{ claim: term-writes, finding: lost-write }", /a finding of that claim/],
    ["{ claim: term-writes, while: nobody leads }", /only of leader-writes/],
    ["ghost-txn", /ghost-txn is no violation; raise: \[ghost-txn\] makes it one/],
    ["foreign-write", /foreign-write is no violation; it makes a verdict unknown/],
  ])("refuses to expect %s, which no run can show", (finding, why) => {
    const expected = `expect: { verdict: violated, findings: [${finding}] }`;
    const problems = problemsOf(GOOD.replace("expect: { verdict: holds }", expected));
    expect(problems).toEqual([expect.stringMatching(why)]);
    expect(problems[0]).toMatch(/^6: groups\.a\.expect\.findings\.0/);
  });

  it("raises warnings only", () => {
    expect(problemsOf(`${GOOD}raise: [lost-write]\n`)).toEqual([
      expect.stringMatching(/^10: raise\.0: .*"needless-revocation"/),
    ]);
  });

  it("tells all problems of a file at once, each with its line", () => {
    const text = GOOD.replace("strategy: latch-check", "strategy: hope")
      .replace("verdict: holds", "verdict: green")
      .replace("- run: 1 s", "- run: -5 s\n      - frob: 1\n      - await: { elected: any }")
      .replace("description: x", "description: x\nserver: 3");
    expect(problemsOf(text)).toEqual([
      expect.stringMatching(
        /^6: groups\.a\.strategy: a strategy that zklab has: naive, latch-check/,
      ),
      expect.stringMatching(/^7: groups\.a\.expect\.verdict: /),
      expect.stringMatching(/^10: steps\.0\.each-group\.0\.run: .*never negative/),
      expect.stringMatching(/^11: steps\.0\.each-group\.1: a step: /),
      expect.stringMatching(/^12: steps\.0\.each-group\.2\.within: /),
      expect.stringMatching(/^1: Unrecognized key: "server"/),
    ]);
  });

  it.each([
    {
      name: "an unknown fault",
      step: "inject: { fault: meteor, target: leader, until: { elected: other }, limit: 5 s }",
      says: /inject\.fault: a fault that zklab has: .*pause/,
    },
    {
      name: "an unknown target",
      step: "inject: { fault: pause, target: boss, until: { elected: other }, limit: 5 s }",
      says: /inject\.target: a target: leader/,
    },
    {
      name: "two conditions",
      step: "inject: { fault: pause, target: leader, until: { elected: other, writes: 3 }, limit: 5 s }",
      says: /inject\.until: exactly one condition/,
    },
    {
      name: "no limit",
      step: "inject: { fault: pause, target: leader, until: { elected: other } }",
      says: /inject\.limit: /,
    },
    {
      name: "a wait without end",
      step: "await: { elected: any }\n        within: 90000 min",
      says: /within: at most 24 hours/,
    },
    {
      name: "too many sessions",
      step: "await: { elected: any }\n        within: 1001 sessions",
      says: /within: at most 24 hours, or 1000 sessions/,
    },
  ])("names $name", ({ step, says }) => {
    expect(problemsOf(GOOD.replace("run: 1 s", step))).toEqual([expect.stringMatching(says)]);
  });

  it.each([
    { name: "a list without its end", text: "name: [a\n", says: /^2: / },
    { name: "a key twice", text: "name: a\nname: b\n", says: /^2: Map keys must be unique/ },
    { name: "nothing", text: "", says: /^1: .*expected object/ },
    { name: "no mapping", text: "- a\n", says: /^1: .*expected object/ },
    { name: "bytes that are no text", text: Buffer.from([0xff, 0xfe, 0x00, 0x01]), says: /^1: / },
  ])("says where the YAML is $name", ({ text, says }) => {
    expect(problemsOf(text)[0]).toMatch(says);
  });

  it("refuses aliases that multiply", () => {
    const nine = (word: string): string => `[${Array.from({ length: 9 }, () => word).join(", ")}]`;
    const bomb = [
      `a: &a ${nine("x")}`,
      `b: &b ${nine("*a")}`,
      `c: &c ${nine("*b")}`,
      `d: ${nine("*c")}`,
    ];
    writeFileSync(join(folder, "bomb.yaml"), bomb.join("\n"));
    expect(() => loadScenario(join(folder, "bomb.yaml"))).toThrow(/aliases cannot be expanded/);
  });

  it("refuses what is no file, is not there, or is too long", () => {
    mkdirSync(join(folder, "dir.yaml"));
    writeFileSync(join(folder, "long.yaml"), " ".repeat(2 * 1024 * 1024));
    const refusal = (name: string): unknown => {
      try {
        return loadScenario(join(folder, name));
      } catch (error) {
        return error;
      }
    };
    for (const [name, says] of [
      ["dir.yaml", "it is a directory"],
      ["none.yaml", "there is no such file"],
      ["long.yaml", "2097152 bytes, at most 1048576"],
    ] as const) {
      const error = refusal(name);
      expect(error).toBeInstanceOf(LabError);
      expect(error).toMatchObject({ code: "bad-input", message: expect.stringContaining(says) });
    }
  });

  it("knows every scenario and suite of the catalogue, and each suite's scenarios", () => {
    const scenarios = catalogueNames("scenario");
    expect(scenarios).toContain("gc-pause");
    for (const name of scenarios) expect(loadScenario(name).scenario.name).toBe(name);
    for (const suite of catalogueNames("suite")) {
      expect(scenarios).toEqual(expect.arrayContaining(loadSuite(suite).scenarios));
    }
    expect(() => loadScenario("gc-paus")).toThrow(/the catalogue has .*gc-pause/);
  });
});

describe("durations", () => {
  const base = { sessionTimeoutMs: 2_000, tickTimeMs: 500 };

  it.each([
    ["500 ms", 500],
    ["2 s", 2_000],
    ["1.5s", 1_500],
    ["1 min", 60_000],
    ["3 sessions", 6_000],
    ["1 session", 2_000],
    ["0.5 ticks", 250],
    ["24 min", 1_440_000],
  ])("%s is %d ms", (text, ms) => {
    expect(durationSchema.safeParse(text).success).toBe(true);
    expect(toMs(text, base)).toBe(ms);
  });

  it.each(["-5 s", "5", "s", "", "5 h", "5 s ", "1e3 ms", "٣ s", "99999999999 ms", "1001 ticks"])(
    "refuses %j",
    (text) => {
      expect(durationSchema.safeParse(text).success).toBe(false);
    },
  );

  it.each(["2 sessions", "0 ms", "0.5 ms", "11 min", "-1 s"])("as a setting refuses %j", (text) => {
    expect(absoluteDurationSchema.safeParse(text).success).toBe(false);
  });

  it("whatever is accepted is a time that Node's timers can count", () => {
    const text = fc
      .tuple(
        // Around the limits: of all doubles nearly none is a number that a scenario would write.
        fc.oneof(fc.double({ min: 0, max: 1_100 }), fc.double({ min: 0, max: 2 ** 40 })),
        fc.constantFrom("ms", "s", "min", "sessions", "ticks"),
      )
      .map(([amount, unit]) => `${amount.toFixed(3)} ${unit}`);
    const longest = { sessionTimeoutMs: 600_000, tickTimeMs: 600_000 };
    fc.assert(
      fc.property(text, (duration) => {
        fc.pre(durationSchema.safeParse(duration).success);
        expect(toMs(duration, longest)).toBeLessThan(2 ** 31);
      }),
    );
  });
});
