/** Writes as marks: all that were not good are kept first, the good ones are thinned evenly. */

import type { AuditReport, WriteView } from "../../audit/types.ts";
import type { HistoryLine } from "../../evidence/history.ts";
import { count } from "../words.ts";
import type { ContenderHistory } from "./contenders.ts";
import { ms, spread } from "./spans.ts";
import type { RefusalMark, TimelineLimits, WriteMark } from "./types.ts";

export interface ChosenWrites {
  /** In the audit's order, every one of them with a place in time. */
  readonly writes: readonly WriteView[];
  readonly notices: readonly string[];
}

export function chooseWrites(
  all: readonly WriteView[],
  { writesDrawnMax, badWritesDrawnMax }: TimelineLimits,
): ChosenWrites {
  const placed = all.filter(({ at }) => at !== undefined);
  const bad = placed.filter(({ judgement }) => judgement !== "good");
  const good = placed.filter(({ judgement }) => judgement === "good");
  const drawnBad = bad.slice(0, Math.min(writesDrawnMax, badWritesDrawnMax));
  const drawn = new Set([...drawnBad, ...spread(good, writesDrawnMax - drawnBad.length)]);
  const notices: string[] = [];
  if (placed.length > drawn.size) {
    const badLeftOut = bad.length - drawnBad.length;
    notices.push(
      `${count(drawn.size, "write")} of ${count(placed.length, "write")} are drawn, ` +
        `those that were not good first: ${count(badLeftOut, "such write")} and ` +
        `${count(placed.length - drawn.size - badLeftOut, "good write")} were left out`,
    );
  }
  if (placed.length < all.length) {
    const unplaced = count(all.length - placed.length, "write");
    notices.push(`${unplaced} could not be placed in time and are not drawn`);
  }
  return { writes: placed.filter((write) => drawn.has(write)), notices };
}

/**
 * A write that its contender committed as leader, but in a later term than it was decided in, is good
 * for the one claim and a violation of the other: it is drawn as what it violates.
 */
export function withStaleTerms(
  writes: readonly WriteView[],
  { claims }: AuditReport,
): readonly WriteView[] {
  const stale = new Set(
    claims.flatMap(({ findings }) =>
      findings
        .filter(({ name, grade }) => name === "stale-term-write" && grade === "violation")
        .map(({ group, zxid }) => `${group ?? ""} ${zxid ?? ""}`),
    ),
  );
  return writes.map((write) =>
    write.judgement === "good" && stale.has(`${write.group} ${write.zxid}`)
      ? { ...write, judgement: "stale" }
      : write,
  );
}

/**
 * When each of these ops was decided and sent again: its attempts' invokes, in ms, by incarnation and op.
 * An op id alone is not enough: naive/c3#1 and latch-check/c3#1 both have a `c3#1:11`.
 */
export function decisions(
  writes: readonly WriteView[],
  history: readonly HistoryLine[],
): ReadonlyMap<string, readonly number[]> {
  const wanted = new Set(
    writes.flatMap((write) => (write.judgement === "good" ? [] : decisionOf(write))),
  );
  const invoked = new Map<string, number[]>();
  for (const { event } of history) {
    if (event.type !== "contender" || event.line.type !== "op") continue;
    if (event.line.phase !== "invoke") continue;
    const key = decisionOf({ incarnation: event.incarnation, op: event.line.op });
    if (!wanted.has(key)) continue;
    invoked.set(key, [...(invoked.get(key) ?? []), ms(event.at)]);
  }
  return invoked;
}

function decisionOf({ incarnation, op }: Pick<WriteView, "incarnation" | "op">): string {
  return `${incarnation ?? ""} ${op ?? ""}`;
}

export function writeMarks(
  writes: readonly WriteView[],
  decided: ReadonlyMap<string, readonly number[]>,
): readonly WriteMark[] {
  return writes.flatMap((write) => {
    const { at, zxid, op, path, judgement } = write;
    if (at === undefined) return [];
    const invoked = judgement === "good" ? [] : (decided.get(decisionOf(write)) ?? []);
    const [decidedMs, ...again] = invoked;
    return {
      key: `w:${zxid}`,
      atMs: ms((at.earliest + at.latest) / 2),
      plusMinusMs: ms((at.latest - at.earliest) / 2),
      zxid,
      op,
      path,
      judgement,
      decidedMs,
      againMs: again.filter((atMs) => atMs <= ms(at.latest)),
    };
  });
}

/** Attempts that the server refused at their guard, or that the client never sent. */
export function refusalMarks({ said }: ContenderHistory): readonly RefusalMark[] {
  return said.flatMap(({ event }) => {
    const { line } = event;
    if (line.type !== "op" || (line.phase !== "fail" && line.phase !== "info")) return [];
    const by = line.fenced === true ? "server" : line.unsent === true ? "client" : undefined;
    return by === undefined ? [] : { atMs: ms(event.at), op: line.op, by, code: line.code };
  });
}
