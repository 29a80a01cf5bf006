/**
 * Leadership is given up only when it is lost (semantics 14). A warning: default error policies give it up
 * on a mere disconnection, documented, and jobs restart although no session was lost. Needless is a
 * revocation, for another reason than resign or stop, of a contender whose session was used again
 * afterwards and whose znode nobody else removed. Judging by "session and znode lived" would convict the
 * careful: cut off from everything, a contender gives up at two thirds of its timeout, rightly, and the
 * session lives on for another second. So what the session did *afterwards* decides, and where the run
 * ended before it came back or expired nothing is said. Delete-and-recreate is a consequence, no cause.
 */

import { formatSession, formatZxid, type SessionId, type Zxid } from "../../ids.ts";
import type { TxnRecord } from "../../txnlog/types.ts";
import { type Belief, groupOf } from "../contenders.ts";
import { isTrusted } from "../doubts.ts";
import { historyRef, logRef, Tally, termRef } from "../findings.ts";
import type { Term } from "../terms.ts";
import { formatToken } from "../token.ts";
import type { ClaimResult } from "../types.ts";
import { isInRun } from "../window.ts";
import type { GroupWorld, World } from "../world.ts";
import { gradeOfWarning } from "./common.ts";

export const NEEDED_REVOCATIONS = {
  claim: "needed-revocations",
  sentence: "Leadership is given up only when it is lost",
  findings: ["needless-revocation"],
} as const;

const ON_PURPOSE: ReadonlySet<string> = new Set(["resign", "stop", "exit", "elected again"]);
const NS_PER_MS = 1e6;

export function judgeNeededRevocations(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...NEEDED_REVOCATIONS, group: group.info.name });
  if (group.blackBox) return tally.notApplicable("the contenders do not tell what they believe");
  const terms = new Map(group.terms.map((term) => [formatToken(term.token), term]));
  const own = world.contenders.beliefs.filter(
    (each) => groupOf(each.incarnation) === group.info.name,
  );
  for (const belief of own) {
    if (belief.to === undefined || ON_PURPOSE.has(belief.reason ?? "")) continue;
    const term = terms.get(formatToken(belief.token));
    const error = world.clockErrorOf(belief.incarnation);
    const later =
      term && error !== undefined
        ? afterwards(world, term.node.session, belief.to + error)
        : undefined;
    if (term === undefined || later === undefined) {
      tally.count("unexamined");
      continue;
    }
    tally.examined++;
    if (later.usedAgain === undefined || isRemovedByOthers(term)) continue;
    take(world, own, { belief, term, usedAgain: later.usedAgain }, tally);
  }
  if (tally.examined === 0)
    return tally.notApplicable(
      "nobody gave up leadership but on purpose, as far as it can be judged",
    );
  return tally.conclude();
}

interface Afterwards {
  /** What the session's own client asked for after the revocation, its orderly end aside. */
  readonly usedAgain: TxnRecord | undefined;
}

/** Undefined where the run ended before the session came back or ended. */
function afterwards(world: World, session: SessionId, revokedAt: number): Afterwards | undefined {
  for (const { record } of world.history.committed) {
    if (record.session !== session || !isInRun(record.zxid, world.window)) continue;
    if (!isTrusted(world.doubts, record.zxid)) return undefined;
    // Expired (cxid 0), or closed by somebody, before or after it was given up: it was lost.
    if (record.type === "closeSession") return { usedAgain: undefined };
    if (isCertainlyAfter(world, record.zxid, revokedAt)) return { usedAgain: record };
  }
  return undefined;
}

function isCertainlyAfter(world: World, zxid: Zxid, at: number): boolean {
  const bracket = world.bracketOf(zxid);
  return bracket !== undefined && bracket.earliest >= at;
}

/**
 * A session that was used again and ended later, as at the end of every run, took its own znode with
 * it; only somebody else's delete makes the revocation right. Counterexample: in a rollover naive gave
 * up three times on Disconnected, kept session and znode, and was acquitted by its own closeSession.
 */
function isRemovedByOthers(term: Term): boolean {
  const { ended, node } = term;
  return ended?.cause === "deleted" && ended.session !== node.session;
}

function take(
  world: World,
  beliefs: readonly Belief[],
  { belief, term, usedAgain }: { belief: Belief; term: Term; usedAgain: TxnRecord },
  tally: Tally,
): void {
  const next = beliefs.find((each) => each.from >= (belief.to ?? 0) && each !== belief);
  const without = next === undefined ? undefined : next.from - (belief.to ?? next.from);
  const gap = without === undefined ? "for good" : `for ${Math.round(without / NS_PER_MS)} ms`;
  const node = term.ended === undefined ? "its znode stayed" : "it removed its znode itself";
  const whoNext = next === undefined ? "nobody" : next.incarnation;
  tally.find(gradeOfWarning(world, "needless-revocation"), () => ({
    name: "needless-revocation",
    culprit: "library",
    message: `${belief.incarnation} gave up leadership (${belief.reason}) though its session ${formatSession(term.node.session)} lived on; ${node}; nobody believed ${gap}, then ${whoNext}`,
    zxid: formatZxid(usedAgain.zxid),
    path: term.node.path,
    session: formatSession(term.node.session),
    incarnation: belief.incarnation,
    evidence: [
      historyRef(
        belief.fromLine,
        `${belief.incarnation} believes from here, token ${formatToken(belief.token)}`,
      ),
      termRef(term),
      logRef(usedAgain),
    ],
  }));
}
