/** The telling of a finding in at most five lines: who led, what happened, what was committed when. */

import type { FaultEvent } from "../evidence/history.ts";
import { formatSession, formatZxid } from "../ids.ts";
import type { Bracket } from "./brackets.ts";
import type { GuardedWrite } from "./guarded-writes.ts";
import type { Invoke, Op } from "./ops.ts";
import { shortName } from "./paths.ts";
import { STOPPING_FAULTS } from "./presence.ts";
import type { Term, TermEnd } from "./terms.ts";
import { sameToken } from "./token.ts";
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
  const from = formatZxid(term.from.zxid);
  const lines = [
    `${term.owner} led from zxid ${from} (znode …/${shortName(term.node.path)}${since(world, term)})`,
  ];
  if (write.op !== undefined) lines.push(decided(world, write.op));
  if (term.ended !== undefined) lines.push(handover(world, group, term, term.ended));
  const again = write.op === undefined ? undefined : retried(world, write.op, write);
  if (again !== undefined) lines.push(again);
  const over = overwritten(group, write, path);
  lines.push(`zxid ${zxid} committed its write to ${path}${delay(world, write, term)}${over}`);
  return lines;
}

/** When it led for certain: its beginning is a bracket, and how wide that is helps nobody here. */
function since(world: World, term: Term): string {
  const began = world.placeOf(term.from.zxid);
  return began === undefined ? "" : `, for certain since ${seconds(began.latest)}`;
}

function decided(world: World, op: Op): string {
  const at = op.attempts[0]?.invoke?.at;
  const decision = `it decided op ${op.id}${at === undefined ? "" : ` at ${seconds(at)}`}`;
  const hold = op.holds[0];
  const fault = at === undefined ? undefined : faultOn(world, op, at);
  if (fault !== undefined) {
    const unsent = hold === undefined || hold.at > fault.at ? "" : "before it sent it, ";
    return `${decision}; ${unsent}it ${struck(fault)} ${howLong(world, fault)}`;
  }
  if (hold === undefined) return decision;
  return `${decision} and was held before sending from ${seconds(hold.at)}`;
}

/** What became of it: a fault that is not known here is named and no more. */
function struck({ fault }: FaultEvent): string {
  if (STOPPING_FAULTS.has(fault)) return "was stopped";
  if (fault === "reset") return "had its connection reset";
  if (fault === "partition") return "was cut off";
  if (fault === "kill" || fault === "stop") return "was ended";
  return `was struck by ${fault}`;
}

/** What lasts less is over at once, and its length says nothing. */
const LASTING_NS_MIN = 50 * NS_PER_MS;

/** A pause or a cut beside the session timeout: whether it was long enough is the whole point. */
function howLong(world: World, fault: FaultEvent): string {
  const healedAt = healOf(world, fault)?.at;
  if (healedAt === undefined || healedAt - fault.at < LASTING_NS_MIN)
    return `at ${seconds(fault.at)} (${fault.fault})`;
  const long = `${seconds(healedAt - fault.at, 2)}, session timeout ${world.evidence.run.sessionTimeoutMs / 1e3} s`;
  return `at ${seconds(fault.at)} (${fault.fault} of ${long})`;
}

