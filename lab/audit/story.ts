/** The telling of a finding in at most five lines: who led, what happened, what was committed when. */

import type { FaultEvent } from "../evidence/history.ts";
import { formatSession, formatZxid } from "../ids.ts";
import type { Bracket } from "./brackets.ts";
import type { GuardedWrite } from "./guarded-writes.ts";
import type { Op } from "./ops.ts";
import { nameOf } from "./paths.ts";
import { STOPPING_FAULTS } from "./presence.ts";
import type { Term } from "./terms.ts";
import type { GroupWorld, World } from "./world.ts";

const NS_PER_MS = 1e6;
const NS_PER_S = 1e9;

/** The story of a write committed when its contender did not lead. `path` is the target that convicts it. */
export function staleStory(
  world: World,
  group: GroupWorld,
  write: GuardedWrite,
  path: string,
): readonly string[] {
  const term = write.lastLed;
  const zxid = formatZxid(write.txn.record.zxid);
  if (term === undefined) {
    const who = write.writer ?? "no contender";
    return [`${zxid} committed a write to ${path} by ${who}, who had never led`];
  }
  const lines = [
    `${term.owner} led from zxid ${formatZxid(term.from.zxid)} (latch …/${nameOf(term.node.path)})`,
  ];
  if (write.op !== undefined) lines.push(decided(world, write.op));
  if (term.ended !== undefined) lines.push(handover(term, group));
  const again = write.op === undefined ? undefined : retried(world, write.op, write);
  if (again !== undefined) lines.push(again);
  lines.push(`${zxid} committed its write to ${path}${delay(world, write, term)}`);
  return lines;
}

function decided(world: World, op: Op): string {
  const at = op.attempts[0]?.invoke?.at;
  const when = at === undefined ? "" : ` at ${seconds(at)}`;
  const fault = at === undefined ? undefined : faultOn(world, op, at);
  if (fault !== undefined)
    return `it decided op ${op.id}${when} and ${struck(fault)} at ${seconds(fault.at)} (${fault.fault} ${fault.injection})`;
  const hold = op.holds[0];
  if (hold !== undefined)
    return `it decided op ${op.id}${when} and was held before sending from ${seconds(hold.at)}`;
  return `it decided op ${op.id}${when}`;
}

/** What became of it: a fault that is not known here is named and no more. */
function struck({ fault }: FaultEvent): string {
  if (STOPPING_FAULTS.has(fault)) return "was stopped";
  if (fault === "reset") return "had its connection reset";
  if (fault === "kill" || fault === "stop") return "was ended";
  return `was struck by ${fault}`;
}

function stops({ fault }: FaultEvent): boolean {
  return STOPPING_FAULTS.has(fault) || fault === "kill" || fault === "stop";
}

/** The first fault that came into force on the op's incarnation while the op was in hand. */
function faultOn(world: World, op: Op, from: number): FaultEvent | undefined {
  const until = op.attempts.at(-1)?.outcome?.at ?? Number.POSITIVE_INFINITY;
  for (const { event } of world.evidence.history)
    if (
      event.type === "fault" &&
      event.phase === "in-force" &&
      event.at >= from &&
      event.at <= until &&
      event.resolved?.includes(op.incarnation) === true
    )
      return event;
  return undefined;
}

function handover(term: Term, group: GroupWorld): string {
  const ended = term.ended;
  if (ended === undefined) return `its term was still in force at the end of the run`;
  const at = formatZxid(ended.at.zxid);
  const session = formatSession(term.node.session);
  const how = {
    expired: `its session ${session} was closed by expiry at ${at}`,
    closed: `its session ${session} was closed at ${at}`,
    deleted: `its znode was deleted at ${at}`,
    overtaken: `its znode was no longer first from ${at}`,
    unclear: `who led is unclear from ${at}`,
  }[ended.cause];
  const next = group.terms.find((other) => other.from.zxid >= ended.at.zxid && other !== term);
  if (next === undefined) return `${how}; nobody led after it`;
  return `${how}; ${next.owner} led from ${formatZxid(next.from.zxid)}`;
}

function retried(world: World, op: Op, write: GuardedWrite): string | undefined {
  const codes = countRepeats(op.attempts.flatMap(({ outcome }) => outcome?.code ?? []));
  const released = op.holds.at(-1)?.until;
  const first = op.attempts.find(({ outcome }) => outcome !== undefined)?.outcome?.at;
  const at = released ?? first;
  const decidedAt = op.attempts[0]?.invoke?.at;
  const fault = decidedAt === undefined ? undefined : faultOn(world, op, decidedAt);
  const what = fault === undefined || stops(fault) ? "it ran again" : "it went on";
  const ran = at === undefined ? what : `${what} at ${seconds(at)}`;
  const session = formatSession(write.txn.record.session);
  if (codes.length > 0) return `${ran}, got ${codes.join(", ")}, and retried on session ${session}`;
  return released === undefined ? undefined : `${ran} and sent it on session ${session}`;
}

/** `A, B, B, B` → `A, B (3 times)`: a client that spins says the same thing over and over. */
function countRepeats(codes: readonly string[]): readonly string[] {
  const runs: { readonly code: string; times: number }[] = [];
  for (const code of codes) {
    const last = runs.at(-1);
    if (last?.code === code) last.times += 1;
    else runs.push({ code, times: 1 });
  }
  return runs.map(({ code, times }) => (times === 1 ? code : `${code} (${times} times)`));
}

function delay(world: World, write: GuardedWrite, term: Term): string {
  if (term.ended === undefined) return "";
  const from = world.bracketOf(term.ended.at.zxid);
  const to = world.bracketOf(write.txn.record.zxid);
  if (from === undefined || to === undefined) return " after it had lost leadership";
  const after = Math.max(0, Math.round((middle(to) - middle(from)) / NS_PER_MS));
  const error = Math.ceil((width(to) + width(from)) / 2 / NS_PER_MS);
  return ` ${after} ms (±${error}) after it had lost leadership`;
}

function middle(bracket: Bracket): number {
  return (bracket.earliest + bracket.latest) / 2;
}

function width(bracket: Bracket): number {
  return Math.max(0, bracket.latest - bracket.earliest);
}

function seconds(at: number): string {
  return `${(at / NS_PER_S).toFixed(3)} s`;
}
