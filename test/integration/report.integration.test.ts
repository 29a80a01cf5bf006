/** `zklab report`, as its users run it, on the evidence of a real run and on a suite's file. */

import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../lab/package-root.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { parseXml } from "../builders/xml.ts";
import { buildOnce, zklab } from "../builders/zklab-cli.ts";

const FIXTURE = join(packageRoot(), "test", "fixtures", "gc-pause");
const scratch = new ScratchFolder();
const run = join(scratch.path, "run");
const suite = join(scratch.path, "suite");
beforeAll(() => {
  buildOnce();
  cpSync(FIXTURE, run, { recursive: true });
  mkdirSync(suite);
  const row = { run: "../run", scenario: "gc-pause", seed: "1", verdict: "violated" };
  const runs = [{ ...row, asExpected: true, expectations: [] }];
  const file = { schema: 1, suite: "mine", planned: 1, runs };
  writeFileSync(join(suite, "suite.json"), JSON.stringify(file));
});
afterAll(() => scratch[Symbol.dispose]());

describe("zklab report", () => {
  it("makes page, JUnit and audit again, the same bytes each time", async () => {
    const made = ["report.html", "junit.xml", "audit.json"].map((name) => join(run, name));
    const first = await zklab(["report", run]);
    expect(first).toMatchObject({ code: 0, stderr: "", stdout: `${made.join("\n")}\n` });
    const bytes = made.map((file) => readFileSync(file, "utf8"));
    await zklab(["report", run]);
    expect(made.map((file) => readFileSync(file, "utf8"))).toEqual(bytes);
    expect(parseXml(bytes[1] ?? "").attributes["failures"]).toBe("1");
  });

  it.each([
    { format: "html", starts: "<!doctype html>" },
    { format: "junit", starts: "<?xml" },
    { format: "json", starts: "{\n" },
    { format: "summary", starts: "### ✗ gc-pause: violated" },
  ])("prints $format alone, and writes nothing into the run", async ({ format, starts }) => {
    const before = readdirSync(FIXTURE);
    const { code, stdout, stderr } = await zklab(["report", FIXTURE, "--format", format]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout.startsWith(starts)).toBe(true);
    expect(readdirSync(FIXTURE)).toEqual(before);
  });

  it("writes where it is told", async () => {
    const out = join(scratch.path, "junit.xml");
    const result = await zklab(["report", run, "--format", "junit", "--out", out]);
    expect(result).toMatchObject({ code: 0, stdout: `${out}\n` });
    expect(parseXml(readFileSync(out, "utf8")).name).toBe("testsuites");
  });

  it("makes a suite's page from suite.json alone", async () => {
    expect(await zklab(["report", suite])).toMatchObject({ code: 0, stderr: "" });
    const page = readFileSync(join(suite, "report.html"), "utf8");
    expect(page).toContain('href="../run/report.html"');
    const summary = await zklab(["report", suite, "--format", "summary"]);
    expect(summary.stdout).toMatch(/^## ✓ zklab suite `mine`: 1 of 1 run as expected/);
  });

  it.each([
    { name: "nothing", args: ["/nowhere"], code: 64, says: /there is no such directory/ },
    { name: "a file", args: ["package.json"], code: 64, says: /it is no directory/ },
    { name: "no run", args: ["lab"], code: 64, says: /no run\.json in it/ },
    {
      name: "a format that is none",
      args: [run, "--format", "pdf"],
      code: 64,
      says: /html, junit/,
    },
    { name: "--out alone", args: [run, "--out", "x"], code: 64, says: /--out needs --format/ },
    {
      name: "a suite as JUnit",
      args: [suite, "--format", "junit"],
      code: 64,
      says: /suite\.json holds no claims/,
    },
    {
      name: "a place that cannot be written",
      args: [run, "--format", "html", "--out", "/proc/none"],
      code: 3,
      says: /write \/proc\/none/,
    },
  ])("of $name: $code and what to do", async ({ args, code, says }) => {
    const result = await zklab(["report", ...args]);
    expect(result).toMatchObject({ code, stdout: "" });
    expect(result.stderr).toMatch(says);
    expect(result.stderr).not.toMatch(/^\s+at /m);
  });

  it("of a suite.json that is none: 64", async () => {
    const broken = join(scratch.path, "broken");
    mkdirSync(broken);
    writeFileSync(join(broken, "suite.json"), '{"schema":1,"runs":3}');
    const result = await zklab(["report", broken]);
    expect(result.code).toBe(64);
    expect(result.stderr).toMatch(/suite\.json: suite: .*runs: /);
  });
});
