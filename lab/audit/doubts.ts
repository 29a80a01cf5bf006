/**
 * What keeps the evidence from being whole, and from which zxid on it makes the tree doubtful. A missing
 * transaction may be the delete that ended a term: with it gone, the next leader's correct writes look
 * stale. So what is judged behind a doubt is unknown, while what stands before it keeps its verdict.
 *
 * What is missing from the servers' logs concerns everybody. What a contender said, or what was done to it
 * without effect, concerns its group alone. Counterexample: one contender of `naive` says a wrong hello, and
 * `latch-check`, whose every write is in the logs under its guard, was unknown.
 */

import type { Evidence, EvidenceProblem } from "../evidence/evidence.ts";
import type { FaultEvent, HistoryLine } from "../evidence/history.ts";
import { formatZxid, parseZxid, type Zxid, zxid } from "../ids.ts";
import type { CommittedHistory, TxnRecord } from "../txnlog/types.ts";
import { type Contenders, groupOf } from "./contenders.ts";
import type { Frame } from "./frame.ts";
import type { Op } from "./ops.ts";
import { globMatcher, parentOf } from "./paths.ts";
import { recipeOf } from "./recipes.ts";
import { unprovenRollovers } from "./rollovers.ts";
import type { Union } from "./union.ts";
import { isInRun, type Window } from "./window.ts";

/** Reasons of one kind that are spelled out; the rest are counted. */
const SPELLED_MAX = 20;

export interface Doubts {
  /** Everything that makes something of the run unknown at best, as sentences. */
  readonly reasons: readonly string[];
  /** What makes this group's claims unknown at best; undefined: what concerns the ensemble's. */
  readonly about: (group: string | undefined) => readonly string[];
  /** The first zxid at which something may be missing from the tree; undefined: nowhere. */
  readonly treeFrom: Zxid | undefined;
}

export interface DoubtsInput {
  readonly evidence: Evidence;
  readonly history: CommittedHistory;
  readonly union: Union;
  readonly window: Window;
  readonly contenders: Contenders;
  readonly ops: ReadonlyMap<string, ReadonlyMap<string, Op>>;
  /** What the replay found that it could not judge. */
  readonly replayProblems: readonly EvidenceProblem[];
  readonly frame: Frame;
}

/** Those that concern this group; `undefined`: those that concern everybody. */
export function concerning(
  problems: readonly EvidenceProblem[],
  group: string | undefined,
): readonly EvidenceProblem[] {
  return problems.filter(
    ({ groups }) => groups === undefined || (group !== undefined && groups.includes(group)),
  );
}

/** True where what was committed at this zxid can be judged by the tree. */
export function isTrusted(doubts: Doubts, at: Zxid): boolean {
  return doubts.treeFrom === undefined || at < doubts.treeFrom;
}

export function findDoubts(input: DoubtsInput): Doubts {
  const places: { from: Zxid; says: string }[] = [
    ...boundaries(input),
    ...input.history.gaps
      .filter((gap) => isInRun(gap.to, input.window))
      .map((gap) => ({
        from: gap.from,
        says: `no server logged ${formatZxid(gap.from)} to ${formatZxid(gap.to)}`,
      })),
    ...undecided(input),
    ...conflicts(input),
    ...unloggedAcks(input),
  ];
  let treeFrom: Zxid | undefined;
  for (const { from } of places) if (treeFrom === undefined || from < treeFrom) treeFrom = from;
  const rollovers = unprovenRollovers({
    lines: input.evidence.history,
    servers: input.evidence.servers,
    ...input,
  });
  const problems: readonly EvidenceProblem[] = [
    ...input.evidence.problems,
    ...everybodys(input.history.problems),
    ...input.contenders.problems,
    ...input.replayProblems,
    ...places,
    ...faultsWithoutEffect(input.evidence),
    ...everybodys(rollovers),
    ...fallingSequences(input.evidence.history),
  ];
  return {
    reasons: spelled(problems),
    about: (group) => spelled(concerning(problems, group)),
    treeFrom,
  };
}

function everybodys(sentences: Iterable<string>): EvidenceProblem[] {
  return [...sentences].map((says) => ({ says }));
}

function spelled(problems: readonly EvidenceProblem[]): readonly string[] {
  const distinct = [...new Set(problems.map(({ says }) => says))];
  const left = distinct.length - SPELLED_MAX;
  return left > 0 ? [...distinct.slice(0, SPELLED_MAX), `and ${left} more of the kind`] : distinct;
}

