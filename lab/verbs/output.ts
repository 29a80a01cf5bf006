/** How every verb prints: one place that reads the terminal, NO_COLOR and the common options. */

import { relative, resolve } from "node:path";
import { decidePalette, type Palette, wantsColor } from "../report/palette.ts";
import { listProgress, type Progress, silentProgress } from "../report/progress.ts";

export interface OutputOptions {
  readonly json?: boolean;
  readonly quiet?: boolean;
  /** False with --no-color. */
  readonly color?: boolean;
}

const WIDTH_DEFAULT = 80;
const WIDTH_MAX = 120;

export interface Output {
  readonly palette: Palette;
  readonly colors: boolean;
  readonly width: number;
  readonly progress: Progress;
  /** A line of the product on stdout; nothing with --quiet or --json. */
  say(line: string): void;
  /** The one document on stdout. */
  write(text: string): void;
}

export function makeOutput(options: OutputOptions): Output {
  const { stdout } = process;
  const inputs = {
    isTTY: stdout.isTTY === true,
    env: process.env,
    noColor: options.color === false,
  };
  const silent = options.json === true || options.quiet === true;
  const width = Math.min(stdout.columns ?? WIDTH_DEFAULT, WIDTH_MAX);
  return {
    palette: decidePalette(inputs),
    colors: wantsColor(inputs),
    width,
    progress: silent ? silentProgress : listProgress(stdout),
    say: (line) => {
      if (!silent) stdout.write(`${line}\n`);
    },
    write: (text) => {
      stdout.write(text);
    },
  };
}

/** A path as it is printed: from here where it lies below, else whole, since `../../..` says nothing. */
export function shownPath(path: string): string {
  const whole = resolve(path);
  const below = relative(process.cwd(), whole);
  return below.startsWith("..") ? whole : below;
}
