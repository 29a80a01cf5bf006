/** The findings: each a story and the places where a person can look. The first one stands open. */

import type { EvidenceRef } from "../../audit/types.ts";
import type { RankedFinding } from "../ranked.ts";
import type { FindingMark } from "../timeline/types.ts";
import { count } from "../words.ts";
import { html, type Markup } from "./markup.ts";

/** Findings on the page; the rest is in audit.json. */
export const FINDINGS_SHOWN_MAX = 200;
/** Beyond these the list is folded, so that the timeline does not slip out of reach. */
const FINDINGS_UNFOLDED_MAX = 6;
const STORY_LINES_MAX = 12;
const EVIDENCE_SHOWN_MAX = 20;
/** What somebody who has never seen a run stumbles over first. */
const WORDS =
  "A contender is one program that campaigns to lead its group; naive/c1#2 is the second start of contender c1 of the group naive. 0x… numbers are zxids, by which ZooKeeper orders all writes. Times count from the start of the run.";

export interface FindingsInput {
  readonly ranked: readonly RankedFinding[];
  /** All findings that the audit counted, kept or not. */
  readonly counted: number;
  readonly marks: readonly FindingMark[];
  /** The picture of the first finding, where it has one. */
  readonly picture: { readonly id: string; readonly drawing: Markup } | undefined;
}

export function findingsSection({ ranked, counted, marks, picture }: FindingsInput): Markup {
  if (ranked.length === 0) {
    return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2><p>None.</p></section>`;
  }
  const placed = new Set(marks.map(({ id }) => id));
  const shown = ranked.slice(0, FINDINGS_SHOWN_MAX).map((entry, index) =>
    finding(entry, {
      open: index === 0,
      placed: placed.has(entry.id),
      picture: picture?.id === entry.id ? picture.drawing : undefined,
    }),
  );
  const folded = shown.slice(FINDINGS_UNFOLDED_MAX);
  const more =
    folded.length === 0
      ? ""
      : html`<details class="more"><summary>${count(folded.length, "more finding")}</summary>${folded}</details>`;
  const left = counted - shown.length;
  const notice =
    left <= 0
      ? ""
      : html`<p class="note">${count(left, "further finding")} not shown here; audit.json keeps up to 1,000 a claim and counts all.</p>`;
  return html`<section aria-labelledby="findings"><h2 id="findings">What happened</h2><p class="note">${WORDS}</p>${shown.slice(0, FINDINGS_UNFOLDED_MAX)}${more}${notice}</section>`;
}

function finding(
  { id, finding: found, claim }: RankedFinding,
  how: { open: boolean; placed: boolean; picture: Markup | undefined },
): Markup {
  const { name, grade, culprit, group, message, story, evidence } = found;
  const glyph = { violation: "✗", unknown: "?", warning: "!" }[grade];
  const open = how.open ? html` open` : "";
  const told = story.length === 0 ? [message] : story.slice(0, STORY_LINES_MAX);
  const link = how.placed
    ? html`<p><a class="goto" href="#at-${id}" data-find="${id}">Show on the timeline, with both witnesses</a></p>`
    : "";
  return html`<details class="finding ${grade}" id="${id}"${open}><summary><span class="grade"><span aria-hidden="true">${glyph}</span> ${grade}</span> <code>${name}</code> <span class="say">${message}</span></summary>
<div class="body"><ol class="story">${told.map((line) => html`<li>${line}</li>`)}</ol>
${how.picture}
${link}
<p class="note">Group ${group ?? "ensemble"} · culprit: ${culprit}${found.while === undefined ? "" : html` · while ${found.while}`} · claim: ${claim.sentence}</p>
<h3>Evidence</h3><ul class="evidence">${evidence.slice(0, EVIDENCE_SHOWN_MAX).map(witness)}</ul></div></details>`;
}

function witness(ref: EvidenceRef): Markup {
  switch (ref.kind) {
    case "log":
      return html`<li>${ref.server}'s log: transaction <code>${ref.zxid}</code> in <code>${ref.file}</code> at byte ${ref.offset}</li>`;
    case "history":
      return html`<li>line ${ref.line} of <code>history.jsonl</code>: ${ref.says}</li>`;
    case "term":
      return html`<li>term <code>${ref.term}</code>: ${ref.says}</li>`;
  }
}