function healOf(world: World, { injection }: FaultEvent): FaultEvent | undefined {
  for (const { event } of world.evidence.history)
    if (event.type === "fault" && event.injection === injection && event.phase === "healed")
      return event;
  return undefined;
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

function handover(world: World, group: GroupWorld, term: Term, ended: TermEnd): string {
  const at = `${formatZxid(ended.at.zxid)}${during(world.placeOf(ended.at.zxid))}`;
  const session = formatSession(term.node.session);
  const how = {
    expired: `its session ${session} was closed by expiry at zxid ${at}`,
    closed: `its session ${session} was closed at zxid ${at}`,
    deleted: `its znode was deleted at zxid ${at}`,
    overtaken: `its znode was no longer first from zxid ${at}`,
    unclear: `who led is unclear from zxid ${at}`,
  }[ended.cause];
  const next = group.terms.find((other) => other.from.zxid >= ended.at.zxid && other !== term);
  if (next === undefined) return `${how}; nobody led after it`;
  const { zxid } = next.from;
  const from = zxid === ended.at.zxid ? "then on" : `zxid ${formatZxid(zxid)}`;
  return `${how}; ${next.owner} led from ${from}`;
}

/** What it did when it went on: what it gave up, what it got, and that it sent the write all the same. */
function retried(world: World, op: Op, write: GuardedWrite): string | undefined {
  const { session } = write.txn.record;
  const { first, sent, again, anew } = sending(op, write);
  const codes = countRepeats(op.attempts.flatMap(({ outcome }) => outcome?.code ?? []));
  const released = op.holds.at(-1)?.until;
  if (codes.length === 0 && released === undefined) return undefined;
  const fault = first === undefined ? undefined : faultOn(world, op, first.at);
  const stopped = fault !== undefined && STOPPING_FAULTS.has(fault.fault);
  const at =
    (stopped ? healOf(world, fault)?.at : undefined) ?? released ?? op.attempts[0]?.outcome?.at;
  const verb = fault === undefined || stops(fault) ? "ran again" : "went on";
  const known = again ? learned(world, op, sent) : undefined;
  const on = `on ${anew ? "a new session, " : "session "}${formatSession(session)}`;
  const send =
    again && sent !== undefined ? `sent it again at ${seconds(sent.at)} ${on}` : `sent it ${on}`;
  const parts = [
    at === undefined ? verb : `${verb} at ${seconds(at)}`,
    ...(known === undefined ? [] : [known]),
    ...(codes.length === 0 ? [] : [`got ${codes.join(", ")} for its write`]),
  ];
  const all = known === undefined ? "and" : "and all the same";
  return `it ${parts.join(", ")}, ${all} ${send}`;
}

interface Sending {
  readonly first: Invoke | undefined;
  /** The attempt that was committed. */
  readonly sent: Invoke | undefined;
  readonly again: boolean;
  /** On another session than the one that it was decided on. */
  readonly anew: boolean;
}

function sending({ attempts }: Op, { txn: { record } }: GuardedWrite): Sending {
  const first = attempts[0]?.invoke;
  const sent =
    attempts.find(({ outcome }) => outcome?.zxid === record.zxid)?.invoke ??
    attempts.findLast(({ invoke }) => invoke !== undefined)?.invoke;
  return {
    ...{ first, sent },
    again: sent !== undefined && sent !== first,
    anew: first?.session !== undefined && first.session !== record.session,
  };
}

/** The mistake in a phrase, for the one sentence of a finding; empty where it sent once and knew nothing. */
export function mistakeOf(world: World, write: GuardedWrite): string {
  if (write.op === undefined) return "";
  const { sent, again, anew } = sending(write.op, write);
  if (!again) return "";
  const knew =
    learned(world, write.op, sent) === undefined ? "had" : "had given leadership up, and yet";
  return `, which ${knew} sent it again${anew ? " on a new session" : ""}`;
}

/** Whether it had given up leadership itself before it sent the write for the last time. */
function learned({ contenders }: World, op: Op, sent: Invoke | undefined): string | undefined {
  if (sent === undefined) return undefined;
  // The last that began before it: one that gave up and believes again has not given up.
  const belief = contenders.beliefs.findLast(
    ({ incarnation, token, from }) =>
      incarnation === op.incarnation &&
      op.token !== undefined &&
      sameToken(token, op.token) &&
      from <= sent.at,
  );
  if (belief?.to === undefined || belief.to > sent.at) return undefined;
  return `gave leadership up at ${seconds(belief.to)} (${belief.reason})`;
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

/** How far apart the two positions are in time, at least and at most. */
function delay(world: World, write: GuardedWrite, term: Term): string {
  if (term.ended === undefined) return "";
  const from = world.placeOf(term.ended.at.zxid);
  const to = world.placeOf(write.txn.record.zxid);
  if (from === undefined || to === undefined) return " after it had lost leadership";
  const least = Math.max(0, Math.floor((to.earliest - from.latest) / NS_PER_MS));
  const most = Math.max(least, Math.ceil((to.latest - from.earliest) / NS_PER_MS));
  return ` ${least} to ${most} ms after it had lost leadership`;
}

/** Whose value was lost, where it was another's. */
function overwritten(group: GroupWorld, write: GuardedWrite, path: string): string {
  if (!write.targets.some((target) => target.path === path && target.op === "setData")) return "";
  const before = group.writes.findLast(
    ({ txn, targets }) =>
      txn.record.zxid < write.txn.record.zxid && targets.some((target) => target.path === path),
  );
  if (before?.writer === undefined || before.writer === write.writer) return "";
  const what = before.opId === undefined ? "a write" : `op ${before.opId}`;
  return `, over ${what} of ${before.writer} (${formatZxid(before.txn.record.zxid)})`;
}

/** ` between 11.374 s and 11.415 s`, or ` at` where the two are the same millisecond. */
function during(bracket: Bracket | undefined): string {
  if (bracket === undefined) return "";
  const [from, to] = [seconds(bracket.earliest), seconds(bracket.latest)];
  return from === to ? ` at ${from}` : ` between ${from} and ${to}`;
}

function seconds(at: number, digits = 3): string {
  return `${(at / NS_PER_S).toFixed(digits)} s`;
}
