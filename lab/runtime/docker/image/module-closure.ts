/**
 * Which of zklab's compiled modules a program needs, found by following its imports: an image that
 * holds all of zklab would be built anew with every change to a report.
 */

import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, resolve } from "node:path";
import { LabError } from "../../../errors.ts";

export interface Closure {
  /** Absolute paths of modules, sorted. */
  readonly files: readonly string[];
  readonly packages: readonly { readonly name: string; readonly directory: string }[];
}

/** As the compiler writes them: each at the beginning of a line. `import(…)` may stand anywhere. */
const IMPORTS = [
  /^(?:import|export)\b[^"';]*\bfrom\s+["']([^"']+)["']/gm,
  /^import\s+["']([^"']+)["']/gm,
  /\bimport\(\s*["']([^"']+)["']\s*\)/g,
];

export async function moduleClosure(entries: readonly string[]): Promise<Closure> {
  const files = new Set<string>();
  const packages = new Map<string, string>();
  const visit = async (file: string): Promise<void> => {
    if (files.has(file)) return;
    files.add(file);
    const text = await readFile(file, "utf8").catch((cause: unknown) => {
      throw new LabError("environment", `make the contenders' image: ${file} cannot be read`, {
        hint: "run `npm run build` first",
        cause,
      });
    });
    for (const match of IMPORTS.flatMap((form) => [...text.matchAll(form)])) {
      const name = match[1] ?? "";
      if (name.startsWith(".")) await visit(resolve(dirname(file), name));
      else if (!name.startsWith("node:")) packages.set(name, packageDirectory(name, file));
    }
  };
  for (const entry of entries) await visit(entry);
  return {
    files: [...files].sort(),
    packages: [...packages].map(([name, directory]) => ({ name, directory })),
  };
}

/** Only packages without dependencies of their own are imported by contenders (zod). */
function packageDirectory(name: string, from: string): string {
  return dirname(createRequire(from).resolve(`${name}/package.json`));
}
