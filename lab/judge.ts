/**
 * From a run directory to its verdict: load the evidence, audit it, write what can always be made
 * again. The same code for a live run, a re-audit and a test.
 */

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { audit } from "./audit/audit.ts";
import type { AuditResult } from "./audit/types.ts";
import type { Evidence } from "./evidence/evidence.ts";
import { replaceFile } from "./evidence/files.ts";
import { loadEvidence } from "./evidence/load.ts";
import { FILES } from "./evidence/run-directory.ts";
import { compareExpectations, type Expectation } from "./report/expectation.ts";
import { renderHtml } from "./report/html.ts";
import { toJson } from "./report/json.ts";
import { type JunitRun, renderJunit } from "./report/junit.ts";

export interface Judgement {
  readonly evidence: Evidence;
  readonly result: AuditResult;
  /** One a group that states one; none for runs that were made before run.json kept them. */
  readonly expectations: readonly Expectation[];
}

/** Where judgeRun wrote. */
export interface JudgedRun extends Judgement {
  readonly auditFile: string;
  readonly reportFile: string;
  readonly junitFile: string;
}

/** Judges a run directory and writes audit.json, report.html and junit.xml into it. */
export function judgeRun(directory: string): JudgedRun {
  const judgement = judge(directory);
  const { evidence, result } = judgement;
  const auditFile = join(directory, FILES.audit);
  const reportFile = join(directory, FILES.report);
  const junitFile = join(directory, FILES.junit);
  replaceFile(auditFile, toJson(result.report));
  replaceFile(reportFile, renderHtml(evidence, result, { replay: replayCommand(evidence) }));
  replaceFile(junitFile, renderJunit([junitRun(judgement)]));
  return { ...judgement, auditFile, reportFile, junitFile };
}

/** The same without writing anything. */
export function judge(directory: string): Judgement {
  const evidence = loadEvidence(directory);
  const result = audit(evidence);
  return { evidence, result, expectations: compareExpectations(evidence.run, result.report) };
}

export function junitRun({ evidence, result, expectations }: Judgement): JunitRun {
  return { run: evidence.run, report: result.report, expectations };
}

/** The command that plays the same scenario with the same seed again. */
export function replayCommand({ run }: Evidence): string {
  const source = run.scenario.source;
  const what = source.startsWith("catalogue:") ? source.slice("catalogue:".length) : source;
  const verb = run.attached === undefined ? "run" : `attach ${run.attached}`;
  return `zklab ${verb} ${what} --seed ${run.seed}`;
}

/** manifest.json: sha-256 and size of every other file of the run, by its path in the run. */
export function writeManifest(directory: string): void {
  const files: Record<string, { sha256: string; bytes: number }> = {};
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const paths = entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => path !== join(directory, FILES.manifest))
    .sort();
  for (const path of paths) {
    const bytes = readFileSync(path);
    const sha256 = createHash("sha256").update(bytes).digest("hex");
    files[path.slice(directory.length + 1)] = { sha256, bytes: bytes.length };
  }
  writeFileSync(join(directory, FILES.manifest), toJson({ schema: 1, files }));
}
