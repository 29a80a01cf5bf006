/**
 * Text that a contender, a server or a log said, made fit to be shown. Whatever stands in it, it can
 * neither move the cursor of a terminal, nor reorder a line, nor become markup, nor end a data block.
 */

/** Longest piece of foreign text that is shown whole; a znode's path may be 4,096 characters. */
export const SHOWN_CHARS_MAX = 400;

/**
 * Cc moves cursors and starts escape sequences, Cf reorders text (bidi overrides) or hides in it,
 * Zl and Zp are line breaks to some readers, Cs is half a character and no valid UTF-8.
 */
const UNSHOWABLE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/gu;

/** One line of showable text, cut after `charsMax` UTF-16 units with an ellipsis. */
export function plain(text: string, charsMax = SHOWN_CHARS_MAX): string {
  const line = text.replace(/[\t\r\n]+/g, " ").replace(UNSHOWABLE, "");
  if (line.length <= charsMax) return line;
  // The cut may have split a surrogate pair: drop the half that is left.
  return `${line.slice(0, charsMax - 1).replace(/\p{Cs}$/u, "")}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** For HTML text and for attribute values in either kind of quotes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/**
 * JSON for `<script type="application/json">`. Escaping `</script` alone is not enough: `<!--` followed
 * by `<script` puts the parser into a state in which the real end tag no longer ends the block.
 */
export function dataBlockJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
