/**
 * The engine's API: dockerode, loaded only when a container is asked for. Which engine: DOCKER_HOST,
 * else the usual socket, as the docker command has it. In which version: api-version.ts.
 */

import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import { negotiate } from "./api-version.ts";

export interface EngineOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Of each request; without it none, since streams stay open. */
  readonly timeoutMs?: number;
}

const SOCKET = "/var/run/docker.sock";

/** Throws LabError("environment") for an engine that speaks no version of ours; one that is away is opened. */
export async function openEngine(options: EngineOptions = {}): Promise<Dockerode> {
  const docker = await engineAt(options);
  const asked = (options.env ?? process.env)["DOCKER_API_VERSION"];
  try {
    const offered = (await docker.version()) as { ApiVersion: string; MinAPIVersion?: string };
    const { ApiVersion: newest, MinAPIVersion: oldest } = offered;
    const modem = docker.modem as { version?: string };
    modem.version = `v${negotiate({ newest, oldest }, asked)}`;
  } catch (error) {
    // Whoever asks it for something is told why it does not answer.
    if (error instanceof LabError) throw error;
  }
  return docker;
}

/** The version that was negotiated, e.g. `1.44`; undefined where the engine did not answer. */
export function spokenApi(docker: Dockerode): string | undefined {
  return (docker.modem as { version?: string }).version?.slice(1);
}

/** DOCKER_HOST as every client can use it: an engine behind ssh by a socket of ours. */
export async function reachable(host: string | undefined): Promise<string | undefined> {
  if (host?.startsWith("ssh:") !== true) return host;
  const { tunnelTo } = await import("./ssh-tunnel.ts");
  return `unix://${await tunnelTo(host)}`;
}

async function engineAt(options: EngineOptions): Promise<Dockerode> {
  const { default: Docker } = await import("dockerode");
  const timeout = options.timeoutMs === undefined ? {} : { timeout: options.timeoutMs };
  const host = await reachable((options.env ?? process.env)["DOCKER_HOST"]);
  if (host === undefined || host === "") return new Docker({ socketPath: SOCKET, ...timeout });
  // The process's own DOCKER_HOST dockerode reads by itself, with TLS.
  if (host === process.env["DOCKER_HOST"]) return new Docker(timeout);
  const { protocol, hostname, port, pathname } = new URL(host);
  return protocol === "unix:"
    ? // What it is not told it takes from the process's own DOCKER_HOST, which may be another.
      new Docker({ socketPath: pathname, protocol: "http", host: "", port: "", ...timeout })
    : new Docker({ protocol: "http", host: hostname, port, ...timeout });
}
