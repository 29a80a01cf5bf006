import { describe, expect, it } from "vitest";
import { decidePalette, wantsColor, wantsUnicode } from "../../lab/report/palette.ts";

describe("wantsColor", () => {
  const tty = { isTTY: true, noColor: false };
  const cases: readonly { name: string; inputs: Parameters<typeof wantsColor>[0]; is: boolean }[] =
    [
      { name: "a terminal", inputs: { ...tty, env: {} }, is: true },
      { name: "a pipe", inputs: { ...tty, isTTY: false, env: {} }, is: false },
      { name: "NO_COLOR", inputs: { ...tty, env: { NO_COLOR: "1" } }, is: false },
      { name: "an empty NO_COLOR", inputs: { ...tty, env: { NO_COLOR: "" } }, is: true },
      {
        name: "NO_COLOR against FORCE_COLOR",
        inputs: { ...tty, env: { NO_COLOR: "1", FORCE_COLOR: "1" } },
        is: false,
      },
      {
        name: "FORCE_COLOR on a pipe",
        inputs: { ...tty, isTTY: false, env: { FORCE_COLOR: "1" } },
        is: true,
      },
      { name: "FORCE_COLOR=0", inputs: { ...tty, env: { FORCE_COLOR: "0" } }, is: false },
      {
        name: "--no-color against FORCE_COLOR",
        inputs: { isTTY: true, noColor: true, env: { FORCE_COLOR: "1" } },
        is: false,
      },
      { name: "a dumb terminal", inputs: { ...tty, env: { TERM: "dumb" } }, is: false },
    ];
  it.each(cases)("$name: $is", ({ inputs, is }) => {
    expect(wantsColor(inputs)).toBe(is);
  });
});

describe("wantsUnicode", () => {
  const cases = [
    { env: {}, is: true },
    { env: { LANG: "en_US.UTF-8" }, is: true },
    { env: { LANG: "C" }, is: false },
    { env: { LC_ALL: "C.utf8", LANG: "C" }, is: true },
    { env: { LANG: "en_US.UTF-8", TERM: "linux" }, is: false },
  ];
  it.each(cases)("$env: $is", ({ env, is }) => {
    expect(wantsUnicode({ env })).toBe(is);
  });
});

describe("decidePalette", () => {
  it("paints nothing where colour is not wanted", () => {
    const palette = decidePalette({ isTTY: false, env: {}, noColor: false });
    expect(palette.bad("x") + palette.bold("y") + palette.dim("z")).toBe("xyz");
  });
});
