/**
 * What a cache entry must consist of: `manifest.json` in the entry, written when it was made. Sizes
 * are compared at each use (a microsecond a file); hashes only when asked, by `doctor`.
 */

import { createHash } from "node:crypto";
import { readdir, readFile, stat, writeFile } from "node:fs/promises";
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

/** Lists every file of `directory` (flat) with size and sha-256, and writes the manifest beside them. */
export async function writeManifest(
  directory: string,
  about: { version: string; recipe: string },
): Promise<void> {
  const names = (await readdir(directory)).filter((name) => name !== FILE).sort();
  const files = await Promise.all(
    names.map(async (name) => {
      const bytes = await readFile(join(directory, name));
      return { name, bytes: bytes.length, sha256: sha256(bytes) };
    }),
  );
  const manifest: Manifest = { schema: 1, ...about, files };
  await writeFile(join(directory, FILE), `${JSON.stringify(manifest, null, 2)}\n`);
}

export type EntryState =
  | { readonly state: "good"; readonly manifest: Manifest }
  | { readonly state: "absent" }
  | { readonly state: "damaged"; readonly why: string };

/** Compares an entry with its manifest; by hash too where `hashes` is set (~30 ms for ZooKeeper). */
export async function inspectEntry(
  directory: string,
  recipe: string,
  check: { hashes: boolean } = { hashes: false },
): Promise<EntryState> {
  const text = await readFile(join(directory, FILE), "utf8").catch(() => undefined);
  if (text === undefined) return { state: "absent" };
  const manifest = parse(text);
  if (manifest === undefined) return { state: "damaged", why: `${FILE} is unreadable` };
  if (manifest.recipe !== recipe) return { state: "damaged", why: "it was made by another recipe" };
  const problems = await Promise.all(
    manifest.files.map((file) => problemWith(join(directory, file.name), file, check.hashes)),
  );
  const why = problems.find((problem) => problem !== undefined);
  return why === undefined ? { state: "good", manifest } : { state: "damaged", why };
}

async function problemWith(
  path: string,
  expected: Manifest["files"][number],
  hashes: boolean,
): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  if (found === undefined) return `${expected.name} is missing`;
  if (found.size !== expected.bytes) {
    return `${expected.name} has ${found.size} bytes instead of ${expected.bytes}`;
  }
  if (hashes && sha256(await readFile(path)) !== expected.sha256) {
    return `${expected.name} has another sha-256 than when it was fetched`;
  }
  return undefined;
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
