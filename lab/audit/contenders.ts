/**
 * Who the contenders are (semantics 5): a contender is one process incarnation (`naive/c1#2`), known by
 * the sessions that it reports. Joining by session convicts a program that elects on one client and
 * writes on another; joining by name acquits a restarted c1 whose dead predecessor's latch still leads.
 * A group of which no incarnation reports a session is a black box: each session is its own contender.
 */

import type { EvidenceProblem } from "../evidence/evidence.ts";
import type { HistoryLine } from "../evidence/history.ts";
import type { RunInfo } from "../evidence/run-info.ts";
import { formatSession, type Nanos, nanos, parseSession, type SessionId } from "../ids.ts";
import { type Token, tokenOf } from "./token.ts";

/** An incarnation, or in a black box the session's text. Two equal ids are one contender. */
export type ContenderId = string;

/** What an incarnation said about itself, `elected` to `revoked`; `to` undefined: never revoked. */
export interface Belief {
  readonly incarnation: string;
  readonly token: Token;
  readonly from: Nanos;
  readonly fromLine: number;
  readonly to: Nanos | undefined;
  readonly reason: string | undefined;
}

export interface Contenders {
  /** Groups that print no session line. */
  readonly blackBoxes: ReadonlySet<string>;
  /** The lab's own sessions; they must not touch guarded paths. */
  readonly labSessions: ReadonlySet<SessionId>;
  readonly beliefs: readonly Belief[];
  /** The contender of a group that a session belongs to; undefined: of none. */
  readonly ownerOf: (group: string, session: SessionId) => ContenderId | undefined;
  /** Sessions that two incarnations claim. */
  readonly problems: readonly EvidenceProblem[];
}

/** The group of an incarnation's name: `naive/c1#1` is of `naive`. */
export function groupOf(incarnation: string): string {
  return incarnation.slice(0, incarnation.lastIndexOf("/"));
}

export function readContenders(
  lines: readonly HistoryLine[],
  run: RunInfo,
  told: ReadonlyMap<SessionId, string> = new Map(),
): Contenders {
  const owners = new Map<SessionId, string>();
  const speaking = new Set<string>();
  const labSessions = new Set<SessionId>();
  const problems = new Map<string, EvidenceProblem>();
  for (const { event } of lines) {
    if (event.type === "lab-session") {
      const id = parseSession(event.session);
      if (id !== undefined) labSessions.add(id);
    }
    if (event.type !== "contender" || event.line.type !== "session") continue;
    const id = parseSession(event.line.id);
    if (id === undefined) continue;
    const before = owners.get(id);
    if (before !== undefined && before !== event.incarnation) {
      const says = `session ${event.line.id} is claimed by ${before} and by ${event.incarnation}: its writes cannot be attributed`;
      problems.set(says, { says, groups: [groupOf(before), groupOf(event.incarnation)] });
    }
    owners.set(id, before ?? event.incarnation);
    speaking.add(groupOf(event.incarnation));
  }
  const blackBoxes = new Set(
    run.groups.map((group) => group.name).filter((name) => !speaking.has(name)),
  );
  return {
    blackBoxes,
    labSessions,
    beliefs: readBeliefs(lines),
    problems: [...problems.values()],
    ownerOf: (group, session) => {
      const owner = owners.get(session);
      if (owner !== undefined) return groupOf(owner) === group ? owner : undefined;
      if (labSessions.has(session)) return undefined;
      return blackBoxes.has(group) ? (told.get(session) ?? formatSession(session)) : undefined;
    },
  };
}

function readBeliefs(lines: readonly HistoryLine[]): Belief[] {
  const open = new Map<string, Belief>();
  const closed: Belief[] = [];
  const close = (incarnation: string, at: number, reason: string): void => {
    const belief = open.get(incarnation);
    if (belief === undefined) return;
    open.delete(incarnation);
    closed.push({ ...belief, to: nanos(at), reason });
  };
  for (const { line, event } of lines) {
    if (event.type === "process" && event.state === "exited")
      close(event.incarnation, event.at, "exit");
    if (event.type !== "contender" || event.line.type !== "belief") continue;
    if (event.line.state === "revoked") {
      close(event.incarnation, event.at, event.line.reason);
      continue;
    }
    close(event.incarnation, event.at, "elected again");
    const token = tokenOf(event.line.token);
    if (token === undefined) continue;
    open.set(event.incarnation, {
      incarnation: event.incarnation,
      token,
      from: nanos(event.at),
      fromLine: line,
      to: undefined,
      reason: undefined,
    });
  }
  return [...closed, ...open.values()].sort((a, b) => a.fromLine - b.fromLine);
}
