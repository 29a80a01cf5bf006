/**
 * Where a run's ensemble comes from and how its files become evidence. A fresh one writes straight
 * into the run directory and is stopped before it is read; a kept one serves run after run, each on a
 * znode of its own, and its logs are read live, up to the sealing write (semantics 22).
 */

import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FILES } from "../evidence/run-directory.ts";
import type { LabNode, Runtime } from "../runtime/runtime.ts";
import { Ensemble, type EnsembleOptions } from "./ensemble.ts";

const SERVING_LIMIT_MS = 60_000;

export interface Place {
  readonly ensemble: Ensemble;
  readonly nodes: readonly LabNode[];
  /** Which run this is on this ensemble, from 1: its znodes are apart from the earlier ones'. */
  readonly number: number;
  /** After the seal: the servers' files are in the run directory, and nobody writes to them. */
  collect(): Promise<void>;
  /** The same where the run was not sealed; no other run gets this ensemble. */
  abandon(): Promise<void>;
}

export interface PlaceOptions extends Omit<EnsembleOptions, "nodes" | "directory"> {
  readonly servers: number;
  readonly signal: AbortSignal;
}

export type FindPlace = (runDirectory: string, options: PlaceOptions) => Promise<Place>;

export const freshPlace: FindPlace = async (runDirectory, options) => {
  const directory = join(runDirectory, FILES.servers);
  const started = await start(directory, options);
  const collect = (): Promise<void> => end(started, directory, options.runtime);
  return { ...started, number: 1, collect, abandon: collect };
};

interface Kept {
  /** Servers and settings that it was started with. */
  readonly key: string;
  readonly directory: string;
  readonly runtime: Runtime;
  readonly place: Started;
  runs: number;
}

/** One ensemble for all runs with the same servers and settings; another one for other settings. */
export class KeptPlaces implements AsyncDisposable {
  readonly #directory: string;
  #kept: Kept | undefined;

  constructor(ensemblesDirectory: string) {
    this.#directory = ensemblesDirectory;
  }

  readonly find: FindPlace = async (runDirectory, options) => {
    const kept = await this.#keep(options);
    kept.runs += 1;
    const { ensemble } = kept.place;
    const copy = (): void => copyLive(ensemble, join(runDirectory, FILES.servers));
    return {
      ...kept.place,
      number: kept.runs,
      collect: async () => {
        await ensemble.fetch();
        copy();
      },
      abandon: async () => {
        await this.#end();
        copy();
      },
    };
  };

  async #keep(options: PlaceOptions): Promise<Kept> {
    const { runtime, servers, settings, properties } = options;
    const key = JSON.stringify([servers, settings, properties, options.jars.version]);
    if (this.#kept?.key === key) return this.#kept;
    await this.#end();
    const directory = join(this.#directory, `${process.hrtime.bigint()}`);
    const place = await start(directory, options);
    this.#kept = { key, directory, runtime, place, runs: 0 };
    return this.#kept;
  }

  async #end(): Promise<void> {
    const kept = this.#kept;
    this.#kept = undefined;
    if (kept !== undefined) await end(kept.place, kept.directory, kept.runtime);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
  }
}

/** A server's name is its number: zk1, zk2, … */
export function serverNames(count: number): readonly string[] {
  return Array.from({ length: count }, (_, i) => `zk${i + 1}`);
}

interface Started {
  readonly ensemble: Ensemble;
  readonly nodes: readonly LabNode[];
}

/** Resolves when all servers serve; where they never do, none of them is left running. */
async function start(directory: string, options: PlaceOptions): Promise<Started> {
  mkdirSync(directory, { recursive: true });
  const started = await startServers(directory, options);
  try {
    await started.ensemble.untilServing(SERVING_LIMIT_MS, options.signal);
    return started;
  } catch (error) {
    // That they did not serve is the cause, whatever else goes wrong now.
    await end(started, directory, options.runtime).catch(() => undefined);
    throw error;
  }
}

async function startServers(directory: string, options: PlaceOptions): Promise<Started> {
  const { runtime, servers: count, settings, properties, debugged = false } = options;
  if (runtime.startServers !== undefined) {
    const spec = { count, settings, properties, debugged, directory };
    const servers = await runtime.startServers(spec);
    return { ensemble: Ensemble.of(servers), nodes: servers.map(({ node }) => node) };
  }
  const nodes = await runtime.createNodes(serverNames(count));
  try {
    return { ensemble: await Ensemble.start({ ...options, nodes, directory }), nodes };
  } catch (error) {
    await runtime.removeNodes(nodes);
    runtime.reclaim(directory);
    throw error;
  }
}

/** Stops the servers; their files are all there, and the lab's own again. */
async function end(
  { ensemble, nodes }: Started,
  directory: string,
  runtime: Runtime,
): Promise<void> {
  try {
    await ensemble.stop();
    await ensemble.fetch();
  } finally {
    await runtime.removeNodes(nodes);
    runtime.reclaim(directory);
  }
}

/**
 * Copies logs, snapshots, epoch files and the server's own log of a running ensemble. What a server
 * appends meanwhile comes after the sealing write, which every server had logged before.
 */
function copyLive(ensemble: Ensemble, to: string): void {
  for (const { name, dataDir } of ensemble.servers) {
    const data = join(dataDir, "version-2");
    const target = join(to, name, "version-2");
    mkdirSync(target, { recursive: true });
    for (const file of readdirSync(data)) cpSync(join(data, file), join(target, file));
    cpSync(join(dataDir, FILES.serverLog), join(to, name, FILES.serverLog));
  }
}
