/**
 * Whether containers' addresses can be connected to from here. An address alone does not tell: another
 * engine's container, on a network that we do reach, may have the same one. The bridge does: its name is
 * the network's own id, and it is one of our interfaces only where the engine shares our network.
 */

import { networkInterfaces } from "node:os";
import type Dockerode from "dockerode";

const ID_CHARS = 12;

export async function isRoutable(docker: Dockerode, network: string): Promise<boolean> {
  if (process.platform !== "linux") return false;
  const { Id, Driver, Options } = (await docker.getNetwork(network).inspect()) as {
    readonly Id: string;
    readonly Driver: string;
    readonly Options?: Readonly<Record<string, string>>;
  };
  if (Driver !== "bridge") return false;
  const bridge = Options?.["com.docker.network.bridge.name"] ?? `br-${Id.slice(0, ID_CHARS)}`;
  return networkInterfaces()[bridge] !== undefined;
}
