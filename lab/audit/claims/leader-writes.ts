/**
 * Every guarded write is committed while its contender leads. Findings: `stale-leader-write` (the writer
 * had led before; `while` says whether another leads or nobody does), `leaderless-write` (it never had),
 * `foreign-write` (a session of no contender: unknown until the scenario names the writer).
 */

import { assertNever } from "../../errors.ts";
import { formatSession, formatZxid } from "../../ids.ts";
import { historyRef, logRef, Tally, termRef } from "../findings.ts";
import type { GuardedWrite } from "../guarded-writes.ts";
import { type Judgement, judgeWrite } from "../judgement.ts";
import { mistakeOf, staleStory } from "../story.ts";
import type { Term } from "../terms.ts";
import { toldRefs } from "../told.ts";
import type { ClaimResult, EvidenceRef } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { countExposure, doubtOf } from "./common.ts";

export const LEADER_WRITES = {
  claim: "leader-writes",
  sentence: "Every guarded write is committed while its contender leads",
  findings: ["stale-leader-write", "leaderless-write", "foreign-write"],
} as const;

export function judgeLeaderWrites(world: World, group: GroupWorld): ClaimResult {
  const tally = new Tally({ ...LEADER_WRITES, group: group.info.name });
  doubtOf(world, group, tally);
  countExposure(group, tally);
  for (const write of group.writes) {
    const judgement = judgeWrite(write, world.doubts);
    if (judgement === undefined) continue;
    tally.examined++;
    take(world, group, write, judgement, tally);
  }
  for (const reason of group.election.unclear) tally.doubt(`who led is unclear: ${reason}`);
  return tally.conclude();
}

function take(
  world: World,
  group: GroupWorld,
  write: GuardedWrite,
  judgement: Judgement,
  tally: Tally,
): void {
  const { record } = write.txn;
  const { path } = judgement.target;
  const at = formatZxid(record.zxid);
  const common = {
    zxid: at,
    path,
    op: write.opId,
    session: formatSession(record.session),
    incarnation: write.writer,
    evidence: evidenceOf(world, write, judgement),
  };
  const basis = group.blackBox ? ` (${basisOf(world, write, judgement)})` : "";
  switch (judgement.kind) {
    case "good":
      break;
    case "unknown":
      tally.find("unknown", () => ({
        ...common,
        name: "evidence-gap",
        culprit: "lab",
        message: `whether ${write.writer} led when ${at} wrote ${path} is unknown: ${judgement.reason}`,
      }));
      break;
    case "foreign":
      tally.find("unknown", () => ({
        ...common,
        name: "foreign-write",
        culprit: world.contenders.labSessions.has(record.session) ? "lab" : "contender",
        message: `${at} wrote ${path} by session ${common.session}, which belongs to no contender of ${group.info.name}`,
      }));
      break;
    case "leaderless":
      tally.find("violation", () => ({
        ...common,
        name: "leaderless-write",
        culprit: "contender",
        message: `${write.writer} had never led when ${at} committed its write to ${path}${basis}`,
        story: staleStory(world, group, write, path),
      }));
      break;
    case "stale":
      tally.find("violation", () => ({
        ...common,
        name: "stale-leader-write",
        culprit: "contender",
        while: judgement.while,
        message: `${whoLeads(judgement)} when ${at} committed a write to ${path} by ${write.writer}${mistakeOf(world, write)}${basis}`,
        story: staleStory(world, group, write, path),
      }));
      break;
    default:
      assertNever(judgement);
  }
}

/**
 * From logs alone a session is a contender; a client that writes on its second session would be acquitted
 * by a join (semantics 5), so the sentence says how it was judged, and whether a join would remove it.
 */
function basisOf(
  { evidence, electionData }: World,
  { txn }: GuardedWrite,
  { target: { leading } }: Judgement,
): string {
  if ((evidence.bare?.sessionsBy ?? "session") !== "session")
    return "judged by session, joined as told";
  const own = electionData.get(txn.record.session);
  const leaders = leading.kind === "term" ? electionData.get(leading.term.node.session) : undefined;
  if (own === undefined || own !== leaders) return "judged by session";
  return "judged by session; the leading session wrote the same into its election znode, and joined by that it would be none";
}

function whoLeads(judgement: Judgement): string {
  const { leading } = judgement.target;
  if (leading.kind === "term") return `${leading.term.owner} led`;
  return leading.kind === "blocked" ? `nobody led (${leading.path} is first)` : "nobody led";
}

/** The write, what ended the writer's term, both terms, who the session is, and what the writer told. */
function evidenceOf(
  world: World,
  write: GuardedWrite,
  judgement: Judgement,
): readonly EvidenceRef[] {
  const { leading, path, op } = judgement.target;
  const { record } = write.txn;
  const terms: Term[] = [];
  if (write.lastLed !== undefined) terms.push(write.lastLed);
  if (leading.kind === "term" && leading.term !== write.lastLed) terms.push(leading.term);
  const named = write.opId === undefined ? "" : `, op ${write.opId} in its data`;
  const says = `the write: ${op} of ${path} by session ${formatSession(record.session)}${named}`;
  return [
    logRef(record, says),
    ...endRef(world, write.lastLed),
    ...terms.map(termRef),
    ...sessionRef(world, write),
    ...toldRefs(write.op),
  ];
}

function endRef(world: World, term: Term | undefined): readonly EvidenceRef[] {
  const ended = term?.ended;
  const logged = ended === undefined ? undefined : world.union.at(ended.at.zxid);
  if (term === undefined || ended === undefined || logged === undefined) return [];
  const { record } = logged.txn;
  const by =
    ended.cause === "expired" ? "session expired" : `session ${formatSession(ended.session)}`;
  return [logRef(record, `what ended the term of ${term.owner}: ${record.type}, ${by}`)];
}

/** The log knows sessions; that this one is the writer's is the writer's own word. */
function sessionRef(world: World, { txn, writer }: GuardedWrite): readonly EvidenceRef[] {
  const id = formatSession(txn.record.session);
  for (const { line, event } of world.evidence.history)
    if (event.type === "contender" && event.line.type === "session" && event.line.id === id)
      if (event.incarnation === writer)
        return [historyRef(line, `${writer} says that session ${id} is its own`)];
  return [];
}