function* boundaries(input: DoubtsInput): Generator<{ from: Zxid; says: string }> {
  const { window, union, evidence, frame } = input;
  const { opening, sealing } = window;
  const everything = zxid(0n);
  if (evidence.bare !== undefined) {
    for (const says of frame.problems) yield { from: everything, says };
    return;
  }
  if (opening === undefined)
    yield {
      from: everything,
      says: "the history names no opening write: the run has no beginning",
    };
  else if (union.at(opening)?.fate !== "committed")
    yield {
      from: everything,
      says: `the opening write ${formatZxid(opening)} is not in the committed history of any server's log`,
    };
  // Without the seal the prefix is still sound; only the end is open.
  const never = zxid(0xffff_ffff_ffff_ffffn);
  if (sealing === undefined)
    yield { from: never, says: "the history names no sealing write: the run has no end" };
  else if (union.at(sealing)?.fate !== "committed")
    yield {
      from: never,
      says: `the sealing write ${formatZxid(sealing)} is not in the committed history of any server's log`,
    };
}

function* undecided(input: DoubtsInput): Generator<{ from: Zxid; says: string }> {
  const touches = toucher(input);
  for (const { record } of input.history.undecided)
    if (isInRun(record.zxid, input.window) && touches(record))
      yield {
        from: record.zxid,
        says: `whether ${formatZxid(record.zxid)} (${record.type}) was committed is undecided`,
      };
}

function* conflicts(input: DoubtsInput): Generator<{ from: Zxid; says: string }> {
  const touches = toucher(input);
  for (const { zxid: at, records } of input.history.conflicts)
    if (isInRun(at, input.window) && records.some(touches))
      yield { from: at, says: `servers logged different records as ${formatZxid(at)}` };
}

/** True for records that could change a term or be a guarded write. */
function toucher({ evidence }: DoubtsInput): (record: TxnRecord) => boolean {
  const groups = evidence.run.groups.map((group) => ({
    directory: recipeOf(group.recipe).directory(group.electionPath),
    matches: globMatcher(group.guarded),
  }));
  return (record) =>
    record.type === "closeSession" ||
    record.ops.some(
      (op) =>
        op.op !== "error" &&
        groups.some((group) => parentOf(op.path) === group.directory || group.matches(op.path)),
    );
}

/**
 * Acknowledged zxids that no server logged and whose absence no file testifies to: a file or a tail is
 * gone. Counting alone does not see it, since an epoch may end anywhere and epoch numbers may skip.
 */
function* unloggedAcks(input: DoubtsInput): Generator<{ from: Zxid; says: string }> {
  const acked = new Set<Zxid>();
  for (const { event } of input.evidence.history)
    if (event.type === "probe") {
      const id = parseZxid(event.zxid);
      if (id !== undefined) acked.add(id);
    }
  for (const group of input.ops.values())
    for (const op of group.values())
      for (const { outcome } of op.attempts)
        if (outcome?.zxid !== undefined) acked.add(outcome.zxid);
  // A refusal may carry 0 or −1: those are no transaction's.
  for (const id of acked)
    if (
      isInRun(id, input.window) &&
      input.union.at(id) === undefined &&
      input.union.coverOf(id) === undefined
    )
      yield {
        from: id,
        says: `${formatZxid(id)} was answered by a server, and no log that is left covers it`,
      };
}

/**
 * A fault that took no effect tested nothing: who was to suffer it is unknown, not green. Aimed at a
 * contender it concerns that one's group; at a server, or at nobody that is known, the run.
 */
function* faultsWithoutEffect({ history, run }: Evidence): Generator<EvidenceProblem> {
  const injections = new Map<string, FaultEvent[]>();
  for (const { event } of history)
    if (event.type === "fault")
      injections.set(event.injection, [...(injections.get(event.injection) ?? []), event]);
  for (const [injection, steps] of injections) {
    const [first] = steps;
    const ineffective = steps.find((step) => step.phase === "ineffective");
    const inForce = steps.some((step) => step.phase === "in-force");
    if (first === undefined || (inForce && ineffective === undefined)) continue;
    const why = ineffective === undefined ? "was armed and never in force" : "took no effect";
    const proof = ineffective?.proof === undefined ? "" : `: ${ineffective.proof}`;
    const says = `fault ${first.fault} (${injection}, ${first.target}) ${why}${proof}`;
    const aimedAt = steps.flatMap(({ resolved = [] }) => resolved);
    const isContender = (name: string): boolean =>
      run.groups.some((group) => name.startsWith(`${group.name}/`));
    const groups = [...new Set(aimedAt.map(groupOf))];
    yield { says, ...(aimedAt.length > 0 && aimedAt.every(isContender) && { groups }) };
  }
}

/** `seq` rises: where it falls, lines were lost or another program wrote under the same name. */
function* fallingSequences(lines: readonly HistoryLine[]): Generator<EvidenceProblem> {
  const last = new Map<string, number>();
  for (const { line, event } of lines) {
    if (event.type !== "contender") continue;
    const before = last.get(event.incarnation);
    if (before !== undefined && event.line.seq <= before)
      yield {
        says: `history line ${line}: seq of ${event.incarnation} does not rise`,
        groups: [groupOf(event.incarnation)],
      };
    last.set(event.incarnation, event.line.seq);
  }
}
