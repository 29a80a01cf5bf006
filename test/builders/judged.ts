/** Runs of one group that tests of the claims write by hand, and how they read what was found. */

import { auditCommitted } from "../../lab/audit/audit.ts";
import type { AuditReport, ClaimName, ClaimResult } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { GroupInfo } from "../../lab/evidence/run-info.ts";
import type { SessionId } from "../../lab/ids.ts";
import type { CommittedHistory } from "../../lab/txnlog/types.ts";
import { group, type TokenOf, who } from "./model-parts.ts";
import { RunModel } from "./run-model.ts";

export const C1 = who("naive", "c1");
export const C2 = who("naive", "c2");
export const PATH = "/run/naive/guarded/state";

export function latch(n: number): string {
  return `/run/naive/latch/_c_${n}-latch-${String(n).padStart(10, "0")}`;
}

/** c1 leads; the body runs; the run is sealed. */
export function ledByC1(
  body: (model: RunModel, session: SessionId, token: TokenOf) => void,
  info: GroupInfo = group(),
): RunModel {
  const model = new RunModel([info]).open();
  const session = model.connect(C1);
  const token = model.elect(C1, session, latch(0));
  body(model, session, token);
  return model.seal();
}

export function claimIn(report: AuditReport, name: ClaimName, of?: string): ClaimResult {
  const found = report.claims.find((each) => each.claim === name && each.group === of);
  if (found === undefined) throw new Error(`no claim ${name} of ${of ?? "the run"}`);
  return found;
}

/** The claim on `group` (undefined: on the run), from what the model says was committed. */
export function judgedClaim(
  model: RunModel,
  name: ClaimName,
  parts: { group?: string; evidence?: Evidence; history?: CommittedHistory } = {},
): ClaimResult {
  const { evidence = model.evidence(), history = model.history() } = parts;
  return claimIn(auditCommitted(evidence, history).report, name, parts.group);
}

export function names(result: ClaimResult): string[] {
  return result.findings.map((finding) => finding.name);
}
