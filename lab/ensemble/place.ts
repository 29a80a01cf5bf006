/**
 * Where a run's ensemble comes from and how its files become evidence. A fresh one writes straight
 * into the run directory and is stopped before it is read; a kept one serves run after run, each on a
 * znode of its own, and its logs are read live, up to the sealing write (semantics 22).
 */

import { cpSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { FILES } from "../evidence/run-directory.ts";
import type { LabNode } from "../runtime/runtime.ts";
import { Ensemble, type EnsembleOptions } from "./ensemble.ts";

const SERVING_LIMIT_MS = 60_000;

export interface Place {
  readonly ensemble: Ensemble;
  readonly nodes: readonly LabNode[];
  /** Which run this is on this ensemble, from 1: its znodes are apart from the earlier ones'. */
  readonly number: number;
  /** After the seal: the servers' files are in the run directory, and nobody writes to them. */
  collect(): Promise<void>;
}

export interface PlaceOptions extends Omit<EnsembleOptions, "nodes" | "directory"> {
  readonly servers: number;
  readonly signal: AbortSignal;
}

export type FindPlace = (runDirectory: string, options: PlaceOptions) => Promise<Place>;

export const freshPlace: FindPlace = async (runDirectory, options) => {
  const directory = join(runDirectory, FILES.servers);
  const { ensemble, nodes } = await start(directory, options);
  return {
    ensemble,
    nodes,
    number: 1,
    collect: async () => {
      await ensemble.stop();
      await ensemble.fetch();
      options.runtime.reclaim(directory);
      await options.runtime.removeNodes(nodes);
    },
  };
};

/** One ensemble for all runs with the same servers and settings; another one for other settings. */
export function keptPlaces(ensemblesDirectory: string): FindPlace {
  let kept: { key: string; place: Awaited<ReturnType<typeof start>>; runs: number } | undefined;
  return async (runDirectory, options) => {
    const { runtime, servers, settings, properties } = options;
    const key = JSON.stringify([servers, settings, properties, options.jars.version]);
    if (kept?.key !== key) {
      if (kept !== undefined) {
        await kept.place.ensemble.stop();
        await runtime.removeNodes(kept.place.nodes);
      }
      const directory = join(ensemblesDirectory, `${process.hrtime.bigint()}`);
      kept = { key, place: await start(directory, options), runs: 0 };
    }
    kept.runs += 1;
    const { ensemble, nodes } = kept.place;
    return {
      ensemble,
      nodes,
      number: kept.runs,
      collect: async () => {
        await ensemble.fetch();
        copyLive(ensemble, join(runDirectory, FILES.servers));
      },
    };
  };
}

async function start(
  directory: string,
  options: PlaceOptions,
): Promise<{ ensemble: Ensemble; nodes: readonly LabNode[] }> {
  mkdirSync(directory, { recursive: true });
  const { runtime, servers: count, settings, properties, debugged = false } = options;
  if (runtime.startServers !== undefined) {
    const spec = { count, settings, properties, debugged, directory };
    const servers = await runtime.startServers(spec);
    const ensemble = Ensemble.of(servers);
    await ensemble.untilServing(SERVING_LIMIT_MS, options.signal);
    return { ensemble, nodes: servers.map(({ node }) => node) };
  }
  const names = Array.from({ length: count }, (_, i) => `zk${i + 1}`);
  const nodes = await runtime.createNodes(names);
  const ensemble = await Ensemble.start({ ...options, nodes, directory });
  await ensemble.untilServing(SERVING_LIMIT_MS, options.signal);
  return { ensemble, nodes };
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
