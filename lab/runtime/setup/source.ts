/**
 * What the three sources of ZooKeeper's jars (maven.ts, zookeeper-home.ts, debian.ts) have in common:
 * what they are asked, what they answer, and how an entry of the cache is made and found again.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../../errors.ts";
import { makeEntry } from "./cache.ts";
import { checkServerStarts, loggingOf, oneBinding, serverVersion } from "./class-path.ts";
import type { RunCommand } from "./command.ts";
import type { Java } from "./java.ts";
import { inspectEntry, writeManifest } from "./manifest.ts";
import type { ServerLogging } from "./versions.ts";

export interface Wanted {
  readonly version: string;
  /** The user named the version: another one is not an answer. */
  readonly exactly: boolean;
  readonly java: Java;
  /** zklab's cache directory. */
  readonly cache: string;
  readonly env: NodeJS.ProcessEnv;
  readonly run: RunCommand;
  readonly say: (line: string) => void;
  readonly verifyHashes: boolean;
  readonly signal: AbortSignal | undefined;
}

/** What a source gives, or in one clause why it does not. */
export type Answer =
  | {
      readonly jars: readonly string[];
      readonly version: string;
      readonly logging: ServerLogging;
      /** `Maven Central (cached)` */
      readonly from: string;
    }
  | { readonly passedOver: string };

export interface Entry {
  /** The entry's directory in the cache. */
  readonly place: string;
  readonly recipe: string;
  /** `Maven Central` */
  readonly from: string;
  /** Puts the jars, and nothing else, into an empty directory; says which version they are. */
  readonly fetch: (directory: string) => Promise<{ version: string }>;
  /** Asked before fetching: in one clause why it cannot be tried at all. */
  readonly obstacle: () => Promise<string | undefined>;
}

/** The entry as an answer: as it is in the cache, else fetched, checked and kept. */
export async function cachedOrFetched(entry: Entry, wanted: Wanted): Promise<Answer> {
  const before = look(entry, wanted);
  if ("jars" in before) return { ...before, from: `${entry.from} (cached)` };
  const obstacle = await entry.obstacle();
  if (obstacle !== undefined) return { passedOver: obstacle };
  if (before.problem !== undefined) {
    wanted.say(`ZooKeeper from ${entry.from} in the cache is made anew: ${before.problem}`);
  }
  try {
    await makeEntry(
      entry.place,
      async (directory) => {
        const { version } = await entry.fetch(directory);
        await checkJars(directory, version, wanted);
        writeManifest(directory, { version, recipe: entry.recipe }, await readdir(directory));
      },
      () => "jars" in look(entry, wanted),
    );
  } catch (error) {
    // The next source may have it; what stopped this one is told in the note.
    if (error instanceof LabError && error.code === "environment") {
      return { passedOver: error.message };
    }
    throw error;
  }
  const after = look(entry, wanted);
  if ("jars" in after) return after;
  return {
    passedOver: `${entry.from}: the cache lost it at once: ${after.problem ?? "it is gone"}`,
  };
}

type Found = Exclude<Answer, { passedOver: string }>;

function look(entry: Entry, wanted: Wanted): Found | { readonly problem: string | undefined } {
  const state = inspectEntry(entry.place, entry.recipe, { hashes: wanted.verifyHashes });
  if (state.state === "absent") return { problem: undefined };
  if (state.state === "damaged") return { problem: state.why };
  const jars = state.manifest.files.map((file) => join(entry.place, file.name));
  const logging = loggingOf(jars);
  if (logging === undefined) return { problem: "it has no slf4j binding" };
  return { jars, version: state.manifest.version, logging, from: entry.from };
}

async function checkJars(directory: string, version: string, wanted: Wanted): Promise<void> {
  const jars = (await readdir(directory)).map((name) => join(directory, name));
  const found = serverVersion(jars);
  if (found !== version) {
    throw new LabError(
      "environment",
      `ZooKeeper ${version}: what came is ${found === undefined ? "no server at all" : found}`,
    );
  }
  if (loggingOf(jars) === undefined || oneBinding(jars).length !== jars.length) {
    throw new LabError(
      "environment",
      `ZooKeeper ${version}: there is not exactly one slf4j binding`,
    );
  }
  await checkServerStarts(jars, wanted.java.path, wanted.run);
}
