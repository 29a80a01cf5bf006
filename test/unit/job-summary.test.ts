import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, describe, expect, it, vi } from "vitest";
import { LabError } from "../../lab/errors.ts";
import { compareExpectations } from "../../lab/report/expectation.ts";
import type { RunOutcome } from "../../lab/run.ts";
import { appendJobSummary } from "../../lab/verbs/run-reports.ts";
import { sampleRun } from "../builders/sample-run.ts";

const folder = mkdtempSync(join(tmpdir(), "zklab-summary-"));
afterEach(() => {
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});
afterAll(() => rmSync(folder, { recursive: true }));

const { evidence, result } = sampleRun();
const outcome: RunOutcome = {
  directory: "runs/gc-pause/x",
  judgement: {
    ...{ evidence, result, auditFile: "", reportFile: "", junitFile: "" },
    expectations: compareExpectations(evidence.run, result.report),
  },
  failure: undefined,
  begun: true,
};

describe("appendJobSummary", () => {
  it("adds to what the step has said already", () => {
    const file = join(folder, "summary.md");
    writeFileSync(file, "# mine\n");
    vi.stubEnv("GITHUB_STEP_SUMMARY", file);
    const failure = new LabError("interrupted", "…");
    appendJobSummary([outcome, { ...outcome, failure }], undefined);
    const text = readFileSync(file, "utf8");
    expect(text.startsWith("# mine\n### ✗ gc-pause: violated (as expected)")).toBe(true);
    expect(text.match(/^### /gm)).toHaveLength(2);
    expect(text).toContain("**The run was cut short**: interrupted");
  });

  it("fails no run where it cannot be written, and says so", () => {
    vi.stubEnv("GITHUB_STEP_SUMMARY", join(folder, "none", "summary.md"));
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    expect(() => appendJobSummary([outcome], undefined)).not.toThrow();
    expect(said.mock.calls.flat().join("")).toMatch(/the job summary was not written: ENOENT/);
  });

  it("does nothing outside GitHub", () => {
    vi.stubEnv("GITHUB_STEP_SUMMARY", "");
    const said = vi.spyOn(process.stderr, "write").mockReturnValue(true);
    appendJobSummary([outcome], undefined);
    expect(said).not.toHaveBeenCalled();
  });
});
