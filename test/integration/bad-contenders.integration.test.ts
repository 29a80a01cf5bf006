/**
 * Contenders that break the contract: the lab survives them, keeps and counts what they said, and takes
 * none of them for a contender that holds.
 */

import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot } from "../../lab/package-root.ts";
import { BAD_CONTENDERS, badScenario, scriptOf } from "../builders/bad-contenders.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, type CliResult, RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

/** The shipped contenders, started as if they were somebody's own program. */
const CONTENDERS_MAIN = join(packageRoot(), "dist", "contenders", "main.js");
const MIB = 1024 * 1024;

const scratch = new ScratchFolder();
afterAll(() => scratch[Symbol.dispose]());

let run: string;
let result: CliResult;
let history: readonly Record<string, unknown>[];
beforeAll(async () => {
  buildOnce();
  for (const bad of BAD_CONTENDERS) scratch.file(`contenders/${bad.name}.cjs`, scriptOf(bad));
  const fileOf = (name: string): string => join(scratch.path, "contenders", `${name}.cjs`);
  const file = scratch.file(
    "bad-contenders.yaml",
    badScenario(fileOf, process.execPath, CONTENDERS_MAIN),
  );
  const runs = join(scratch.path, "runs");
  result = await zklab([...RUN_LOCALLY, file, "--runs", runs], { env: scratch.ownCache() });
  run = join(runs, "bad-contenders", "latest");
  const lines = readFileSync(join(run, "history.jsonl"), "utf8").trim().split("\n");
  history = lines.map((line) => JSON.parse(line) as Record<string, unknown>);
});

interface Report {
  readonly verdict: string;
  readonly reasons: readonly string[];
  readonly claims: readonly {
    readonly claim: string;
    readonly group?: string;
    readonly examined: number;
    readonly violations: number;
  }[];
  readonly groups: readonly { readonly group: string; readonly verdict: string }[];
}

function report(): Report {
  return JSON.parse(readFileSync(join(run, "audit.json"), "utf8")) as Report;
}

function verdictOf(group: string): string | undefined {
  return report().groups.find((one) => one.group === group)?.verdict;
}

describe("a run of contenders that break the contract", () => {
  it("goes to its end and is not as expected", () => {
    // The one that claims writes that are in no log is caught lying, so 1 and not 2.
    expect(result).toMatchObject({ code: 1, stderr: "" });
    expect(result.stdout).not.toContain("cut short");
    expect(history.some(({ type }) => type === "sealing")).toBe(true);
  });

  it("says what it starts, before it starts it", () => {
    const said = result.stdout.indexOf(`starts for garbage: ${process.execPath} `);
    expect(said).toBeGreaterThan(0);
    expect(said).toBeLessThan(result.stdout.indexOf("contenders\n"));
  });

  it("shows nothing of what they printed that could move a terminal's cursor", () => {
    expect(result.stdout).not.toContain("\u0007");
  });

  it.each(BAD_CONTENDERS)("$name: never holds", ({ name }) => {
    expect(report().verdict).not.toBe("holds");
    expect(verdictOf(name)).toMatch(/^(unknown|violated)$/);
  });

  it("plays and examines a program of one's own that keeps the contract", () => {
    const writes = report().claims.find(
      ({ claim, group }) => claim === "leader-writes" && group === "good",
    );
    expect(writes?.violations).toBe(0);
    expect(writes?.examined).toBeGreaterThan(10);
    // What its neighbours said of themselves is no evidence against it.
    expect(verdictOf("good")).toBe("holds");
    const info = JSON.parse(readFileSync(join(run, "run.json"), "utf8")) as {
      groups: { name: string; command?: string[] }[];
    };
    const good = info.groups.find(({ name }) => name === "good");
    expect(good?.command).toEqual([process.execPath, CONTENDERS_MAIN, "latch-check"]);
  });

  it("tells who spoke without a valid hello, and who promised something else", () => {
    const reasons = report().reasons.join("\n");
    expect(reasons).toContain("wrong-hello/c1#1 speaks without a valid hello");
    expect(reasons).toMatch(
      /other-promises\/c1#1 promises guard none,.* and guard path,.* was expected/,
    );
  });

  it.each(BAD_CONTENDERS.flatMap(({ name, badLine }) => (badLine ? [{ name, badLine }] : [])))(
    "$name: its bad lines are counted, with a sample, and bounded",
    ({ name, badLine }) => {
      const bad = history.filter(
        ({ type, incarnation }) => type === "bad-line" && incarnation === `${name}/c1#1`,
      );
      expect(bad.map(({ reason }) => reason)).toContainEqual(expect.stringMatching(badLine));
      expect(bad.length).toBeLessThanOrEqual(101);
      for (const { sample } of bad) expect(String(sample).length).toBeLessThanOrEqual(200);
    },
  );

  it("counts what it no longer records one by one", () => {
    const of = (name: string): unknown[] =>
      history
        .filter(({ type, incarnation }) => type === "bad-line" && incarnation === `${name}/c1#1`)
        .map(({ reason }) => reason);
    expect(of("garbage").at(-1)).toBe("1900 more bad lines");
    expect(of("no-newline").at(-1)).toMatch(/^\d+ bytes beyond the first 67108864: not read$/);
    expect(of("wrong-clock")).toHaveLength(4);
  });

  it("keeps their output as evidence, at most 64 MiB of each", () => {
    const directory = join(run, "contenders");
    const sizes = Object.fromEntries(
      readdirSync(directory).map((name) => [name, statSync(join(directory, name)).size]),
    );
    expect(sizes["no-newline.c1#1.stdout"]).toBe(64 * MIB);
    for (const size of Object.values(sizes)) expect(size).toBeLessThanOrEqual(64 * MIB);
    expect(statSync(join(run, "history.jsonl")).size).toBeLessThan(MIB);
  });

  it("tells how the one that was gone at once ended", () => {
    expect(history).toContainEqual(
      expect.objectContaining({
        type: "process",
        incarnation: "gone-at-once/c1#1",
        state: "exited",
        code: 7,
      }),
    );
  });
});
