/**
 * …within the very term in which it was decided (semantics 10). The term of the decision cannot be read
 * from the log, and inferring it from the last `elected` line convicts a program that decides, resigns,
 * is re-elected and decides again while old callbacks print late. So `invoke` carries the token; where it
 * does not, only a `path` guard tells (the checked znode is the token). All else is unexamined.
 */

import { formatSession, formatZxid } from "../../ids.ts";
import { isTrusted } from "../doubts.ts";
import { logRef, Tally, termRef } from "../findings.ts";
import type { GuardedWrite } from "../guarded-writes.ts";
import { shortName } from "../paths.ts";
import type { Term } from "../terms.ts";
import { formatToken, sameToken, type Token } from "../token.ts";
import { toldRefs } from "../told.ts";
import type { ClaimResult } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { countExposure, doubtOf } from "./common.ts";

export const TERM_WRITES = {
  claim: "term-writes",
  sentence: "Every guarded write is committed in the very term in which it was decided",
  findings: ["stale-term-write"],
} as const;

export function judgeTermWrites(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...TERM_WRITES, group: group.info.name });
  countExposure(group, tally);
  if (group.blackBox && group.info.promises.guard !== "path")
    return tally.notApplicable("the contenders do not tell under which term they decide");
  doubtOf(world, group, tally);
  for (const write of group.writes) {
    const token = tokenOf(write);
    const term = ownTermOf(write);
    if (
      token === undefined ||
      term === undefined ||
      !isTrusted(world.doubts, write.txn.record.zxid)
    ) {
      // Committed while another led or nobody: leader-writes judges that.
      tally.count("unexamined");
      continue;
    }
    tally.examined++;
    if (!sameToken(token, term.token)) take(write, { token, term }, tally);
  }
  return tally.conclude();
}

/** The token of the decision: as told by the first attempt, else by the znode that the guard checks. */
function tokenOf(write: GuardedWrite): Token | undefined {
  if (write.op !== undefined) return write.op.token;
  const node = write.checks.find((check) => check.node?.owner === write.writer)?.node;
  return node === undefined ? undefined : { czxid: node.created.zxid, path: node.path };
}

/** The term in force at the write, if it is the writer's own: "same incarnation". */
function ownTermOf(write: GuardedWrite): Term | undefined {
  for (const { leading } of write.targets)
    if (leading.kind === "term" && leading.term.owner === write.writer) return leading.term;
  return undefined;
}

function take(write: GuardedWrite, found: { token: Token; term: Term }, tally: Tally): void {
  const { record } = write.txn;
  const at = formatZxid(record.zxid);
  const path = write.targets[0]?.path;
  tally.find("violation", () => ({
    name: "stale-term-write",
    culprit: "contender",
    message: `${at} wrote ${path} by ${write.writer} under token ${formatToken(found.token)}, while its term is that of ${formatToken(found.term.token)}`,
    zxid: at,
    path,
    op: write.opId,
    session: formatSession(record.session),
    incarnation: write.writer,
    story: [
      `${write.writer} decided op ${write.opId} in the term of zxid ${formatZxid(found.token.czxid)} (znode …/${shortName(found.token.path)})`,
      `that term was over, and it led again from zxid ${formatZxid(found.term.from.zxid)}`,
      `zxid ${at} committed the old decision in the new term`,
    ],
    evidence: [logRef(record), termRef(found.term), ...toldRefs(write.op)],
  }));
}
