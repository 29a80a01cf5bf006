/**
 * Reading and writing inside a run directory, which may come from anybody: a pipe there would be waited
 * for for ever, and a link called audit.json would be written through.
 */

import {
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  writeFileSync,
} from "node:fs";
import { LabError } from "../errors.ts";

/** The bytes of an ordinary file; undefined where there is none of that name. */
export function readFileIfThere(file: string): Buffer | undefined {
  return lookAt(file)?.isFile() === true ? readFileSync(file) : undefined;
}

/** Names in a folder, sorted; none where there is no such folder. */
export function namesIn(directory: string): string[] {
  return lookAt(directory)?.isDirectory() === true ? readdirSync(directory).sort() : [];
}

/** Undefined also where a file stands where a folder should be, and where links go in a circle. */
function lookAt(path: string): Stats | undefined {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
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
