/** A question to an AdminServer: one GET, bounded in time and size; undefined for whatever goes wrong. */

import { get as getPlain, type IncomingMessage } from "node:http";
import { get as getSecure } from "node:https";
import type { ConnectionOptions } from "node:tls";

const ANSWER_BYTES_MAX = 1024 * 1024;

export interface AdminQuestion {
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly tls: ConnectionOptions | undefined;
  /** `user:password` for the AdminServer's digest scheme. */
  readonly auth: string | undefined;
  readonly limitMs: number;
}

/** Never rejects: without an AdminServer there is `srvr`. */
export function getJson({ host, port, path, tls, auth, limitMs }: AdminQuestion): Promise<unknown> {
  return new Promise((resolve) => {
    const headers = auth === undefined ? {} : { Authorization: `digest ${auth}` };
    const signal = AbortSignal.timeout(limitMs);
    const options = { host, port, path, headers, signal, agent: false } as const;
    const take = (answer: IncomingMessage): void => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      answer.on("data", (chunk: Buffer) => {
        bytes += chunk.length;
        if (bytes > ANSWER_BYTES_MAX) answer.destroy();
        else chunks.push(chunk);
      });
      answer.on("error", () => resolve(undefined));
      answer.on("close", () => resolve(undefined));
      answer.on("end", () => resolve(answer.statusCode === 200 ? parse(chunks) : undefined));
    };
    const request =
      tls === undefined
        ? getPlain(options, take)
        : getSecure({ ...options, ...tls, agent: false }, take);
    request.on("error", () => resolve(undefined));
  });
}

function parse(chunks: readonly Buffer[]): unknown {
  try {
    return JSON.parse(Buffer.concat(chunks).toString("utf8"));
  } catch {
    return undefined;
  }
}
