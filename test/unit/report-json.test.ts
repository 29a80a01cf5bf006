import { describe, expect, it } from "vitest";
import { toJson } from "../../lab/report/json.ts";

describe("toJson", () => {
  it("keeps the order of keys, indents by two and ends in a newline", () => {
    expect(toJson({ b: 1, a: [true, null, "x"] })).toBe(
      '{\n  "b": 1,\n  "a": [\n    true,\n    null,\n    "x"\n  ]\n}\n',
    );
  });

  it("leaves out an optional key that is undefined", () => {
    expect(JSON.parse(toJson({ a: undefined, b: 1 }))).toEqual({ b: 1 });
  });

  const refused: readonly { name: string; value: unknown; says: RegExp }[] = [
    {
      name: "a bigint, with its place",
      value: { a: [{ z: 1n }] },
      says: /bigint at \$\.a\[0\]\.z/,
    },
    { name: "NaN", value: { n: Number.NaN }, says: /NaN at \$\.n/ },
    { name: "infinity", value: [Number.POSITIVE_INFINITY], says: /Infinity at \$\[0\]/ },
    { name: "undefined in an array", value: [undefined], says: /undefined value at \$\[0\]/ },
    { name: "undefined itself", value: undefined, says: /undefined value at \$/ },
    { name: "a Map", value: { m: new Map() }, says: /a Map at \$\.m/ },
    { name: "bytes", value: new Uint8Array(2), says: /a Uint8Array at \$/ },
    { name: "a function", value: { f: () => 1 }, says: /function value at \$\.f/ },
  ];
  it.each(refused)("refuses $name", ({ value, says }) => {
    expect(() => toJson(value)).toThrow(says);
  });
});
