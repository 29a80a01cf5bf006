import { describe, expect, it } from "vitest";
import { longestQuiet, scaleOf, timeTicks } from "../../lab/report/html/scale.ts";

describe("scaleOf", () => {
  it("places times in percent of the width, and clips bars to it", () => {
    const scale = scaleOf({ fromMs: 100, toMs: 300 });
    expect(scale.at(150)).toBe("25%");
    expect(scale.bar({ fromMs: 0, toMs: 200 })).toEqual({ x: "0%", width: "50%", percent: 50 });
    expect(scale.bar({ fromMs: 301, toMs: 400 })).toBeUndefined();
  });

  it("keeps order and both edges when a stretch is squeezed", () => {
    const scale = scaleOf({ fromMs: 0, toMs: 10_000 }, { fromMs: 500, toMs: 9_500 });
    const places = [0, 499, 500, 5_000, 9_500, 9_501, 10_000].map(scale.percent);
    expect(places).toEqual([...places].sort((a, b) => a - b));
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBeCloseTo(100, 9);
    expect((places[4] ?? 0) - (places[2] ?? 0)).toBeCloseTo(9, 9);
  });
});

describe("longestQuiet", () => {
  const window = { fromMs: 0, toMs: 1_000 };
  it("leaves out a long wait, with room at both ends", () => {
    expect(longestQuiet(window, [100, 900, 950])).toEqual({ fromMs: 150, toMs: 850 });
  });
  it("leaves a window alone in which no wait is long", () => {
    expect(longestQuiet(window, [100, 500, 900])).toBeUndefined();
    expect(longestQuiet(window, [])).toBeUndefined();
  });
});

describe("timeTicks", () => {
  it("gives round times only, within the span", () => {
    expect(timeTicks({ fromMs: 120, toMs: 1_010 }, 10)).toEqual([
      200, 300, 400, 500, 600, 700, 800, 900, 1_000,
    ]);
    expect(timeTicks({ fromMs: -250, toMs: 250 }, 5)).toEqual([-200, -100, 0, 100, 200]);
  });
});
