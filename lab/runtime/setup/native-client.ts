/**
 * The stock native client (npm `zookeeper`, a C addon), built into zklab's cache. It is no optional
 * dependency because `npm ci` without a compiler would drop it for good, and npm 11 runs install
 * scripts only where a project allows them: the little project in native-client/ does.
 */

import { copyFile } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../../errors.ts";
import { cacheDirectory, makeEntry } from "./cache.ts";
import { howItEnded, type RunCommand, runCommand, succeeded, tailOf } from "./command.ts";
import { findProgram } from "./java.ts";
import { inspectEntry, writeManifest } from "./manifest.ts";
import { findNodeHeaders } from "./node-headers.ts";
import { packagedFile } from "./packaged.ts";

const VERSION = "7.3.0";
const BUILD_LIMIT_MS = 10 * 60 * 1000;
const LOAD_LIMIT_MS = 20_000;
const PROGRESS_EVERY_MS = 10_000;
const RECIPE = `npm:zookeeper@${VERSION}:1`;
const PACKAGE = "node_modules/zookeeper";
/** What a build must leave; `zookeeper.node` is the addon itself. */
const PRODUCTS = [`${PACKAGE}/package.json`, `${PACKAGE}/build/Release/zookeeper.node`];
/** npm and what it starts: the addon is C and C++, built by node-gyp. */
export const BUILD_PROGRAMS: readonly string[] = ["npm", "gcc", "g++", "make", "python3"];

export interface NativeClient {
  /** A folder whose `node_modules/zookeeper` can be required. */
  readonly directory: string;
  readonly version: string;
}

/** Only looks, never builds; costs two `stat`s. */
export function findNativeClient(env: NodeJS.ProcessEnv = process.env): NativeClient | undefined {
  const directory = placeIn(env);
  const entry = inspectEntry(directory, RECIPE);
  return entry.state === "good" ? { directory, version: VERSION } : undefined;
}

export interface NativeClientOptions {
  readonly onProgress?: (line: string) => void;
  readonly signal?: AbortSignal;
  readonly env?: NodeJS.ProcessEnv;
  readonly run?: RunCommand;
}

/**
 * The client from the cache, else built there (some 20 s). Throws LabError("environment") with what
 * the build lacks, or with the tail of its log; `interrupted` by the signal.
 */
export async function provideNativeClient(
  options: NativeClientOptions = {},
): Promise<NativeClient> {
  const env = options.env ?? process.env;
  const found = findNativeClient(env);
  if (found !== undefined) return found;
  const place = placeIn(env);
  await makeEntry(
    place,
    async (directory) => {
      await build(directory, options);
      await checkLoads(directory, options.run ?? runCommand);
      writeManifest(directory, { version: VERSION, recipe: RECIPE }, PRODUCTS);
    },
    () => findNativeClient(env) !== undefined,
  );
  return { directory: place, version: VERSION };
}

/** An addon fits one Node ABI, system and processor, so each has an entry of its own. */
function placeIn(env: NodeJS.ProcessEnv): string {
  const abi = `node${process.versions.modules}-${process.platform}-${process.arch}`;
  return join(cacheDirectory(env), "native-client", `${VERSION}-${abi}`);
}

async function build(directory: string, options: NativeClientOptions): Promise<void> {
  const env = options.env ?? process.env;
  const say = options.onProgress ?? (() => undefined);
  await lookForTools(env);
  for (const name of ["package.json", "package-lock.json"]) {
    await copyFile(packagedFile(`native-client/${name}`), join(directory, name));
  }
  const headers = findNodeHeaders();
  say(`building the native ZooKeeper client ${VERSION} for Node ${process.version} (about 20 s)`);
  const startedAt = performance.now();
  const ticking = setInterval(() => {
    say(`  still building, ${Math.round((performance.now() - startedAt) / 1000)} s`);
  }, PROGRESS_EVERY_MS);
  // Scripts run even where the user's npm refuses them in general: this folder holds one package
  // that exists to be compiled, pinned with its hash.
  const flags = ["--ignore-scripts=false", "--foreground-scripts", "--global=false"];
  const quiet = ["--no-audit", "--no-fund", "--no-update-notifier"];
  const result = await (options.run ?? runCommand)(
    "npm",
    ["ci", "--prefix", directory, ...flags, ...quiet],
    {
      timeoutMs: BUILD_LIMIT_MS,
      cwd: directory,
      // Without local headers node-gyp fetches them from nodejs.org, which may not be reachable.
      env: { ...env, ...(headers === undefined ? {} : { npm_config_nodedir: headers.prefix }) },
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    },
  ).finally(() => clearInterval(ticking));
  if (succeeded(result)) return;
  if (result.outcome === "aborted") {
    throw new LabError("interrupted", "building the native ZooKeeper client was interrupted");
  }
  throw new LabError(
    "environment",
    `native ZooKeeper client ${VERSION}: npm ${howItEnded(result)}\n${tailOf(result)}`,
    {
      hint:
        headers === undefined
          ? "Node's headers are not beside this Node, and fetching them may be what failed"
          : "the end of the build log above names the reason",
    },
  );
}

async function lookForTools(env: NodeJS.ProcessEnv): Promise<void> {
  const found = await Promise.all(BUILD_PROGRAMS.map((name) => findProgram(name, env)));
  const missing = BUILD_PROGRAMS.filter((_, index) => found[index] === undefined);
  if (missing.length === 0) return;
  throw new LabError(
    "environment",
    `native ZooKeeper client ${VERSION}: cannot be built without ${missing.join(", ")}`,
    { hint: "zklab setup --yes (as root on Debian or Ubuntu) installs what is missing" },
  );
}

/** Requires the addon in a process of its own: one that does not fit may bring a process down. */
async function checkLoads(directory: string, run: RunCommand): Promise<void> {
  const script =
    'const Client = require("./node_modules/zookeeper");' +
    'if (typeof new Client({}).init !== "function") process.exit(1);';
  const result = await run(process.execPath, ["-e", script], {
    timeoutMs: LOAD_LIMIT_MS,
    cwd: directory,
  });
  if (succeeded(result)) return;
  throw new LabError(
    "environment",
    `native ZooKeeper client ${VERSION}: it was built but does not load\n${tailOf(result)}`,
  );
}
