/**
 * What contenders said about their ops. An op is a list of attempts, and an attempt's `fail` is certain
 * only if it never reached a socket or the server's own reply carried the error (semantics 7): Java's
 * `conLossPacket` gives SESSIONEXPIRED to packets that were sent, so a program that closes on expiry
 * would report `fail` for writes that are in the log.
 */

import type { ContenderEvent, HistoryLine } from "../evidence/history.ts";
import { type Nanos, nanos, parseSession, parseZxid, type SessionId, type Zxid } from "../ids.ts";
import { groupOf } from "./contenders.ts";
import { type Token, tokenOf } from "./token.ts";

type OpLine = Extract<ContenderEvent["line"], { type: "op" }>;
type InvokeLine = Extract<OpLine, { phase: "invoke" }>;

export interface Invoke {
  readonly line: number;
  readonly at: Nanos;
  readonly path: string;
  readonly session: SessionId | undefined;
  readonly token: Token | undefined;
  readonly guard: InvokeLine["guard"];
}

/** How an attempt ended by the contender's word; `zxid` only where the server itself answered. */
export interface Outcome {
  readonly phase: "ok" | "fail" | "info";
  readonly line: number;
  readonly at: Nanos;
  readonly code: string | undefined;
  readonly zxid: Zxid | undefined;
  readonly session: SessionId | undefined;
  /** The session's connection that the bytes were handed to; undefined: none, or not told. */
  readonly connection: number | undefined;
  readonly fenced: boolean;
  readonly unsent: boolean;
}

export interface Attempt {
  readonly n: number;
  readonly invoke: Invoke | undefined;
  /** Undefined: still open when the run ended; it may have happened. */
  readonly outcome: Outcome | undefined;
}

/** A stand at a failpoint that names this op. `until` undefined: never released. */
export interface Hold {
  readonly at: Nanos;
  readonly until: Nanos | undefined;
  readonly line: number;
}

export interface Op {
  readonly id: string;
  readonly group: string;
  readonly incarnation: string;
  /** By attempt number. */
  readonly attempts: readonly Attempt[];
  /** The token of the first decision: retries keep it (semantics 10). */
  readonly token: Token | undefined;
  readonly holds: readonly Hold[];
  /** When the contender said that no attempt would follow; undefined where it does not say. */
  readonly settledAt: Nanos | undefined;
}

/** Errors that only a server makes, as letters and digits in lower case. Any other code may be the client's own. */
const SERVER_CODES: ReadonlySet<string> = new Set([
  "nonode",
  "nodeexists",
  "badversion",
  "noauth",
  "notempty",
  "nochildrenforephemerals",
  "invalidacl",
  "badarguments",
  "ephemeralonlocalsession",
  "notreadonly",
  "quotaexceeded",
  "unimplemented",
  "marshallingerror",
  "runtimeinconsistency",
]);

/** True where this attempt certainly did not happen. */
export function certainlyFailed(attempt: Attempt): boolean {
  const outcome = attempt.outcome;
  if (outcome?.phase !== "fail") return false;
  return outcome.unsent || outcome.zxid !== undefined || SERVER_CODES.has(plain(outcome.code));
}

/** `fail` iff all attempts are, `ok` iff one is, else `info`: NodeExists after a lost reply says nothing about the op. */
export function outcomeOf(op: Op): "ok" | "fail" | "info" {
  if (op.attempts.some((attempt) => attempt.outcome?.phase === "ok")) return "ok";
  return op.attempts.length > 0 && op.attempts.every(certainlyFailed) ? "fail" : "info";
}

interface Draft {
  readonly id: string;
  readonly group: string;
  readonly incarnation: string;
  readonly attempts: Map<number, { invoke: Invoke | undefined; outcome: Outcome | undefined }>;
  readonly holds: { at: Nanos; until: Nanos | undefined; line: number }[];
  settledAt: Nanos | undefined;
}

/** Ops by group and op id, in the order in which they were first mentioned. */
export function readOps(
  lines: readonly HistoryLine[],
): ReadonlyMap<string, ReadonlyMap<string, Op>> {
  const groups = new Map<string, Map<string, Draft>>();
  const draftOf = (incarnation: string, id: string): Draft => {
    const group = groupOf(incarnation);
    const ops = groups.get(group) ?? new Map<string, Draft>();
    groups.set(group, ops);
    const draft = ops.get(id) ?? {
      id,
      group,
      incarnation,
      attempts: new Map(),
      holds: [],
      settledAt: undefined,
    };
    ops.set(id, draft);
    return draft;
  };
  for (const { line, event } of lines) {
    if (event.type !== "contender") continue;
    const said = event.line;
    if (said.type === "op")
      takeOpLine(draftOf(event.incarnation, said.op), said, { line, at: event.at });
    if (said.type === "settled") draftOf(event.incarnation, said.op).settledAt ??= nanos(event.at);
    if (said.type === "held" && said.op !== undefined)
      draftOf(event.incarnation, said.op).holds.push({
        at: nanos(event.at),
        until: undefined,
        line,
      });
    if (said.type === "released" && said.op !== undefined) {
      const hold = draftOf(event.incarnation, said.op).holds.at(-1);
      if (hold !== undefined) hold.until = nanos(event.at);
    }
  }
  return new Map(
    [...groups].map(([group, ops]) => [
      group,
      new Map([...ops].map(([id, draft]) => [id, finish(draft)])),
    ]),
  );
}

function takeOpLine(draft: Draft, said: OpLine, where: { line: number; at: number }): void {
  const attempt = draft.attempts.get(said.attempt) ?? { invoke: undefined, outcome: undefined };
  draft.attempts.set(said.attempt, attempt);
  const base = { line: where.line, at: nanos(where.at) };
  if (said.phase === "invoke") {
    attempt.invoke ??= {
      ...base,
      path: said.path,
      session: said.session === undefined ? undefined : parseSession(said.session),
      token: said.token === undefined ? undefined : tokenOf(said.token),
      guard: said.guard,
    };
    return;
  }
  // A second completion of one attempt is ignored: the first is what the program acted on.
  attempt.outcome ??= {
    ...base,
    phase: said.phase,
    code: said.phase === "ok" ? undefined : said.code,
    zxid: said.zxid === undefined ? undefined : parseZxid(said.zxid),
    session: said.session === undefined ? undefined : parseSession(said.session),
    connection: said.connection,
    fenced: said.phase === "ok" ? false : said.fenced === true,
    unsent: said.phase === "ok" ? false : said.unsent === true,
  };
}

function finish(draft: Draft): Op {
  const attempts = [...draft.attempts]
    .map(([n, attempt]) => ({ n, invoke: attempt.invoke, outcome: attempt.outcome }))
    .sort((a, b) => a.n - b.n);
  return {
    id: draft.id,
    group: draft.group,
    incarnation: draft.incarnation,
    attempts,
    token: attempts.find((attempt) => attempt.invoke !== undefined)?.invoke?.token,
    holds: draft.holds,
    settledAt: draft.settledAt,
  };
}

function plain(code: string | undefined): string {
  return (code ?? "").toLowerCase().replace(/[^a-z0-9]/g, "");
}
