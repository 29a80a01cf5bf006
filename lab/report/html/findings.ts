/** The findings: each a story and the places where a person can look. The first one stands open. */

import type { EvidenceRef, Finding, TermView } from "../../audit/types.ts";
import { adviceOn } from "../advice.ts";
import type { RankedFinding } from "../ranked.ts";
import type { FindingMark } from "../timeline/types.ts";
import { CULPRIT_WORDS, count, sayFinding } from "../words.ts";
import { glossary } from "./glossary.ts";
import { html, type Markup } from "./markup.ts";

/** Findings on the page; the rest is in audit.json. */
export const FINDINGS_SHOWN_MAX = 200;
/** Beyond these the list is folded, so that the timeline does not slip out of reach. */
const FINDINGS_UNFOLDED_MAX = 6;
const STORY_LINES_MAX = 12;
const EVIDENCE_SHOWN_MAX = 20;

export interface FindingsInput {
  readonly ranked: readonly RankedFinding[];
  /** All findings that the audit counted, kept or not. */
  readonly counted: number;
  readonly marks: readonly FindingMark[];
  readonly terms: readonly TermView[];
  /** The picture of the first finding, where it has one. */
  readonly picture: { readonly id: string; readonly drawing: Markup } | undefined;
}

export function findingsSection({ ranked, counted, marks, picture, terms }: FindingsInput): Markup {
  if (ranked.length === 0) {
    return html`<section aria-labelledby="findings"><h2 id="findings">Findings</h2><p>None.</p></section>`;
  }
  const placed = new Set(marks.map(({ id }) => id));
  const shown = ranked.slice(0, FINDINGS_SHOWN_MAX).map((entry, index) =>
    finding(entry, {
      open: index === 0,
      placed: placed.has(entry.id),
      picture: picture?.id === entry.id ? picture.drawing : undefined,
      proof: index === 0 ? proofOf(entry.finding, terms) : "",
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
  return html`<section aria-labelledby="findings"><h2 id="findings">What happened</h2><p class="note">${intro(ranked[0]?.finding)}</p>${shown.slice(0, FINDINGS_UNFOLDED_MAX)}${more}${notice}${glossary()}</section>`;
}

/** What somebody who has never seen a run stumbles over first, by the names that stand right below. */
function intro(first: RankedFinding["finding"] | undefined): string {
  const { incarnation = "naive/c2#1", op } = first ?? {};
  const [contender, start = "1"] = incarnation.slice(incarnation.lastIndexOf("/") + 1).split("#");
  const group = incarnation.slice(0, incarnation.lastIndexOf("/"));
  const who = `${incarnation} is contender ${contender} of the group ${group}, start ${start}`;
  const what = op === undefined ? "" : `, and ${op} an op that it decided on`;
  return `A contender is one program that campaigns to lead its group: ${who}${what}. By zxids ZooKeeper orders all writes; sessions have 0x numbers of 16 digits. Times count from the start of the run.`;
}

function finding(
  { id, finding: found, claim }: RankedFinding,
  how: {
    readonly open: boolean;
    readonly placed: boolean;
    readonly picture: Markup | undefined;
    readonly proof: Markup | string;
  },
): Markup {
  const { name, grade, culprit, group, story, evidence } = found;
  const glyph = { violation: "✗", unknown: "?", warning: "!" }[grade];
  const open = how.open ? html` open` : "";
  const told =
    story.length === 0
      ? ""
      : html`<ol class="story">${story.slice(0, STORY_LINES_MAX).map((line) => html`<li>${line}</li>`)}</ol>`;
  const link = how.placed
    ? html`<p><a class="goto" href="#at-${id}" data-find="${id}">Show it on the timeline of the whole run</a></p>`
    : "";
  return html`<details class="finding ${grade}" id="${id}"${open}><summary><span class="grade"><span aria-hidden="true">${glyph}</span> ${grade}</span> <code>${name}</code> <span class="say">${sayFinding(found)}</span></summary>
<div class="body">${told}
${how.picture}
${link}
${how.proof}${advice(name)}
<p class="note">${group === undefined ? "The ensemble" : html`Group ${group}`}: ${CULPRIT_WORDS[culprit]}. It speaks against <code>${claim.claim}</code>: ${claim.sentence}.</p>
<h3>Evidence</h3><ul class="evidence">${evidence.slice(0, EVIDENCE_SHOWN_MAX).map(witness)}</ul></div></details>`;
}

/** Two positions in one order: whatever the clocks say, the one came after the other. */
function proofOf(
  { name, zxid, incarnation, evidence }: Finding,
  terms: FindingsInput["terms"],
): Markup | string {
  const named = new Set(evidence.flatMap((ref) => (ref.kind === "term" ? ref.term : [])));
  const ended = terms.find((term) => named.has(term.id) && term.incarnation === incarnation)?.to;
  if (name !== "stale-leader-write" || zxid === undefined || ended === undefined) return "";
  const end = ended.replace(/\/.*$/, "");
  // Both in one transaction: then the step within it tells, and the evidence names it.
  if (end === zxid) return "";
  return html`<p><strong>Why this is certain.</strong> No clock is needed: the servers ordered it. <code>${end}</code> ended its term and <code>${zxid}</code> is the write, and ${end} &lt; ${zxid}. Times only say how long it took.</p>`;
}

function advice(name: Finding["name"]): Markup | string {
  const help = adviceOn(name);
  return help === undefined ? "" : html`<p><strong>What helps.</strong> ${capital(help)}.</p>`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function witness(ref: EvidenceRef): Markup {
  switch (ref.kind) {
    case "log":
      return html`<li>${ref.server}'s log: transaction <code>${ref.zxid}</code> in <code>${ref.file}</code> at byte ${ref.offset}${ref.says === undefined ? "" : html`: ${ref.says}`}</li>`;
    case "history":
      return html`<li>line ${ref.line} of <code>history.jsonl</code>: ${ref.says}</li>`;
    case "term":
      return html`<li>term <code>${ref.term}</code>: ${ref.says}</li>`;
  }
}
