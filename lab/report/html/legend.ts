/** What the shapes mean, for what is drawn and no more, and how the timeline is moved. */

import type { ContenderLane, Span } from "../timeline/types.ts";
import { html, type Markup, trusted } from "./markup.ts";

const SWATCHES: readonly (readonly [string, string])[] = [
  ["belief", "believes that it leads (what it acts on)"],
  ["lie", "believes it, wrongly, and is running"],
  ["lie asleep", "believes it, wrongly, while stopped"],
  ["lie doubt", "believes it, perhaps wrongly: its term ended about here"],
  ["term", "leads (the truth, from the committed tree)"],
  ["term maybe", "may lead: the position is known only within a bracket"],
  ["stopped", "its process is stopped"],
  ["cut", "another fault is in force on it"],
  ["held", "held at a failpoint, with its write decided"],
  ["fault", "fault in force (thin before: armed)"],
  ["server leader", "server that leads the ensemble"],
  ["server", "server that follows"],
  ["bound", "opening and sealing write: the run lies between"],
  ["stopping", "the lab stops the contenders: what begins here is not drawn"],
];
const MARKS: readonly (readonly [string, string])[] = [
  ["good", "write committed while its contender led"],
  ["stale", "write committed although the term it belongs to was over"],
  ["leaderless", "write by a contender that never led"],
  ["foreign", "write by a session of no contender"],
  ["unknown", "write that could not be judged"],
  ["fenced", "attempt fenced by the server"],
  ["refused", "attempt refused by its own client; a write may take several"],
  ["decided", "where a bad write was decided, and sent again"],
];

/** The kinds that these lanes show within a span, by the names of swatches and marks. */
export function kindsIn(lanes: readonly ContenderLane[], within: Span): ReadonlySet<string> {
  const kinds = new Set<string>();
  const isSeen = ({ fromMs, toMs }: Span): boolean =>
    fromMs <= within.toMs && toMs >= within.fromMs;
  const isAt = ({ atMs }: { readonly atMs: number }): boolean =>
    isSeen({ fromMs: atMs, toMs: atMs });
  for (const lane of lanes) {
    if (lane.beliefs.some(isSeen)) kinds.add("belief");
    for (const lie of lane.lies.filter(isSeen))
      kinds.add(!lie.sure ? "lie doubt" : lie.stopped ? "lie asleep" : "lie");
    for (const term of lane.terms.filter(isSeen)) {
      kinds.add("term");
      const { fromMs, surelyFromMs, surelyToMs, toMs } = term;
      const doubts = [
        { fromMs, toMs: surelyFromMs },
        { fromMs: surelyToMs, toMs },
      ];
      if (doubts.some((doubt) => doubt.fromMs < doubt.toMs && isSeen(doubt)))
        kinds.add("term maybe");
    }
    for (const { stops } of lane.afflictions.filter(isSeen)) kinds.add(stops ? "stopped" : "cut");
    if (lane.held.some(isSeen)) kinds.add("held");
    for (const { judgement, decidedMs } of lane.writes.filter(isAt)) {
      kinds.add(judgement);
      if (decidedMs !== undefined) kinds.add("decided");
    }
    for (const { by } of lane.refusals.filter(isAt))
      kinds.add(by === "server" ? "fenced" : "refused");
  }
  return kinds;
}

export function legend(kinds: ReadonlySet<string>): Markup {
  const bars = SWATCHES.filter(([kind]) => kinds.has(kind)).map(
    ([kind, means]) =>
      html`<li><svg width="30" height="14" aria-hidden="true">${swatch(kind)}</svg> ${means}</li>`,
  );
  const marks = MARKS.filter(([shape]) => kinds.has(shape)).map(
    ([shape, means]) =>
      html`<li><svg width="30" height="18" aria-hidden="true"><g class="mark ${shape}"><use href="#m-${shape}" x="15" y="9"/></g></svg> ${means}</li>`,
  );
  return html`<ul class="legend" aria-label="legend">${bars}${marks}</ul>`;
}

function swatch(kind: string): Markup {
  if (kind === "bound") return html`<g class="bound"><line x1="15" x2="15" y1="0" y2="14"/></g>`;
  return html`<svg class="${kind}" width="30" height="14"><rect width="100%" height="100%"/></svg>`;
}

/** Hidden until the script says that it can serve them. */
export const TOOLBAR: Markup = trusted(`<div class="toolbar" hidden>
<button type="button" data-zoom="in">Zoom in</button>
<button type="button" data-zoom="out">Zoom out</button>
<button type="button" data-zoom="all">Whole run</button>
<button type="button" data-step="-1">Previous finding</button>
<button type="button" data-step="1">Next finding</button>
<output id="clock" aria-live="off"></output>
<p class="note">Drag to pan, Ctrl and wheel to zoom. Keys, with the timeline in focus: + and - zoom, arrows pan, 0 the whole run, n and p the findings, Escape lets go.</p>
</div>`);
