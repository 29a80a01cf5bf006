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
import { loadEvidence } from "./evidence/load.ts";
import { FILES } from "./evidence/run-directory.ts";
import { renderHtml } from "./report/html.ts";
import { toJson } from "./report/json.ts";

export interface Judgement {
  readonly evidence: Evidence;
  readonly result: AuditResult;
  readonly auditFile: string;
  readonly reportFile: string;
}

/** Judges a run directory and writes audit.json and report.html into it. */
export function judgeRun(directory: string): Judgement {
  const evidence = loadEvidence(directory);
  const result = audit(evidence);
  const auditFile = join(directory, FILES.audit);
  const reportFile = join(directory, FILES.report);
  writeFileSync(auditFile, toJson(result.report));
  writeFileSync(reportFile, renderHtml(evidence, result, { replay: replayCommand(evidence) }));
  return { evidence, result, auditFile, reportFile };
}

/** The command that plays the same scenario with the same seed again. */
export function replayCommand({ run }: Evidence): string {
  const source = run.scenario.source;
  const what = source.startsWith("catalogue:") ? source.slice("catalogue:".length) : source;
  return `zklab run ${what} --seed ${run.seed}`;
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
