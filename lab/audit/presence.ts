/**
 * When a contender could act and hear: not while its process is stopped (from the proof of effect to the
 * proof of heal, semantics 6), not while it is held at a failpoint, not while none of its sessions is
 * connected. A stopped process cannot revoke: without this every correct contender is convicted in
 * gc-pause. A process of which only a thread is suspended runs, and so does one of which only the sender
 * is held: it goes on talking, where one that is held whole says nothing until it is released.
 */

import type { HistoryLine } from "../evidence/history.ts";
import type { Span } from "./spans.ts";

/** Faults under which the whole process stands still. */
export const STOPPING_FAULTS: ReadonlySet<string> = new Set([
  "pause",
  "freeze",
  "gc",
  "jvm-suspend",
]);
const NEVER = Number.POSITIVE_INFINITY;

export interface Presence {
  readonly stopped: readonly Span[];
  /** Held whole at a failpoint: the process blocks, as in a full GC. */
  readonly held: readonly Span[];
  readonly disconnected: readonly Span[];
  /** As the supervisor saw it; `to` infinite while it runs. */
  readonly alive: Span;
}

const ALWAYS: Presence = {
  stopped: [],
  held: [],
  disconnected: [],
  alive: { from: Number.NEGATIVE_INFINITY, to: NEVER },
};

export type PresenceOf = (incarnation: string) => Presence;

interface Draft {
  readonly stopped: Span[];
  readonly held: Span[];
  readonly disconnected: Span[];
  readonly pauses: Map<string, number>;
  readonly connected: Set<string>;
  heldFrom: number | undefined;
  lostAt: number | undefined;
  from: number;
  to: number;
}

export function readPresence(lines: readonly HistoryLine[]): PresenceOf {
  const drafts = new Map<string, Draft>();
  const of = (incarnation: string): Draft => {
    const known = drafts.get(incarnation);
    if (known !== undefined) return known;
    const draft: Draft = {
      ...{ stopped: [], held: [], disconnected: [], pauses: new Map(), connected: new Set() },
      ...{ heldFrom: undefined, lostAt: undefined, from: ALWAYS.alive.from, to: NEVER },
    };
    drafts.set(incarnation, draft);
    return draft;
  };
  for (const { event } of lines) {
    if (event.type === "fault" && STOPPING_FAULTS.has(event.fault))
      for (const incarnation of event.resolved ?? []) takeFault(of(incarnation), event);
    if (event.type === "process") {
      const draft = of(event.incarnation);
      if (event.state === "started") draft.from = event.at;
      else draft.to = event.at;
    }
    if (event.type === "contender") takeLine(of(event.incarnation), event.at, event.line);
  }
  const done = new Map([...drafts].map(([incarnation, draft]) => [incarnation, finish(draft)]));
  return (incarnation) => done.get(incarnation) ?? ALWAYS;
}

type Event<T extends HistoryLine["event"]["type"]> = Extract<HistoryLine["event"], { type: T }>;

function takeFault(draft: Draft, event: Event<"fault">): void {
  if (event.phase === "in-force") draft.pauses.set(event.injection, event.at);
  const from = draft.pauses.get(event.injection);
  if (event.phase !== "healed" || from === undefined) return;
  draft.pauses.delete(event.injection);
  draft.stopped.push({ from, to: event.at });
}

function takeLine(draft: Draft, at: number, line: Event<"contender">["line"]): void {
  if (line.type === "held") draft.heldFrom = at;
  else {
    if (line.type === "released" && draft.heldFrom !== undefined)
      draft.held.push({ from: draft.heldFrom, to: at });
    draft.heldFrom = undefined;
  }
  if (line.type !== "session") return;
  if (line.state === "connected") {
    draft.connected.add(line.id);
    if (draft.lostAt !== undefined) draft.disconnected.push({ from: draft.lostAt, to: at });
    draft.lostAt = undefined;
    return;
  }
  draft.connected.delete(line.id);
  if (draft.connected.size === 0) draft.lostAt ??= at;
}

function finish(draft: Draft): Presence {
  const open = (from: number | undefined): Span[] =>
    from === undefined ? [] : [{ from, to: NEVER }];
  return {
    stopped: [...draft.stopped, ...[...draft.pauses.values()].flatMap(open)],
    held: [...draft.held, ...open(draft.heldFrom)],
    disconnected: [...draft.disconnected, ...open(draft.lostAt)],
    alive: { from: draft.from, to: draft.to },
  };
}
