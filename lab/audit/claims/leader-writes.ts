/**
 * Every guarded write is committed while its contender leads. Findings: `stale-leader-write` (the writer
 * had led before; `while` says whether another leads or nobody does), `leaderless-write` (it never had),
 * `foreign-write` (a session of no contender: unknown until the scenario names the writer).
 */

import { assertNever } from "../../errors.ts";
import { formatSession, formatZxid } from "../../ids.ts";
import { logRef, Tally, termRef } from "../findings.ts";
import type { GuardedWrite } from "../guarded-writes.ts";
import { type Judgement, judgeWrite } from "../judgement.ts";
import { staleStory } from "../story.ts";
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
    evidence: evidenceOf(write, judgement),
  };
  // From bare logs a session is a contender; a client that wrote on its second session would be
  // acquitted by a join, so the sentence says how it was judged.
  const basis = group.blackBox ? " (judged by session)" : "";
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
        message: `${at} wrote ${path} by ${write.writer}, which had never led${basis}`,
        story: staleStory(world, group, write, path),
      }));
      break;
    case "stale":
      tally.find("violation", () => ({
        ...common,
        name: "stale-leader-write",
        culprit: "contender",
        while: judgement.while,
        message: `${at} wrote ${path} by ${write.writer}, which led no longer, while ${whoLeads(judgement)}${basis}`,
        story: staleStory(world, group, write, path),
      }));
      break;
    default:
      assertNever(judgement);
  }
}

function whoLeads(judgement: Judgement): string {
  const { leading } = judgement.target;
  if (leading.kind === "term") return `${leading.term.owner} led`;
  return leading.kind === "blocked" ? `nobody led (${leading.path} is first)` : "nobody led";
}

function evidenceOf(write: GuardedWrite, judgement: Judgement): readonly EvidenceRef[] {
  const { leading } = judgement.target;
  const terms: Term[] = [];
  if (write.lastLed !== undefined) terms.push(write.lastLed);
  if (leading.kind === "term" && leading.term !== write.lastLed) terms.push(leading.term);
  return [logRef(write.txn.record), ...terms.map(termRef), ...toldRefs(write.op)];
}
