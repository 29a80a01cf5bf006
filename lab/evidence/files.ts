/**
 * Reading and writing inside a run directory, which may come from anybody: a pipe there would be waited
 * for for ever, and a link called audit.json would be written through.
 */

import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from "node:fs";
import { LabError } from "../errors.ts";

/** The bytes of an ordinary file; undefined where there is none of that name. */
export function readFileIfThere(file: string): Buffer | undefined {
  const found = statSync(file, { throwIfNoEntry: false });
  return found?.isFile() === true ? readFileSync(file) : undefined;
}

/** Names in a folder, sorted; none where there is no such folder. */
export function namesIn(directory: string): string[] {
  const found = statSync(directory, { throwIfNoEntry: false });
  return found?.isDirectory() === true ? readdirSync(directory).sort() : [];
}

/** Puts a file in place whole, over whatever had its name; throws LabError("environment"). */
export function replaceFile(file: string, text: string): void {
  const making = `${file}.making-${process.pid}`;
  try {
    writeFileSync(making, text, { flag: "wx" });
    renameSync(making, file);
  } catch (cause) {
    rmSync(making, { force: true });
    throw new LabError("environment", `write ${file}`, {
      hint: "`zklab report RUN --format html --out FILE` writes elsewhere",
      cause,
    });
  }
}
