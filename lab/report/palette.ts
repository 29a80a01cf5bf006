/**
 * Colours and glyphs of terminal output, decided once from the stream and the environment and then
 * injected; nothing below asks again. Colour only repeats what a glyph or a word says.
 */

import { ASCII_GLYPHS, type Glyphs, UNICODE_GLYPHS } from "./words.ts";

type Paint = (text: string) => string;

export interface Palette {
  readonly bad: Paint;
  readonly good: Paint;
  readonly unsure: Paint;
  readonly dim: Paint;
  readonly bold: Paint;
  readonly glyphs: Glyphs;
}

export interface PaletteInputs {
  readonly isTTY: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** `--no-color`. */
  readonly noColor: boolean;
}

/**
 * `--no-color`, then NO_COLOR (set and not empty), then FORCE_COLOR (`0` and `false` forbid), then
 * whether the stream is a terminal that is not `dumb`.
 */
export function wantsColor({ isTTY, env, noColor }: PaletteInputs): boolean {
  if (noColor) return false;
  if ((env["NO_COLOR"] ?? "") !== "") return false;
  const force = env["FORCE_COLOR"];
  if (force !== undefined) return force !== "0" && force !== "false";
  return isTTY && env["TERM"] !== "dumb";
}

/** ASCII only where something says that the terminal has no UTF-8; an unset locale says nothing. */
export function wantsUnicode({ env }: Pick<PaletteInputs, "env">): boolean {
  if (env["TERM"] === "dumb" || env["TERM"] === "linux") return false;
  const locale = [env["LC_ALL"], env["LC_CTYPE"], env["LANG"]].find(
    (value) => (value ?? "") !== "",
  );
  return locale === undefined || /utf-?8/i.test(locale);
}

const same: Paint = (text) => text;

/** SGR parameters of the eight basic colours, which every terminal theme keeps readable. */
function paint(open: number, close: number): Paint {
  return (text) => (text === "" ? "" : `\u001b[${open}m${text}\u001b[${close}m`);
}

export function plainPalette(glyphs: Glyphs): Palette {
  return { bad: same, good: same, unsure: same, dim: same, bold: same, glyphs };
}

export function colorPalette(glyphs: Glyphs): Palette {
  return {
    bad: paint(31, 39),
    good: paint(32, 39),
    unsure: paint(33, 39),
    dim: paint(2, 22),
    bold: paint(1, 22),
    glyphs,
  };
}

export function decidePalette(inputs: PaletteInputs): Palette {
  const glyphs = wantsUnicode(inputs) ? UNICODE_GLYPHS : ASCII_GLYPHS;
  return wantsColor(inputs) ? colorPalette(glyphs) : plainPalette(glyphs);
}
