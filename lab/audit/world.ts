/** Everything that the claims are judged by, worked out once from the evidence and then only read. */

import type { Evidence } from "../evidence/evidence.ts";
import type { GroupInfo } from "../evidence/run-info.ts";
import type { SessionId, Zxid } from "../ids.ts";
import type { CommittedHistory, TxnRecord } from "../txnlog/types.ts";
import { type AfterSeal, readAfterSeal } from "./after-seal.ts";
import { type BracketOf, type Elected, narrowed, readBrackets } from "./brackets.ts";
import { type ErrorOf, readClocks } from "./clocks.ts";
import { type Contenders, readContenders } from "./contenders.ts";
import { type Doubts, findDoubts } from "./doubts.ts";
import { electionData } from "./election-data.ts";
import { type Exposure, findExposure } from "./exposure.ts";
import { type Frame, runFrame } from "./frame.ts";
import { type GuardedWrite, opIdOfRecord } from "./guarded-writes.ts";
import { type Op, readOps } from "./ops.ts";
import { type Replayed, replay } from "./replay.ts";
import type { Election, Term } from "./terms.ts";
import { formatToken } from "./token.ts";
import { readUnion, type Union } from "./union.ts";
import type { Window } from "./window.ts";

export interface GroupWorld {
  readonly info: GroupInfo;
  /** True where the group's contenders print no session line: each session is its own contender. */
  readonly blackBox: boolean;
  readonly election: Election;
  /** Terms that overlap the run. */
  readonly terms: readonly Term[];
  readonly writes: readonly GuardedWrite[];
  readonly ops: ReadonlyMap<string, Op>;
  readonly exposure: Exposure;
  /** Minimums of the scenario that were not met, as sentences; each makes the safety claims unknown. */
  readonly shortfalls: readonly string[];
}

export interface World {
  readonly evidence: Evidence;
  readonly history: CommittedHistory;
  readonly union: Union;
  readonly window: Window;
  readonly afterSeal: AfterSeal;
  readonly contenders: Contenders;
  /** By session what it wrote into its election znodes; of black boxes it may tell whose it is. */
  readonly electionData: ReadonlyMap<SessionId, string>;
  /** What verdicts may be made from. */
  readonly bracketOf: BracketOf;
  /** Narrower: with what leaders said of themselves, for numbers and for what people are told. */
  readonly placeOf: BracketOf;
  /** How far a contender's times may be off the lab's clock. */
  readonly clockErrorOf: ErrorOf;
  readonly doubts: Doubts;
  readonly groups: readonly GroupWorld[];
}

export function makeWorld(
  evidence: Evidence,
  history: CommittedHistory,
  frame: Frame = runFrame(evidence),
): World {
  const { window } = frame;
  const contenders = readContenders(evidence.history, evidence.run, frame.owners);
  const ops = readOps(evidence.history);
  const union = readUnion(history, evidence.servers);
  const clockErrorOf = readClocks(evidence.history, evidence.run);
  const isLogged = (zxid: Zxid): boolean => union.at(zxid) !== undefined;
  const bracketOf = readBrackets(evidence.history, ops, isLogged, clockErrorOf);
  const groups = evidence.run.groups;
  const replayed = replay({ history, groups, contenders, ops, window, base: frame.base });
  const doubts = findDoubts({
    evidence,
    history,
    union,
    window,
    contenders,
    ops,
    replayProblems: replayed.problems,
    frame,
  });
  const traces = readTraces(history);
  return {
    evidence,
    history,
    union,
    window,
    afterSeal: readAfterSeal(evidence.servers, window.sealing),
    contenders,
    electionData: contenders.blackBoxes.size > 0 ? electionData(groups, history, frame.base) : NONE,
    bracketOf,
    placeOf: narrowed(bracketOf, electedOf(contenders, replayed.groups)),
    clockErrorOf,
    doubts,
    groups: replayed.groups.map((group) =>
      makeGroup(group, {
        blackBox: contenders.blackBoxes.has(group.group.name),
        ops: ops.get(group.group.name) ?? new Map<string, Op>(),
        union,
        bracketOf,
        clockErrorOf,
        traces,
        window,
      }),
    ),
  };
}

/** Beliefs joined with the first term of their own token and incarnation. */
function electedOf({ beliefs }: Contenders, groups: readonly Replayed[]): readonly Elected[] {
  const first = new Map<string, Zxid>();
  for (const { election } of groups)
    for (const { owner, token, from } of election.terms) {
      const key = `${owner} ${formatToken(token)}`;
      if (!first.has(key)) first.set(key, from.zxid);
    }
  return beliefs.flatMap(({ incarnation, token, from }) => {
    const began = first.get(`${incarnation} ${formatToken(token)}`);
    return began === undefined ? [] : { began, saidAt: from };
  });
}

const NONE: ReadonlyMap<SessionId, string> = new Map();

interface GroupInput {
  readonly blackBox: boolean;
  readonly ops: ReadonlyMap<string, Op>;
  readonly union: Union;
  readonly bracketOf: BracketOf;
  readonly clockErrorOf: ErrorOf;
  readonly traces: ReadonlySet<string>;
  readonly window: Window;
}

function makeGroup(replayed: Replayed, input: GroupInput): GroupWorld {
  const { group: info, election, writes } = replayed;
  const { ops, blackBox, union, bracketOf, clockErrorOf, traces, window } = input;
  const terms = election.terms.filter(
    (term) =>
      term.ended === undefined ||
      window.opening === undefined ||
      term.ended.at.zxid > window.opening,
  );
  const exposure = findExposure({
    ops: ops.values(),
    terms: election.terms,
    writes,
    union,
    bracketOf,
    clockErrorOf,
    traces,
  });
  const counts = {
    exposed: exposure.exposed.length,
    "committed writes": writes.length,
    terms: terms.length,
  };
  const wanted = {
    exposed: info.minimums.exposed,
    "committed writes": info.minimums.committedWrites,
    terms: info.minimums.terms,
  };
  const shortfalls = (["exposed", "committed writes", "terms"] as const)
    .filter((what) => counts[what] < wanted[what])
    .map((what) => `${counts[what]} ${what}, and the scenario wants at least ${wanted[what]}`);
  return { info, blackBox, election, terms, writes, ops, exposure, shortfalls };
}

/**
 * Op ids in records that were not applied as committed writes. Op ids are unique within a group only;
 * a trace of another group's op of the same id costs at most a `refusedByClient` counted as `otherwise`.
 */
function readTraces(history: CommittedHistory): ReadonlySet<string> {
  const traces = new Set<string>();
  const take = (record: TxnRecord): void => {
    const id = opIdOfRecord(record);
    if (id !== undefined) traces.add(id);
  };
  for (const { record } of history.ghosts) take(record);
  for (const { record } of history.undecided) take(record);
  for (const { record } of history.committed) if (record.rejected) take(record);
  return traces;
}
