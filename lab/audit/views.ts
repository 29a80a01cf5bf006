/** Terms, writes and group sums as plain values for audit.json and the timeline. */

import { formatSession, formatZxid } from "../ids.ts";
import type { GuardedWrite } from "./guarded-writes.ts";
import { judgeWrite } from "./judgement.ts";
import { formatPosition, type Term } from "./terms.ts";
import { formatToken } from "./token.ts";
import type { ClaimResult, GroupSummary, TermView, WriteView } from "./types.ts";
import { groupVerdict } from "./verdict.ts";
import type { GroupWorld, World } from "./world.ts";

export function viewTerm(world: World, group: GroupWorld, term: Term): TermView {
  const { ended } = term;
  return {
    id: term.id,
    group: term.group,
    znode: term.node.path,
    token: formatToken(term.token),
    session: formatSession(term.node.session),
    incarnation: group.blackBox ? undefined : term.owner,
    from: formatPosition(term.from),
    to: ended === undefined ? undefined : formatPosition(ended.at),
    began: world.placeOf(term.from.zxid),
    ended: ended === undefined ? undefined : world.placeOf(ended.at.zxid),
  };
}

export function viewWrite(
  world: World,
  group: GroupWorld,
  write: GuardedWrite,
): WriteView | undefined {
  const judgement = judgeWrite(write, world.doubts);
  if (judgement === undefined) return undefined;
  const { record } = write.txn;
  const { leading, path } = judgement.target;
  return {
    group: write.group,
    zxid: formatZxid(record.zxid),
    path,
    op: write.opId,
    session: formatSession(record.session),
    incarnation: group.blackBox ? undefined : write.writer,
    judgement: judgement.kind,
    term: leading.kind === "term" ? leading.term.id : undefined,
    at: world.placeOf(record.zxid),
  };
}

export function summarise(group: GroupWorld, claims: readonly ClaimResult[]): GroupSummary {
  const own = claims.filter((claim) => claim.group === group.info.name);
  const { exposed } = group.exposure;
  const ended = (end: (typeof exposed)[number]["end"]): number =>
    exposed.filter((each) => each.end === end).length;
  return {
    group: group.info.name,
    strategy: group.info.strategy,
    verdict: groupVerdict(own),
    terms: group.terms.length,
    committedWrites: group.writes.length,
    exposed: exposed.length,
    committedStale: ended("committedStale"),
    fencedByServer: ended("fencedByServer"),
    refusedByClient: ended("refusedByClient"),
    otherwise: ended("otherwise"),
  };
}
