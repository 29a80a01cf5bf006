/**
 * Waiting for what a scenario names. Most conditions turn true with an event of the history and are
 * asked at each; the ones that live in the ensemble or in a server's log are asked in short periods.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { ObservedContender } from "../../faults/observed.ts";
import { resolveTarget } from "../../faults/targets.ts";
import { LabError } from "../errors.ts";
import { toMs } from "./duration.ts";
import type { Stage } from "./stage.ts";
import type { Condition } from "./steps.ts";

const POLL_MS = 25;

/** What a lane remembers, against which conditions are judged. */
export interface Memory {
  readonly group: string;
  /** The newest term when the last fault, hold or resignation began. */
  newestBefore: bigint;
  held: { readonly incarnation: string; readonly op: string } | undefined;
  /** The newest epoch when the step began that waits for the next. */
  epochBefore: number | undefined;
  /** Name of the contender that was stopped last. */
  stopped: string | undefined;
}

/** Resolves when the condition is true, at once where it is already; rejects by name at the limit. */
export async function until(
  condition: Condition,
  memory: Memory,
  stage: Stage,
  limitMs: number,
): Promise<void> {
  const whose = memory.group === "" ? "the ensemble" : memory.group;
  const name = `${whose}: ${JSON.stringify(condition)}`;
  const wait = { name, limitMs, signal: stage.signal };
  if (condition.passed !== undefined) {
    const ms = toMs(condition.passed, stage.time);
    if (ms > limitMs) throw new LabError("bad-input", `wait for ${name}: the limit is shorter`);
    await delay(ms, undefined, { signal: stage.signal });
    return;
  }
  const asked = askedOfEnsemble(condition, memory, stage);
  if (asked === undefined) {
    const isTrue = seenInHistory(condition, memory, stage);
    if (isTrue()) return;
    await stage.recorder.next(() => (isTrue() ? true : undefined), wait);
    return;
  }
  await stage.recorder.poll(asked, POLL_MS, wait);
}

/** The newest term that any contender of the group was ever seen elected with. */
export function newestTerm(group: string, stage: Stage): bigint {
  let newest = 0n;
  for (const { lastToken } of stage.observed.inGroup(group)) {
    const term = BigInt(lastToken?.czxid ?? 0);
    if (term > newest) newest = term;
  }
  return newest;
}

function askedOfEnsemble(
  condition: Condition,
  memory: Memory,
  stage: Stage,
): (() => Promise<boolean>) | undefined {
  if (condition.gone !== undefined) return async () => !(await stage.electionExists(memory.group));
  const { log } = condition;
  if (log === undefined) return undefined;
  const servers = log.server === "any" ? stage.servers : [log.server];
  const from = new Map(servers.map((server) => [server, stage.serverLog(server).length]));
  return () =>
    Promise.resolve(
      servers.some((server) =>
        stage.serverLog(server).slice(from.get(server)).includes(log.contains),
      ),
    );
}

function seenInHistory(condition: Condition, memory: Memory, stage: Stage): () => boolean {
  const { observed } = stage;
  const { group } = memory;
  const { revoked, held, writes, moreWrites, ops, role } = condition;
  if (condition.elected === "any") return () => observed.leaderOf(group) !== undefined;
  if (condition.elected === "other") return () => newestTerm(group, stage) > memory.newestBefore;
  if (revoked !== undefined) return () => contender(revoked, memory, stage)?.token === undefined;
  if (held !== undefined) return () => contender(held, memory, stage)?.held !== undefined;
  if (writes !== undefined) return () => observed.acknowledgedIn(group) >= writes;
  if (moreWrites !== undefined) {
    const wanted = observed.acknowledgedIn(group) + moreWrites;
    return () => observed.acknowledgedIn(group) >= wanted;
  }
  if (ops !== undefined) return () => observed.decidedIn(group) >= ops;
  if (role !== undefined) return () => observed.hasRole(role.server, role.is);
  if (condition.epoch !== undefined) {
    const before = memory.epochBefore ?? observed.newestEpoch;
    return () => observed.newestEpoch > before;
  }
  return () => heldSettled(memory, stage);
}

/** Throws where the one who was held has died, which nothing can settle any more. */
function heldSettled({ held }: Memory, { observed }: Stage): boolean {
  const contender = held === undefined ? undefined : observed.get(held.incarnation);
  if (held === undefined || contender === undefined) return false;
  if (contender.settled.has(held.op)) return true;
  if (contender.alive) return false;
  const ending = `${held.incarnation} ended (${contender.ending})`;
  throw new LabError("contender", `wait for op ${held.op} to settle: ${ending} before it did`, {
    hint: `see contenders/${held.incarnation.replace("/", ".")}.stderr in the run directory`,
  });
}

/** `held` stays the contender that was held, whatever became of it; nobody may fit a word yet. */
function contender(word: string, memory: Memory, stage: Stage): ObservedContender | undefined {
  if (word === "held" && memory.held !== undefined)
    return stage.observed.get(memory.held.incarnation);
  try {
    return resolveTarget(word, memory.group, stage.observed);
  } catch {
    return undefined;
  }
}
