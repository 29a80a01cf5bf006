/**
 * `/metrics` over HTTP, on 127.0.0.1 unless told otherwise. It only tells: GET and HEAD, one path, and for
 * a loopback address only requests that mean this machine (a page in a browser cannot be made to read it
 * through a name that resolves here).
 */

import { once } from "node:events";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { LabError } from "../errors.ts";
import { OPENMETRICS_TYPE } from "./metrics.ts";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]", "::1"]);
const REQUEST_LIMIT_MS = 5_000;

export interface MetricsServer extends AsyncDisposable {
  readonly address: string;
}

/** Throws LabError("environment") where the port cannot be had. */
export async function serveMetrics(
  host: string,
  port: number,
  render: () => string,
): Promise<MetricsServer> {
  const server = createServer({ requestTimeout: REQUEST_LIMIT_MS }, (request, response) => {
    const asked = /^(\[[^\]]*\]|[^:]*)/.exec(request.headers.host ?? "")?.[0] ?? "";
    const isMeant = !LOOPBACK.has(host) || LOOPBACK.has(asked);
    const path = (request.url ?? "").split("?")[0];
    if (!isMeant) response.writeHead(421).end("for requests to this machine only\n");
    else if (request.method !== "GET" && request.method !== "HEAD") response.writeHead(405).end();
    else if (path !== "/metrics") response.writeHead(404).end("see /metrics\n");
    else response.writeHead(200, { "Content-Type": OPENMETRICS_TYPE }).end(render());
  });
  server.listen(port, host);
  try {
    await once(server, "listening");
  } catch (cause) {
    throw new LabError("environment", `serve metrics on ${host}:${port}`, {
      hint: "choose another port with --serve",
      cause,
    });
  }
  const { port: bound } = server.address() as AddressInfo;
  return { address: `${host}:${bound}`, [Symbol.asyncDispose]: () => closed(server) };
}

async function closed(server: Server): Promise<void> {
  server.close();
  server.closeAllConnections();
  await once(server, "close");
}
