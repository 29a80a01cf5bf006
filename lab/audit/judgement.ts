/**
 * One guarded write against the term in force (semantics 3, 5, 28). Good iff the writing session belongs to
 * the incarnation that owns the leading znode. Joined by session, a contender with one session for the
 * election and one for its writes would be convicted; joined by name, a restarted c1 acquitted.
 */

import type { Doubts } from "./doubts.ts";
import { isTrusted } from "./doubts.ts";
import type { GuardedWrite, WriteTarget } from "./guarded-writes.ts";

export type Judgement =
  | { readonly kind: "good"; readonly target: WriteTarget }
  | {
      readonly kind: "stale";
      readonly target: WriteTarget;
      readonly while: "another leads" | "nobody leads";
    }
  | { readonly kind: "leaderless"; readonly target: WriteTarget }
  | { readonly kind: "foreign"; readonly target: WriteTarget }
  | { readonly kind: "unknown"; readonly target: WriteTarget; readonly reason: string };

/** The worst of its targets: a multi may write before it deletes its own latch, and after. */
const WEIGHT: Readonly<Record<Judgement["kind"], number>> = {
  good: 0,
  unknown: 1,
  foreign: 2,
  leaderless: 3,
  stale: 4,
};

export function judgeWrite(write: GuardedWrite, doubts: Doubts): Judgement | undefined {
  let worst: Judgement | undefined;
  for (const target of write.targets) {
    const judgement = judgeTarget(write, target, doubts);
    if (worst === undefined || WEIGHT[judgement.kind] > WEIGHT[worst.kind]) worst = judgement;
  }
  return worst;
}

function judgeTarget(write: GuardedWrite, target: WriteTarget, doubts: Doubts): Judgement {
  if (write.writer === undefined) return { kind: "foreign", target };
  const { leading } = target;
  if (!isTrusted(doubts, target.at.zxid))
    return { kind: "unknown", target, reason: "evidence before it is missing" };
  if (leading.kind === "unknown") return { kind: "unknown", target, reason: leading.reason };
  if (leading.kind === "term" && leading.term.owner === write.writer)
    return { kind: "good", target };
  if (write.lastLed === undefined) return { kind: "leaderless", target };
  // One finding with a `while` (semantics 28): whether the next term began before the stale write
  // commits is the scheduler's luck and not another kind of fault.
  const during = leading.kind === "term" ? "another leads" : "nobody leads";
  return { kind: "stale", target, while: during };
}
