/**
 * A TCP peer on 127.0.0.1 that speaks the server's side of the wire as a test dictates: good
 * handshakes, then whatever bytes. It is for what no real server does (garbage, lies, silence at a
 * chosen byte); how ZooKeeper itself behaves is asked of real servers only.
 */
import { once } from "node:events";
import { createServer, type Server, type Socket } from "node:net";
import { encodeFrame, FrameSplitter } from "../../lab/client/frames.ts";
import { JuteReader, type JuteWriter } from "../../lab/client/jute.ts";

export interface PeerRequest {
  readonly xid: number;
  readonly opcode: number;
  readonly socket: Socket;
  /** 1 for the first connection that this peer took. */
  readonly connection: number;
}

export interface PeerScript {
  /** The answer to a handshake, or nothing. Default: accepts, with a time-out of 3 s. */
  readonly handshake?: (connection: number) => Buffer | undefined;
  /** Every request after the handshake, pings included. Default: silence. */
  readonly request?: (request: PeerRequest) => void;
}

export const PEER_SESSION = 0x1000_0000_0001n;

export class ScriptedPeer {
  readonly port: number;
  readonly requests: PeerRequest[] = [];
  readonly sockets = new Set<Socket>();
  connections = 0;
  readonly #server: Server;

  static async start(script: PeerScript): Promise<ScriptedPeer> {
    const server = createServer({ noDelay: true });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return new ScriptedPeer(server, script);
  }

  private constructor(server: Server, script: PeerScript) {
    const address = server.address();
    if (address === null || typeof address === "string") throw new Error("no TCP address");
    this.port = address.port;
    this.#server = server;
    server.on("connection", (socket) => this.#serve(socket, script));
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    this.#server.close();
    await once(this.#server, "close");
  }

  #serve(socket: Socket, script: PeerScript): void {
    this.connections += 1;
    const connection = this.connections;
    this.sockets.add(socket);
    socket.on("close", () => this.sockets.delete(socket));
    socket.on("error", () => undefined); // resets are what these tests provoke
    const splitter = new FrameSplitter(8 * 1024 * 1024);
    let shaken = false;
    socket.on("data", (chunk) => {
      for (const frame of splitter.push(chunk)) {
        if (shaken) {
          const reader = new JuteReader(frame);
          const request = { xid: reader.int(), opcode: reader.int(), socket, connection };
          this.requests.push(request);
          script.request?.(request);
        } else {
          shaken = true;
          const answer = script.handshake === undefined ? accept() : script.handshake(connection);
          if (answer !== undefined) socket.write(answer);
        }
      }
    });
  }
}

/** An accepting answer to a handshake; `timeoutMs` 0 says that the session has expired. */
export function accept(timeoutMs = 3_000, session = PEER_SESSION): Buffer {
  return encodeFrame((writer) => {
    writer.int(0).int(timeoutMs).long(session).buffer(new Uint8Array(16)).bool(false);
  });
}

export function reply(
  xid: number,
  parts: { zxid?: bigint; err?: number; body?: (writer: JuteWriter) => void } = {},
): Buffer {
  return encodeFrame((writer) => {
    writer
      .int(xid)
      .long(parts.zxid ?? 7n)
      .int(parts.err ?? 0);
    parts.body?.(writer);
  });
}

/** The body of a Stat: version `version`, all else zero. */
export function statBody(writer: JuteWriter, version = 0): void {
  writer.long(1n).long(1n).long(0n).long(0n).int(version).int(0).int(0).long(0n).int(0).int(0);
  writer.long(1n);
}
