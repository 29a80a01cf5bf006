/** Four-letter words: one short question, one text, end of stream. `srvr` tells a server's role. */
import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { LabError } from "../errors.ts";
import { type Zxid, zxid } from "../ids.ts";
import { formatAddress, type ServerAddress } from "./servers.ts";

const ANSWER_BYTES_MAX = 1024 * 1024;

/**
 * Asks a server and reads its answer to the end. Rejects with LabError: "ensemble" where the server
 * cannot be reached or says too much, "timeout" where it does not finish in time.
 */
export function fourLetterWord(
  target: ServerAddress | (() => Duplex),
  word: string,
  timeoutMs: number,
): Promise<string> {
  const server = typeof target === "function" ? "server" : formatAddress(target);
  return new Promise((resolve, reject) => {
    const socket = typeof target === "function" ? target() : connectTcp({ ...target });
    const chunks: Buffer[] = [];
    let bytes = 0;
    const fail = (error: LabError): void => {
      clearTimeout(limit);
      socket.destroy();
      reject(error);
    };
    const finish = (): void => {
      clearTimeout(limit);
      socket.destroy();
      resolve(Buffer.concat(chunks).toString("utf8"));
    };
    const limit = setTimeout(() => {
      fail(new LabError("timeout", `${word} of ${server}: no whole answer within ${timeoutMs} ms`));
    }, timeoutMs);
    socket.on("error", (cause: Error) => {
      fail(new LabError("ensemble", `${word} of ${server}: ${cause.message}`, { cause }));
    });
    socket.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes > ANSWER_BYTES_MAX) {
        fail(new LabError("ensemble", `${word} of ${server}: more than ${ANSWER_BYTES_MAX} bytes`));
      } else {
        chunks.push(chunk);
      }
    });
    socket.on("end", finish);
    socket.on("close", finish);
    socket.write(word);
  });
}

export type ServerMode = "leader" | "follower" | "observer" | "standalone" | "read-only";

export interface Srvr {
  /** Such as `3.9.5`. */
  readonly version: string;
  readonly mode: ServerMode;
  readonly zxid: Zxid;
  readonly connections: number;
  readonly outstanding: number;
  readonly nodeCount: number;
}

const MODES: readonly string[] = ["leader", "follower", "observer", "standalone", "read-only"];

/**
 * Reads the answer to `srvr`; undefined where the server says that it does not serve (it looks for a
 * leader). Throws LabError "ensemble" for anything else, such as a word that is not whitelisted.
 */
export function parseSrvr(text: string): Srvr | undefined {
  if (text.includes("not currently serving requests")) return undefined;
  const version = /^Zookeeper version: (\d+\.\d+\.\d+[^,\s]*)/m.exec(text)?.[1];
  const mode = /^Mode: (\S+)\s*$/m.exec(text)?.[1];
  const last = /^Zxid: (0x[0-9a-f]{1,16})\s*$/m.exec(text)?.[1];
  if (version === undefined || last === undefined || mode === undefined || !isMode(mode)) {
    const start = JSON.stringify(text.slice(0, 120));
    const hint = "srvr must be in the server's 4lw.commands.whitelist";
    throw new LabError("ensemble", `answer to srvr: ${start} is none`, { hint });
  }
  return {
    version: version.replace(/-[0-9a-f]{20,}$/, ""),
    mode,
    zxid: zxid(BigInt(last)),
    connections: count(text, "Connections"),
    outstanding: count(text, "Outstanding"),
    nodeCount: count(text, "Node count"),
  };
}

function isMode(mode: string): mode is ServerMode {
  return MODES.includes(mode);
}

function count(text: string, name: string): number {
  return Number(new RegExp(`^${name}: (\\d+)\\s*$`, "m").exec(text)?.[1] ?? 0);
}
