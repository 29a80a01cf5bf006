/** Reads XML with a strict parser: whatever is not well-formed throws. */

import { SaxesParser } from "saxes";

export interface Element {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly Element[];
  /** Its own text and CDATA, without its children's. */
  readonly text: string;
}

interface Growing extends Element {
  children: Growing[];
  text: string;
}

/** The root element; throws at the first thing that XML does not allow. */
export function parseXml(document: string): Element {
  const parser = new SaxesParser();
  const root: Growing = { name: "", attributes: {}, children: [], text: "" };
  const open = [root];
  const last = (): Growing => open.at(-1) ?? root;
  parser.on("error", (error) => {
    throw error;
  });
  parser.on("opentag", ({ name, attributes }) => {
    const element: Growing = { name, attributes: { ...attributes }, children: [], text: "" };
    last().children.push(element);
    open.push(element);
  });
  parser.on("closetag", () => open.pop());
  for (const kind of ["text", "cdata"] as const) {
    parser.on(kind, (text) => {
      last().text += text;
    });
  }
  parser.write(document).close();
  const [first] = root.children;
  if (first === undefined) throw new Error("no element");
  return first;
}
