/** Terms placed in time by the brackets that the audit found (semantics 31). */

import type { TermView } from "../../audit/types.ts";
import { ms } from "./spans.ts";
import type { Span, TermSpan } from "./types.ts";

/**
 * A term without a bracket has an open end there. Its span then reaches as far as it can have: to the
 * edge of the run, or to where the group's next term began, since a group has one leader at a time.
 */
export function termSpans(
  terms: readonly TermView[],
  group: string,
  bounds: Span,
): readonly TermSpan[] {
  const own = terms.filter((term) => term.group === group);
  return own.map((term, index) => {
    const before = own[index - 1]?.ended;
    const after = own[index + 1]?.began;
    const { began, ended } = term;
    const endedWithinRun = term.to !== undefined;
    const earliest = began?.earliest ?? before?.earliest;
    const latest = endedWithinRun ? (ended?.latest ?? after?.latest) : undefined;
    const fromMs = earliest === undefined ? bounds.fromMs : ms(earliest);
    const toMs = latest === undefined ? bounds.toMs : ms(latest);
    return {
      key: `t:${term.id}`,
      term: term.id,
      incarnation: term.incarnation,
      znode: term.znode,
      token: term.token,
      fromMs,
      toMs: Math.max(fromMs, toMs),
      surelyFromMs: began === undefined ? toMs : ms(began.latest),
      surelyToMs: endedWithinRun ? (ended === undefined ? fromMs : ms(ended.earliest)) : toMs,
      endedBy: term.to?.replace(/\/.*$/, ""),
      openStart: began === undefined,
      openEnd: ended === undefined,
    };
  });
}
