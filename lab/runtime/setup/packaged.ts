/** Files of this folder that are not compiled (Maven's pom, npm's lock), wherever zklab runs from. */

import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { assert } from "../../errors.ts";

/** The absolute path of `lab/runtime/setup/<name>`, from the sources and from `dist/` alike. */
export function packagedFile(name: string): string {
  const found = [`./${name}`, `../../../../lab/runtime/setup/${name}`]
    .map((path) => fileURLToPath(new URL(path, import.meta.url)))
    .find((path) => existsSync(path));
  assert(found !== undefined, `lab/runtime/setup/${name} is not where zklab was installed`);
  return found;
}
