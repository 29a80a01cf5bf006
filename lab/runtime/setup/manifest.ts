/**
 * What a cache entry must consist of: `manifest.json` in the entry, written when it was made. Sizes
 * are compared at each use (microseconds a file, so synchronously); hashes only when asked, by
 * `doctor`.
 */

import { createHash } from "node:crypto";
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const Manifest = z.object({
  schema: z.literal(1),
  version: z.string(),
  /** What made the entry; another recipe (a changed pom) makes the entry anew. */
  recipe: z.string(),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })).min(1),
});
export type Manifest = z.infer<typeof Manifest>;

const FILE = "manifest.json";

/** Notes size and sha-256 of the named files (paths within `directory`). */
export function writeManifest(
  directory: string,
  about: { version: string; recipe: string },
  names: readonly string[],
): void {
  const files = [...names].sort().map((name) => {
    const bytes = readFileSync(join(directory, name));
    return { name, bytes: bytes.length, sha256: sha256(bytes) };
  });
  const manifest: Manifest = { schema: 1, ...about, files };
  writeFileSync(join(directory, FILE), `${JSON.stringify(manifest, null, 2)}\n`);
}

export type EntryState =
  | { readonly state: "good"; readonly manifest: Manifest }
  | { readonly state: "absent" }
  | { readonly state: "damaged"; readonly why: string };

/** Compares an entry with its manifest; by hash too where `hashes` is set (40 ms for ZooKeeper). */
export function inspectEntry(
  directory: string,
  recipe: string,
  check: { hashes: boolean } = { hashes: false },
): EntryState {
  const text = textOf(join(directory, FILE));
  if (text === undefined) return { state: "absent" };
  const manifest = parse(text);
  if (manifest === undefined) return { state: "damaged", why: `${FILE} is unreadable` };
  if (manifest.recipe !== recipe) return { state: "damaged", why: "it was made by another recipe" };
  for (const file of manifest.files) {
    const why = problemWith(join(directory, file.name), file, check.hashes);
    if (why !== undefined) return { state: "damaged", why };
  }
  return { state: "good", manifest };
}

function problemWith(
  path: string,
  expected: Manifest["files"][number],
  hashes: boolean,
): string | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) return `${expected.name} is missing`;
  if (found.size !== expected.bytes) {
    return `${expected.name} has ${found.size} bytes instead of ${expected.bytes}`;
  }
  if (hashes && sha256(readFileSync(path)) !== expected.sha256) {
    return `${expected.name} has another sha-256 than when it was fetched`;
  }
  return undefined;
}

function textOf(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return undefined;
  }
}

function parse(text: string): Manifest | undefined {
  try {
    return Manifest.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}
