/** A verdict as it stands everywhere on the pages. */

import type { Verdict } from "../../audit/types.ts";
import { UNICODE_GLYPHS, VERDICT_WORDS } from "../words.ts";
import { html, type Markup } from "./markup.ts";

/** Glyph and word together; the colour only repeats them. */
export function verdictBadge(verdict: Verdict): Markup {
  return html`<span class="verdict ${verdict}"><span aria-hidden="true">${UNICODE_GLYPHS[verdict]}</span> ${VERDICT_WORDS[verdict]}</span>`;
}
