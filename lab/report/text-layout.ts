/** Laying out text in columns of a terminal: how wide it is, padding, cutting, wrapping. */

/** A code point that takes two columns: East Asian wide and full-width forms, and emoji. */
const WIDE =
  /[\p{Emoji_Presentation}\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;
const COMBINING = /^\p{M}$/u;

/** Columns that showable text (untrusted.ts) without colours takes. */
export function columnsOf(text: string): number {
  let columns = 0;
  for (const char of text) columns += COMBINING.test(char) ? 0 : WIDE.test(char) ? 2 : 1;
  return columns;
}

export function padEnd(text: string, columns: number): string {
  return text + " ".repeat(Math.max(0, columns - columnsOf(text)));
}

export function padStart(text: string, columns: number): string {
  return " ".repeat(Math.max(0, columns - columnsOf(text))) + text;
}

/** At most `columns` wide; what is cut ends in the ellipsis. */
export function cut(text: string, columns: number, ellipsis: string): string {
  if (columnsOf(text) <= columns) return text;
  let kept = "";
  for (const char of text) {
    if (columnsOf(kept + char) > columns - columnsOf(ellipsis)) break;
    kept += char;
  }
  return kept + ellipsis;
}

/** Lines of at most `columns`; a word that is longer than a line is broken. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ").flatMap((whole) => pieces(whole, columns))) {
    const longer = line === "" ? word : `${line} ${word}`;
    if (columnsOf(longer) <= columns) {
      line = longer;
      continue;
    }
    lines.push(line);
    line = word;
  }
  return [...lines, line];
}

function pieces(word: string, columns: number): readonly string[] {
  const parts: string[] = [];
  let part = "";
  for (const char of word) {
    if (columnsOf(part + char) > columns) {
      parts.push(part);
      part = "";
    }
    part += char;
  }
  return part === "" ? parts : [...parts, part];
}

/** Wrapped text whose first line starts with `first` and the others with as many blanks. */
export function hanging(first: string, text: string, columns: number): readonly string[] {
  const indent = columnsOf(first);
  return wrap(text, Math.max(10, columns - indent)).map(
    (line, index) => (index === 0 ? first : " ".repeat(indent)) + line,
  );
}
