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
  if (host === undefined || host === "") return new Docker({ socketPath: SOCKET, ...timeout });
  // The process's own DOCKER_HOST dockerode reads by itself, with TLS and ssh.
  if (host === process.env["DOCKER_HOST"]) return new Docker(timeout);
  const { protocol, hostname, port, pathname } = new URL(host);
  return protocol === "unix:"
    ? new Docker({ socketPath: pathname, ...timeout })
    : new Docker({ protocol: "http", host: hostname, port, ...timeout });
}
