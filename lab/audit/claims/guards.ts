/**
 * A contender that promises a guard has it, and it guards. `guard-missing`: a committed guarded write
 * without the promised guard. `guard-ineffective`: the guard was there and yet named a znode that is not
 * the token's, or the write got through while its contender did not lead.
 */

import { formatSession, formatZxid } from "../../ids.ts";
import { isTrusted } from "../doubts.ts";
import { logRef, Tally, termRef } from "../findings.ts";
import { type GuardJudgement, judgeGuard } from "../guard-judgement.ts";
import type { GuardedWrite } from "../guarded-writes.ts";
import { judgeWrite } from "../judgement.ts";
import type { ClaimResult } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { countExposure, doubtOf } from "./common.ts";

export const GUARDS = {
  claim: "guards",
  sentence: "Every guarded write carries the guard that its strategy promises, and the guard holds",
  findings: ["guard-missing", "guard-ineffective"],
} as const;

export function judgeGuards(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...GUARDS, group: group.info.name });
  countExposure(group, tally);
  const { guard } = group.info.promises;
  if (guard === "none") return tally.notApplicable("the strategy promises no guard");
  doubtOf(world, group, tally);
  for (const write of group.writes) {
    // A foreign session promised nothing.
    if (write.writer === undefined) {
      tally.count("foreign");
      continue;
    }
    const judged = judgeGuard(group, write);
    if (!judged.byRecord && !isTrusted(world.doubts, write.txn.record.zxid)) {
      tally.count("unexamined");
      continue;
    }
    tally.examined++;
    take(write, judged.kind === "present" ? effectOf(world, write) : judged, { tally, guard });
  }
  return tally.conclude();
}

/** A guard that is there is judged by what got through. */
function effectOf(world: World, write: GuardedWrite): GuardJudgement {
  const judgement = judgeWrite(write, world.doubts);
  if (judgement?.kind !== "stale" && judgement?.kind !== "leaderless")
    return { kind: "present", why: "", byRecord: false };
  const why = "it carried its guard and was committed while its contender did not lead";
  return { kind: "ineffective", why, byRecord: false };
}

function take(
  write: GuardedWrite,
  judged: GuardJudgement,
  { tally, guard }: { tally: Tally; guard: string },
): void {
  if (judged.kind === "present") return;
  const { record } = write.txn;
  const at = formatZxid(record.zxid);
  const path = write.targets[0]?.path;
  const [grade, name] =
    judged.kind === "ineffective"
      ? (["violation", "guard-ineffective"] as const)
      : ([judged.kind === "missing" ? "violation" : "unknown", "guard-missing"] as const);
  tally.find(grade, () => ({
    name,
    culprit: "contender",
    message: `${at} wrote ${path} by ${write.writer} with its ${guard} guard ${verb(judged.kind)}: ${judged.why}`,
    zxid: at,
    path,
    op: write.opId,
    session: formatSession(record.session),
    incarnation: write.writer,
    evidence: [logRef(record), ...(write.lastLed === undefined ? [] : [termRef(write.lastLed)])],
  }));
}

function verb(kind: GuardJudgement["kind"]): string {
  if (kind === "unknown") return "not to be seen";
  return kind === "missing" ? "missing" : "without effect";
}
