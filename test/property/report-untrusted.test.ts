/** Whatever a contender, a server or a log says: neither page nor terminal may be changed by it. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compareExpectations } from "../../lab/report/expectation.ts";
import { renderHtml } from "../../lab/report/html.ts";
import { renderJunit } from "../../lab/report/junit.ts";
import { plainPalette } from "../../lab/report/palette.ts";
import { renderSummary } from "../../lab/report/terminal.ts";
import { columnsOf } from "../../lab/report/text-layout.ts";
import { dataBlockJson } from "../../lab/report/untrusted.ts";
import { UNICODE_GLYPHS } from "../../lab/report/words.ts";
import { structureOf } from "../builders/html.ts";
import { type SampleRun, sampleRun } from "../builders/sample-run.ts";
import { type Element, parseXml } from "../builders/xml.ts";

/** Fields that are words of ours (checked by a schema on the way in); every other string is hostile. */
const OWN_WORDS = new Set(
  "type state phase kind verdict grade judgement while role claim guard recipe reason fault failpoint".split(
    " ",
  ),
);

/**
 * Puts `payload` into every free text at any depth, so that equal names stay equal. Into incarnations
 * before their number: what follows the `#` never reaches a lane's name.
 */
function poison<T>(value: T, payload: string, key = "", parent = ""): T {
  if (typeof value === "string") {
    if (OWN_WORDS.has(key) || (key === "name" && parent === "findings")) return value;
    const [, name, number] = /^(.*)(#\d+)$/.exec(value) ?? ["", value, ""];
    return `${name}${payload}${number}` as T;
  }
  if (Array.isArray(value)) {
    return value.map((element: unknown) => poison(element, payload, key, key)) as T;
  }
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(
    Object.entries(value).map(([k, v]) => [k, poison(v as unknown, payload, k, key)]),
  ) as T;
}

const sample = sampleRun({ writeEveryMs: 1_500 });
function poisoned(payload: string): SampleRun {
  const { evidence, result } = sample;
  const { run, ...rest } = evidence;
  return {
    evidence: { ...poison(rest, payload), run: poison(run, payload, "run") },
    result: poison(result, payload),
  };
}

/** `#` ends an incarnation's name, `/` a group's: they shape the lanes, as they may. */
const shapeless = (payload: string): string => payload.replace(/[^#/]/gu, "x");

const BREAKERS: readonly string[] = [
  ..."< > \" ' & ` = / \\ # - ! $ { } ; \n \r \t \0 \u001b[2J \u009b \u2028 \u2029 \u202e \u200f".split(
    " ",
  ),
  ..."\ud800 \udc00 </script> <!-- <script> ]]> --> &lt; &#60; javascript: onload= <svg/onload=1>".split(
    " ",
  ),
  ..."</title> </style> </textarea> 漢 é 🙂".split(" "),
];
const anything = fc.oneof(
  fc
    .array(fc.constantFrom(...BREAKERS), { minLength: 1, maxLength: 12 })
    .map((all) => all.join("")),
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.string({ unit: "grapheme-composite", maxLength: 600 }),
);
/** Tried for certain: forty random runs once left `"` out, and a hole with it. */
const examples: [string][] = ["", BREAKERS.join(""), '"', "'", "<", "&"].map((text) => [text]);

describe("renderHtml", () => {
  const structures = new Map<string, readonly string[]>();
  const keepsStructure = fc.property(anything, (payload) => {
    const shape = shapeless(payload);
    const expected = structures.get(shape) ?? structureOf(renderPage(poisoned(shape), shape));
    structures.set(shape, expected);
    const page = renderPage(poisoned(payload), payload);
    expect(structureOf(page)).toEqual(expected);
    const block = /<script type="application\/json" id="zklab-data">(.*?)<\/script>/s.exec(page);
    expect(() => JSON.parse(block?.[1] ?? "") as unknown).not.toThrow();
  });

  it("keeps its structure whatever markup its fields hold", () => {
    fc.assert(keepsStructure, { examples, numRuns: examples.length });
  });

  // Pages are large: a few draws a test, each test within its limit on a busy machine too.
  it.each([1, 2, 3, 4])("keeps its structure whatever any field says (%i of 4)", () => {
    fc.assert(keepsStructure, { numRuns: 5 });
  });
});

/** Elements and attribute names, without text and values. */
function shapeOf({ name, attributes, children }: Element): string {
  return `${name}(${Object.keys(attributes).join(" ")})[${children.map(shapeOf).join(",")}]`;
}

describe("renderJunit", () => {
  const expected = compareExpectations(sample.evidence.run, sample.result.report);
  const junit = (payload: string): string => {
    const { evidence, result } = poisoned(payload);
    const expectations = poison(expected, payload);
    return renderJunit([{ run: evidence.run, report: result.report, expectations }]);
  };
  const whole = shapeOf(parseXml(junit("")));

  it("is the same well-formed XML whatever any field says", () => {
    fc.assert(
      fc.property(anything, (payload) => {
        expect(shapeOf(parseXml(junit(payload)))).toBe(whole);
      }),
      { examples: [...examples, ["]]>"], ["\ufffe\uffff"]], numRuns: examples.length + 60 },
    );
  });
});

function renderPage({ evidence, result }: SampleRun, payload: string): string {
  return renderHtml(evidence, result, { replay: `npx zklab run ${payload}` });
}

describe("dataBlockJson", () => {
  it("gives back what it was given, and holds nothing that HTML reads", () => {
    fc.assert(
      fc.property(fc.oneof(anything, fc.jsonValue()), (value) => {
        const text = dataBlockJson({ value });
        expect(text).not.toMatch(/[<>&\u2028\u2029]/);
        expect(JSON.parse(text)).toEqual(JSON.parse(JSON.stringify({ value })));
      }),
      { numRuns: 300 },
    );
  });
});

describe("renderSummary", () => {
  it.each([1, 2])("prints no control character, and no line too wide (%i of 2)", () => {
    fc.assert(
      fc.property(anything, fc.integer({ min: 40, max: 160 }), (payload, width) => {
        const summary = renderSummary({
          ...poisoned(payload),
          paths: {},
          palette: plainPalette(UNICODE_GLYPHS),
          width,
        });
        expect(summary.replaceAll("\n", "")).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\p{Cs}]/u);
        for (const line of summary.split("\n")) expect(columnsOf(line)).toBeLessThanOrEqual(width);
      }),
      { numRuns: 30 },
    );
  });
});
