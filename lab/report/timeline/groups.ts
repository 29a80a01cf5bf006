/** Puts a group's lanes together: one a contender, and one for sessions of no known contender. */

import type { AuditResult, WriteView } from "../../audit/types.ts";
import type { HistoryLine } from "../../evidence/history.ts";
import type { GroupInfo } from "../../evidence/run-info.ts";
import {
  aliveSpans,
  beliefSpans,
  type ContenderHistory,
  heldSpans,
  lieSpans,
} from "./contenders.ts";
import { afflictions } from "./faults.ts";
import { termSpans } from "./terms.ts";
import type { ContenderLane, FaultLane, GroupLanes, Span, TermSpan } from "./types.ts";
import { refusalMarks, writeMarks } from "./writes.ts";

/** What all lanes are made from; `writes` are the chosen ones. */
export interface LaneSources {
  readonly result: AuditResult;
  readonly histories: ReadonlyMap<string, ContenderHistory>;
  readonly faults: readonly FaultLane[];
  readonly writes: readonly WriteView[];
  readonly decided: ReadonlyMap<string, readonly number[]>;
  readonly bounds: Span;
  /** What begins later is the lab's own doing: contenders are being stopped one after another. */
  readonly stoppingMs: number | undefined;
}

/** `naive/c1#2` → `naive/c1`: incarnations of a contender share its lane. */
export function laneOf(incarnation: string): string {
  const hash = incarnation.lastIndexOf("#");
  return hash === -1 ? incarnation : incarnation.slice(0, hash);
}

/** The history's lines by contender, in order. */
export function contenderHistories(
  history: readonly HistoryLine[],
): ReadonlyMap<string, ContenderHistory> {
  const byLane = new Map<
    string,
    {
      said: ContenderHistory["said"][number][];
      processes: ContenderHistory["processes"][number][];
    }
  >();
  for (const { line, event } of history) {
    if (event.type !== "contender" && event.type !== "process") continue;
    const lane = laneOf(event.incarnation);
    const lines = byLane.get(lane) ?? { said: [], processes: [] };
    byLane.set(lane, lines);
    if (event.type === "contender") lines.said.push({ line, event });
    else lines.processes.push(event);
  }
  return byLane;
}

export function groupLanes(group: GroupInfo, sources: LaneSources): GroupLanes {
  const stoppingMs = sources.stoppingMs ?? Number.POSITIVE_INFINITY;
  const all = termSpans(sources.result.report.terms, group.name, sources.bounds);
  const terms = all.filter(({ openStart, surelyFromMs }) => openStart || surelyFromMs < stoppingMs);
  const writes = sources.writes.filter((write) => write.group === group.name);
  const other = `${group.name}/other sessions`;
  const laneOrOther = (incarnation: string | undefined): string =>
    incarnation === undefined ? other : laneOf(incarnation);
  const names = new Set([
    ...group.contenders.map((name) => (name.includes("/") ? name : `${group.name}/${name}`)),
    ...[...sources.histories.keys()].filter((lane) => lane.startsWith(`${group.name}/`)),
    // Also a contender of another group that wrote here: its write must not vanish.
    ...terms.map((term) => laneOrOther(term.incarnation)),
    ...writes.map((write) => laneOrOther(write.incarnation)),
  ]);
  const contenders = [...names].map((contender) =>
    contenderLane(
      contender,
      terms.filter((term) => laneOrOther(term.incarnation) === contender),
      writes.filter((write) => laneOrOther(write.incarnation) === contender),
      sources,
    ),
  );
  return { group: group.name, strategy: group.strategy, contenders };
}

function contenderLane(
  contender: string,
  terms: readonly TermSpan[],
  writes: readonly WriteView[],
  { histories, faults, decided, bounds, stoppingMs = bounds.toMs }: LaneSources,
): ContenderLane {
  const history = histories.get(contender) ?? { said: [], processes: [] };
  const beliefs = beliefSpans(history, bounds.toMs).filter(({ fromMs }) => fromMs < stoppingMs);
  const felt = afflictions(faults, (resolved) => laneOf(resolved) === contender, bounds);
  return {
    contender,
    alive: aliveSpans(history, bounds.toMs),
    beliefs,
    terms,
    lies: lieSpans(beliefs, terms, felt).flatMap((lie) =>
      lie.fromMs < stoppingMs ? { ...lie, toMs: Math.min(lie.toMs, stoppingMs) } : [],
    ),
    afflictions: felt,
    held: heldSpans(history, bounds.toMs),
    writes: writeMarks(writes, decided),
    refusals: refusalMarks(history),
  };
}
