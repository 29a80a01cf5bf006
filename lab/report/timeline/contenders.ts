/**
 * A contender's lane: what it believed above what was true. A lane is one contender; its incarnations
 * follow each other on it, but a belief is compared only with terms of its own incarnation, since a
 * restarted c1 does not lead by the znode of its dead predecessor (semantics 5).
 */

import type { ContenderEvent, HistoryLine } from "../../evidence/history.ts";
import { ms, subtract, within } from "./spans.ts";
import type { AfflictionSpan, BeliefSpan, HeldSpan, LieSpan, Span, TermSpan } from "./types.ts";

/** The lines of one contender's incarnations: what it said, and when its processes started and exited. */
export interface ContenderHistory {
  readonly said: readonly { readonly line: number; readonly event: ContenderEvent }[];
  readonly processes: readonly Extract<HistoryLine["event"], { type: "process" }>[];
}

export function aliveSpans({ processes }: ContenderHistory, endMs: number): readonly Span[] {
  return processes
    .filter(({ state }) => state === "started")
    .map(({ incarnation, at }) => ({
      fromMs: ms(at),
      toMs: exitOf(processes, incarnation) ?? endMs,
    }));
}

function exitOf(processes: ContenderHistory["processes"], incarnation: string): number | undefined {
  const exit = processes.find((p) => p.state === "exited" && p.incarnation === incarnation);
  return exit === undefined ? undefined : ms(exit.at);
}

/** semantics 6: a belief opens at `elected` and closes at `revoked` or at the exit of the process. */
export function beliefSpans(
  { said, processes }: ContenderHistory,
  endMs: number,
): readonly BeliefSpan[] {
  const spans: BeliefSpan[] = [];
  const open = new Map<string, Omit<BeliefSpan, "toMs" | "ended">>();
  const close = (incarnation: string, toMs: number, ended: string | undefined): void => {
    const belief = open.get(incarnation);
    if (belief !== undefined) spans.push({ ...belief, toMs, ended });
    open.delete(incarnation);
  };
  for (const { line, event } of said) {
    if (event.line.type !== "belief") continue;
    const { incarnation } = event;
    const atMs = ms(event.at);
    if (event.line.state === "revoked") {
      close(incarnation, atMs, event.line.reason);
      continue;
    }
    close(incarnation, atMs, "elected again");
    const { czxid, path } = event.line.token;
    open.set(incarnation, {
      key: `b:${line}`,
      incarnation,
      token: `${czxid} ${path}`,
      fromMs: atMs,
    });
  }
  for (const incarnation of [...open.keys()]) {
    const exitMs = exitOf(processes, incarnation);
    close(incarnation, exitMs ?? endMs, exitMs === undefined ? undefined : "exited");
  }
  return spans.sort((a, b) => a.fromMs - b.fromMs);
}

/** From `held` to `released`, or to the end. */
export function heldSpans({ said }: ContenderHistory, endMs: number): readonly HeldSpan[] {
  const spans: HeldSpan[] = [];
  for (const [index, { event }] of said.entries()) {
    const { line } = event;
    if (line.type !== "held") continue;
    const released = said
      .slice(index + 1)
      .find(
        (later) =>
          later.event.line.type === "released" &&
          later.event.incarnation === event.incarnation &&
          later.event.line.failpoint === line.failpoint,
      );
    spans.push({
      fromMs: ms(event.at),
      toMs: released === undefined ? endMs : ms(released.event.at),
      failpoint: line.failpoint,
      op: line.op,
    });
  }
  return spans;
}

/**
 * Sure: belief less every moment in which a term of the same incarnation may have been in force. In
 * doubt: belief within the bracket in which such a term ended. The bracket in which one began is left
 * out, since whoever is told that it leads is told after the fact.
 */
export function lieSpans(
  beliefs: readonly BeliefSpan[],
  terms: readonly TermSpan[],
  felt: readonly AfflictionSpan[],
): readonly LieSpan[] {
  const stops = felt.filter((affliction) => affliction.stops);
  return beliefs.flatMap((belief) => {
    const own = terms.filter((term) => term.incarnation === belief.incarnation);
    const doubts = own
      .filter(({ surelyFromMs, surelyToMs }) => surelyFromMs < surelyToMs)
      .flatMap(({ surelyToMs, toMs }) => {
        return within(belief, { fromMs: surelyToMs, toMs }) ?? [];
      });
    const lies = [
      ...subtract(belief, own).map((span) => ({ ...span, sure: true })),
      ...doubts.map((span) => ({ ...span, sure: false })),
    ];
    return lies
      .flatMap((lie) => splitByStops(lie, stops))
      .map((span) => ({ ...span, key: belief.key, incarnation: belief.incarnation }))
      .sort((a, b) => a.fromMs - b.fromMs);
  });
}

type SplitSpan = Pick<LieSpan, "fromMs" | "toMs" | "sure" | "stopped">;

function splitByStops(lie: Span & { sure: boolean }, stops: readonly Span[]): readonly SplitSpan[] {
  const { sure } = lie;
  return [
    ...stops.flatMap((stop) => {
      const asleep = within(lie, stop);
      return asleep === undefined ? [] : { ...asleep, sure, stopped: true };
    }),
    ...subtract(lie, stops).map((awake) => ({ ...awake, sure, stopped: false })),
  ];
}
