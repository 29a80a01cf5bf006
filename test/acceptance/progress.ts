/**
 * The counted runs of a topic on disk, so that a count of hours survives Ctrl-C, a full disk and a
 * reboot. A file of lines: the first names the code under test, each further one is a counted run.
 * Runs of other code are never added to these: then the count starts anew, and says so.
 */

import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { LabError } from "../../lab/errors.ts";
import type { CountedRun } from "./topic.ts";

interface Header {
  readonly topic: string;
  readonly fingerprint: string;
}

export interface Progress<Entry extends CountedRun> {
  readonly entries: readonly Entry[];
  /** Why earlier counted runs were put aside; undefined where there were none. */
  readonly startedAnew: string | undefined;
  add(entry: Entry): void;
}

/** Opens the progress of a topic; what belongs to other code is kept beside it as `<file>.old`. */
export function openProgress<Entry extends CountedRun>(
  file: string,
  header: Header,
): Progress<Entry> {
  const found = existsSync(file) ? read(file) : undefined;
  const sameCode = found?.header?.fingerprint === header.fingerprint;
  const startedAnew =
    found === undefined || sameCode || found.lines.length === 0
      ? undefined
      : `${found.lines.length} counted run(s) are of other code: starting anew`;
  if (found !== undefined && !sameCode) renameSync(file, `${file}.old`);
  if (!existsSync(file)) {
    mkdirSync(dirname(file), { recursive: true });
    append(file, header);
  }
  const entries = sameCode ? (found.lines as Entry[]) : [];
  return {
    entries,
    startedAnew,
    add: (entry) => {
      append(file, entry);
      entries.push(entry);
    },
  };
}

function append(file: string, value: unknown): void {
  appendFileSync(file, `${JSON.stringify(value)}\n`, { flush: true });
}

/** A last line without its end is one that the process died in: that run was not counted. */
function read(file: string): { header: Header | undefined; lines: unknown[] } {
  const text = readFileSync(file, "utf8");
  const whole = text.slice(0, text.lastIndexOf("\n") + 1);
  if (whole.length < text.length) writeFileSync(file, whole);
  const lines = whole.split("\n").slice(0, -1);
  const [header, ...entries] = lines.map((line, i) => parse(line, file, i + 1));
  return { header: header as Header | undefined, lines: entries };
}

function parse(line: string, file: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw new LabError("bad-input", `${file}:${number}: not JSON`, {
      hint: "remove the file; the count starts anew",
      cause,
    });
  }
}
