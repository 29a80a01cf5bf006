/**
 * What of the history is judged, and from which state. Of a run: from the lab's opening write to its sealing
 * write, from nothing. Of bare logs (semantics 22, 23, 30): up to the last transaction that is certainly
 * committed, from where the state is known: the log's own beginning, or a snapshot's horizon, the highest
 * zxid that anything in it carries. A snapshot is fuzzy, so terms are judged from there on only; and one that
 * holds anything that was never committed tells of a ghost and is passed over (semantics 2).
 */

import type { BareLogs, Evidence } from "../evidence/evidence.ts";
import { counterOf, epochOf, formatZxid, type SessionId, type Zxid } from "../ids.ts";
import { commitHistory } from "../txnlog/history.ts";
import type { CommittedHistory, ServerLogs, Snapshot } from "../txnlog/types.ts";
import { electionData } from "./election-data.ts";
import { readWindow, type Window } from "./window.ts";

export interface Frame {
  readonly window: Window;
  /** The state before the first transaction that is replayed; undefined: nothing was there. */
  readonly base: Snapshot | undefined;
  /** Why the state, or the end, is not known, as sentences. */
  readonly problems: readonly string[];
  /** Contenders by session, where something else than the contract tells. */
  readonly owners: ReadonlyMap<SessionId, string>;
}

/** A run's, which its history bounds. */
export function runFrame({ history }: Evidence): Frame {
  return { window: readWindow(history), base: undefined, problems: [], owners: new Map() };
}

export function frameBare(
  evidence: Evidence,
  bare: BareLogs,
): { readonly history: CommittedHistory; readonly frame: Frame } {
  const { servers } = evidence;
  const options = { participants: bare.participants ?? 0, standalone: isStandalone(servers) };
  const whole = commitHistory(servers, options);
  const last = whole.committed.at(-1)?.record.zxid;
  const end = lower(last, bare.to);
  const history = end === undefined ? whole : commitHistory(servers, { ...options, sealing: end });
  const begin = beginning(servers, history);
  const problems = [
    ...(bare.participants === undefined && !options.standalone
      ? [
          "how many servers vote is not told (--participants), and nothing else tells what a quorum is",
        ]
      : []),
    ...(end === undefined ? ["of no transaction is it certain that it was committed"] : []),
    ...(begin.problem === undefined ? [] : [begin.problem]),
  ];
  const window = { opening: higher(begin.horizon, bare.from), sealing: end };
  const owners = ownersOf(evidence, bare, history, begin.base);
  return { history, frame: { window, base: begin.base, problems, owners } };
}

/** A server that was never a member of an ensemble has no epoch files (semantics 18). */
function isStandalone(servers: readonly ServerLogs[]): boolean {
  const [only, ...others] = servers;
  const hasEpochs = only?.acceptedEpoch !== undefined || only?.currentEpoch !== undefined;
  return only !== undefined && others.length === 0 && !hasEpochs;
}

interface Beginning {
  readonly base: Snapshot | undefined;
  readonly horizon: Zxid | undefined;
  readonly problem: string | undefined;
}

function beginning(servers: readonly ServerLogs[], history: CommittedHistory): Beginning {
  const first = history.committed[0]?.record.zxid;
  const nothing = { base: undefined, horizon: undefined, problem: undefined };
  if (first === undefined || (epochOf(first) <= 1 && counterOf(first) === 1)) return nothing;
  const committed = new Set(history.committed.map(({ record }) => record.zxid));
  // What is older than the logs cannot be asked after.
  const isHistory = (zxid: Zxid): boolean => zxid < first || committed.has(zxid);
  const usable = servers
    .flatMap(({ snapshots }) => snapshots)
    .filter((base) => base.zxid >= first - 1n && zxidsIn(base).every(isHistory))
    .map((base) => ({ base, horizon: highest(zxidsIn(base)) }))
    .sort((a, b) => (a.horizon < b.horizon ? -1 : a.horizon > b.horizon ? 1 : 0));
  const [best] = usable;
  if (best !== undefined) return { ...best, problem: undefined };
  const problem = `the logs begin at ${formatZxid(first)}, and no snapshot tells the state before`;
  return { ...nothing, problem };
}

function zxidsIn({ zxid, nodes }: Snapshot): readonly Zxid[] {
  return [zxid, ...nodes.flatMap(({ czxid, mzxid, pzxid }) => [czxid, mzxid, pzxid])];
}

function highest(zxids: readonly Zxid[]): Zxid {
  let most = 0n as Zxid;
  for (const each of zxids) if (each > most) most = each;
  return most;
}

/** Sessions that say the same in their election znodes' data are one contender's. */
function ownersOf(
  { run }: Evidence,
  { sessionsBy }: BareLogs,
  history: CommittedHistory,
  base: Snapshot | undefined,
): ReadonlyMap<SessionId, string> {
  if (sessionsBy === "session") return new Map();
  return sessionsBy === "data" ? electionData(run.groups, history, base) : sessionsBy;
}

function lower(a: Zxid | undefined, b: Zxid | undefined): Zxid | undefined {
  if (a === undefined || b === undefined) return a;
  return b < a ? b : a;
}

function higher(a: Zxid | undefined, b: Zxid | undefined): Zxid | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return b > a ? b : a;
}
