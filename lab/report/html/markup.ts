/**
 * HTML by tagged template: whatever is put into one is escaped, unless it is Markup itself. Escaping is
 * thus not a thing to remember; only `trusted` steps around it, for our own CSS, script and data block.
 */

import { escapeHtml, plain } from "../untrusted.ts";

export class Markup {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

type Child = Markup | string | number | undefined | readonly (Markup | string)[];

/** Attributes must stand in double quotes. Strings lose control characters and are cut when very long. */
export function html(parts: TemplateStringsArray, ...children: readonly Child[]): Markup {
  let text = parts[0] ?? "";
  for (const [index, child] of children.entries()) text += rendered(child) + parts[index + 1];
  return new Markup(text);
}

function rendered(child: Child): string {
  if (child === undefined) return "";
  if (child instanceof Markup) return child.text;
  if (typeof child === "string" || typeof child === "number") return escapeHtml(plain(`${child}`));
  return child.map(rendered).join("");
}

/** Text that this package wrote itself; never anything that was read. */
export function trusted(text: string): Markup {
  return new Markup(text);
}

/** For a replay command, which must be whole to be of use. */
export function whole(text: string, charsMax: number): Markup {
  return new Markup(escapeHtml(plain(text, charsMax)));
}
