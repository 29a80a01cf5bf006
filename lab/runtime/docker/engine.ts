/**
 * The engine's API: dockerode, loaded only when a container is asked for. Which engine: DOCKER_HOST,
 * else the usual socket, as the docker command has it.
 */

import type Dockerode from "dockerode";

export interface EngineOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Of each request; without it none, since streams stay open. */
  readonly timeoutMs?: number;
}

const SOCKET = "/var/run/docker.sock";

export async function openEngine(options: EngineOptions = {}): Promise<Dockerode> {
  const { default: Docker } = await import("dockerode");
  const timeout = options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs };
  const host = (options.env ?? process.env)["DOCKER_HOST"];
  // dockerode reads DOCKER_HOST by itself, with TLS and ssh; the default of its own is the socket.
  return host === undefined || host === ""
    ? new Docker({ socketPath: SOCKET, ...timeout })
    : new Docker(timeout);
}
