/**
 * Stored samples: one JSON object a line, appended, so that a rate over days needs no running process.
 * Whatever else is in the file is counted and passed over; only as much as is of use is read.
 */

import { appendFileSync, closeSync, existsSync, fstatSync, openSync, readSync } from "node:fs";
import { z } from "zod";
import { LabError } from "../errors.ts";
import type { Sample } from "./types.ts";

/** The end of the file that is read: a week of a sample a second. */
const TAIL_BYTES_MAX = 64 * 1024 * 1024;

const sampleSchema = z.object({
  ensemble: z.string(),
  at: z.number().nonnegative(),
  epoch: z.int().nonnegative(),
  counter: z.int().nonnegative(),
});

/** Samples of this ensemble that are no older than `since`. Throws LabError("bad-input"). */
export function readSamples(
  file: string,
  ensemble: string,
  since: number,
): { readonly samples: readonly Sample[]; readonly badLines: number } {
  if (!existsSync(file)) return { samples: [], badLines: 0 };
  const samples: Sample[] = [];
  let badLines = 0;
  for (const line of readTail(file).split("\n")) {
    if (line.trim() === "") continue;
    const found = parseLine(line);
    if (found === undefined) badLines += 1;
    else if (found.ensemble === ensemble && found.at >= since) samples.push(found);
  }
  return { samples, badLines };
}

export function appendSample(file: string, ensemble: string, sample: Sample): void {
  const { at, epoch, counter } = sample;
  appendFileSync(file, `${JSON.stringify({ ensemble, at: Math.round(at), epoch, counter })}\n`);
}

/** Whole lines from the file's end. */
function readTail(file: string): string {
  const descriptor = openSync(file, "r");
  try {
    const found = fstatSync(descriptor);
    if (!found.isFile()) throw new LabError("bad-input", `read ${file}: it is no ordinary file`);
    const from = Math.max(0, found.size - TAIL_BYTES_MAX);
    const bytes = Buffer.alloc(found.size - from);
    const length = readSync(descriptor, bytes, 0, bytes.length, from);
    const text = bytes.toString("utf8", 0, length);
    return from === 0 ? text : text.slice(text.indexOf("\n") + 1);
  } finally {
    closeSync(descriptor);
  }
}

function parseLine(line: string): z.infer<typeof sampleSchema> | undefined {
  try {
    return sampleSchema.safeParse(JSON.parse(line)).data;
  } catch {
    return undefined;
  }
}
