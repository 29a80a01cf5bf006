/** Where zklab's own files are, whether it runs from dist, from a tarball or under vitest. */

import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { assert } from "./errors.ts";

let cached: string | undefined;

/** The folder that holds zklab's package.json. */
export function packageRoot(): string {
  if (cached !== undefined) return cached;
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, "package.json"))) {
    const parent = dirname(directory);
    assert(parent !== directory, "no package.json above zklab's own code");
    directory = parent;
  }
  cached = directory;
  return directory;
}

export function zklabVersion(): string {
  const text = readFileSync(join(packageRoot(), "package.json"), "utf8");
  const { version } = JSON.parse(text) as { version: string };
  return version;
}
