/**
 * A strict little HTML tokenizer for tests: tags with their attribute names, and text. It knows what the
 * report uses (quoted or bare attributes, script and style as raw text, comments refused) and throws on
 * anything else, so that broken markup cannot look whole.
 */

export interface Tag {
  readonly name: string;
  readonly closing: boolean;
  readonly attributes: Readonly<Record<string, string>>;
}
export type Token = { readonly tag: Tag } | { readonly text: string };

const RAW = new Set(["script", "style"]);
const TAG = /<(\/?)([a-zA-Z!][a-zA-Z0-9-]*)((?:\s+[a-zA-Z][a-zA-Z0-9:-]*(?:="[^"<]*")?)*)\s*\/?>/y;

export function tokenize(page: string): readonly Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < page.length) {
    if (page[at] !== "<") {
      const next = page.indexOf("<", at);
      const end = next === -1 ? page.length : next;
      tokens.push({ text: page.slice(at, end) });
      at = end;
      continue;
    }
    TAG.lastIndex = at;
    const match = TAG.exec(page);
    if (match === null) throw new Error(`no tag at ${at}: ${page.slice(at, at + 60)}`);
    const [whole, slash, rawName = "", rest = ""] = match;
    const name = rawName.toLowerCase();
    tokens.push({ tag: { name, closing: slash === "/", attributes: attributesOf(rest) } });
    at += whole.length;
    if (slash === "/" || !RAW.has(name)) continue;
    const end = page.indexOf(`</${name}`, at);
    if (end === -1) throw new Error(`<${name}> at ${at} does not end`);
    tokens.push({ text: page.slice(at, end) });
    at = end;
  }
  return tokens;
}

function attributesOf(text: string): Readonly<Record<string, string>> {
  const pairs = text.matchAll(/([a-zA-Z][a-zA-Z0-9:-]*)(?:="([^"]*)")?/g);
  return Object.fromEntries([...pairs].map(([, name = "", value = ""]) => [name, value]));
}

/** Tags and attribute names, without text and values: what no string may change. */
export function structureOf(page: string): readonly string[] {
  return tokenize(page).flatMap((token) =>
    "tag" in token
      ? `${token.tag.closing ? "/" : ""}${token.tag.name} ${Object.keys(token.tag.attributes).join(" ")}`
      : [],
  );
}

/** The text within the first element of which `is` holds. */
export function textIn(tokens: readonly Token[], is: (tag: Tag) => boolean): string | undefined {
  const start = tokens.findIndex((token) => "tag" in token && !token.tag.closing && is(token.tag));
  const next = tokens[start + 1];
  return start !== -1 && next !== undefined && "text" in next ? next.text : undefined;
}
