/** What the shapes mean, and how the timeline is moved; always visible beside it. */

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
  ["held", "held at a failpoint"],
];
const MARKS: readonly (readonly [string, string])[] = [
  ["good", "write committed while its contender led"],
  ["stale", "write committed although the term it belongs to was over"],
  ["leaderless", "write by a contender that never led"],
  ["foreign", "write by a session of no contender"],
  ["unknown", "write that could not be judged"],
  ["fenced", "attempt fenced by the server"],
  ["refused", "attempt refused by its own client"],
  ["decided", "where a bad write had been decided"],
];

export function legend(): Markup {
  const bars = SWATCHES.map(
    ([kind, means]) =>
      html`<li><svg width="30" height="14" aria-hidden="true"><svg class="${kind}" width="30" height="14"><rect width="100%" height="100%"/></svg></svg> ${means}</li>`,
  );
  const marks = MARKS.map(
    ([shape, means]) =>
      html`<li><svg width="30" height="18" aria-hidden="true"><g class="mark ${shape}"><use href="#m-${shape}" x="15" y="9"/></g></svg> ${means}</li>`,
  );
  return html`<ul class="legend" aria-label="legend">${bars}${marks}</ul>`;
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
