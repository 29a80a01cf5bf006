/**
 * The time in which a group must have recovered (semantics 26): from the last heal of what was done to it
 * or to the servers, to the budget's end or to the moment at which the lab began to stop everything,
 * whichever is first. What was healed only by that stopping was given no time.
 */

import type { Evidence } from "../evidence/evidence.ts";
import { groupOf } from "./contenders.ts";
import type { Span } from "./spans.ts";

const NS_PER_MS = 1e6;
const BUDGET_SESSIONS = 5;

export interface Healing {
  /** The last heal, in ns since time 0. */
  readonly healedAt: number;
  /** What was observed of the budget. */
  readonly span: Span;
  readonly budgetMs: number;
  /** False where the run was stopped before the budget had passed. */
  readonly isWhole: boolean;
}

/** Undefined where nothing was healed before the lab began to stop. `group` undefined: any fault counts. */
export function findHealing(
  { run, history }: Evidence,
  group: string | undefined,
): Healing | undefined {
  const stop = stopOf({ history });
  const servers = new Set(run.servers.map((server) => server.name));
  let healedAt: number | undefined;
  for (const { event } of history) {
    if (event.type !== "fault" || event.phase !== "healed" || event.at >= stop) continue;
    const isOurs =
      group === undefined ||
      (event.resolved ?? []).some((name) => servers.has(name) || groupOf(name) === group);
    if (isOurs) healedAt = Math.max(healedAt ?? event.at, event.at);
  }
  if (healedAt === undefined) return undefined;
  const { recoveryBudgetMs = BUDGET_SESSIONS * run.sessionTimeoutMs } = run;
  const due = healedAt + recoveryBudgetMs * NS_PER_MS;
  const span = { from: healedAt, to: Math.min(due, stop) };
  return { healedAt, span, budgetMs: recoveryBudgetMs, isWhole: due <= stop };
}

/**
 * When the lab began to stop the contenders. Of runs made before it was told: the first that went down
 * after the last op of anybody was invoked (option 2 ends by itself on expiry, in the middle of a run).
 */
function stopOf({ history }: Pick<Evidence, "history">): number {
  let seal = Number.POSITIVE_INFINITY;
  let exits: number[] = [];
  for (const { event } of history) {
    if (event.type === "stage" && event.stage === "stop") return event.at;
    if (event.type === "sealing") seal = event.at;
    if (event.type === "process" && event.state === "exited") exits.push(event.at);
    if (event.type === "contender" && event.line.type === "op" && event.line.phase === "invoke")
      exits = [];
  }
  return Math.min(seal, exits[0] ?? seal);
}
