/**
 * An attached ensemble as the place of a run: on a fresh znode, read while its servers go on, up to the
 * sealing write (semantics 22), and left as it was found: the run's znodes go when all is collected.
 */

import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ZooKeeper, ZooKeeperError } from "../../../client/index.ts";
import { Ensemble } from "../../../ensemble/ensemble.ts";
import type { FindPlace } from "../../../ensemble/place.ts";
import { FILES } from "../../../evidence/run-directory.ts";
import { runRoot } from "../../../scenario/resolve.ts";
import type { DockerRuntime } from "../docker-runtime.ts";
import type { FoundEnsemble } from "./find.ts";

const SERVING_LIMIT_MS = 15_000;
const SESSION_MS = 20_000;
const MS = 1_000;

export function attachedPlaces(runtime: DockerRuntime, found: FoundEnsemble): FindPlace {
  return async (runDirectory, { signal }) => {
    const directory = join(runDirectory, FILES.servers);
    mkdirSync(directory, { recursive: true });
    const servers = await runtime.attach(found, directory);
    const ensemble = Ensemble.of(servers);
    await ensemble.untilServing(SERVING_LIMIT_MS, signal);
    const number = await withClient(ensemble, freshNumber);
    const nodes = servers.map(({ node }) => node);
    return {
      ensemble,
      nodes,
      number,
      collect: async () => {
        await ensemble.fetch();
        await withClient(ensemble, (client) => removeTree(client, runRoot(number)));
        await runtime.removeNodes(nodes);
      },
      // Somebody else's servers are left running whatever they do; the znodes go if they let them.
      abandon: async () => {
        const clean = (client: ZooKeeper): Promise<void> => removeTree(client, runRoot(number));
        await Promise.allSettled([ensemble.fetch(), withClient(ensemble, clean)]);
        await runtime.removeNodes(nodes);
      },
    };
  };
}

async function withClient<T>(
  ensemble: Ensemble,
  use: (client: ZooKeeper) => Promise<T>,
): Promise<T> {
  await using client = await ZooKeeper.connect({
    servers: ensemble.connectString,
    sessionTimeoutMs: SESSION_MS,
    openSocket: (address) => ensemble.dial(address),
  });
  return await use(client);
}

/**
 * The time in seconds: a number that no earlier run had. Its znodes are gone, but not from the logs,
 * which would tell of two lives of one path.
 */
async function freshNumber(client: ZooKeeper): Promise<number> {
  for (let number = Math.floor(Date.now() / MS); ; number += 1) {
    if ((await client.exists(runRoot(number))) === undefined) return number;
  }
}

async function removeTree(client: ZooKeeper, path: string): Promise<void> {
  try {
    for (const name of await client.children(path)) await removeTree(client, `${path}/${name}`);
    await client.delete(path);
  } catch (error) {
    if (!(error instanceof ZooKeeperError) || error.zkName !== "NoNode") throw error;
  }
}
