/** What a contender said about an op, as references into the history that a person can open. */

import { formatSession } from "../ids.ts";
import { historyRef } from "./findings.ts";
import type { Attempt, Op } from "./ops.ts";
import type { EvidenceRef } from "./types.ts";

/** The contract's three ends, as one says them: `info` is no failure, it may have been done. */
const ENDS = {
  ok: "is acknowledged",
  fail: "is certainly not done",
  info: "ends without an answer: it may have been done or not",
} as const;

/** Every line of the op, in the order of its attempts. */
export function toldRefs(op: Op | undefined): readonly EvidenceRef[] {
  if (op === undefined) return [];
  return op.attempts.flatMap((attempt) => attemptRefs(op, attempt));
}

/** The invocation of one attempt and its outcome, as far as they were told. */
export function attemptRefs(op: Op, attempt: Attempt): readonly EvidenceRef[] {
  const { invoke, outcome } = attempt;
  const what = `op ${op.id} attempt ${attempt.n}`;
  const refs: EvidenceRef[] = [];
  if (invoke !== undefined) {
    const session =
      invoke.session === undefined ? "" : ` on session ${formatSession(invoke.session)}`;
    refs.push(
      historyRef(
        invoke.line,
        `at ${seconds(invoke.at)} ${op.incarnation} invokes ${what}: ${invoke.path}${session}`,
      ),
    );
  }
  if (outcome !== undefined) {
    const code = outcome.code === undefined ? "" : ` (${outcome.code})`;
    const where = outcome.unsent ? ", never sent" : outcome.fenced ? ", refused at its guard" : "";
    const session =
      outcome.session === undefined ? "" : ` on session ${formatSession(outcome.session)}`;
    const how = ENDS[outcome.phase];
    refs.push(
      historyRef(outcome.line, `at ${seconds(outcome.at)} ${what} ${how}${code}${session}${where}`),
    );
  }
  return refs;
}

function seconds(at: number): string {
  return `${(at / 1e9).toFixed(3)} s`;
}
