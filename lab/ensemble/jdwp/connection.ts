/**
 * One debugger's connection: handshake, commands out, answers matched by their number, events handed on.
 * Every command has a limit. Whatever ends the connection ends every wait, and the JVM runs on: its agent
 * resumes all that a debugger suspended as soon as the connection is gone.
 */

import type { Duplex } from "node:stream";
import { JdwpError, nameOfError } from "./errors.ts";
import { type Command, encodeCommand, HANDSHAKE, type Packet, PacketSplitter } from "./packets.ts";

export interface JdwpConnectionOptions {
  /** Whose JVM it is, for messages. */
  readonly name: string;
  /** How long the handshake, and each answer, may take. */
  readonly limitMs: number;
  /** Every command packet of the JVM, that is its events. */
  readonly onEvent: (body: Buffer) => void;
}

interface Waiting {
  readonly what: string;
  readonly resolve: (body: Buffer) => void;
  readonly reject: (error: JdwpError) => void;
  readonly timer: NodeJS.Timeout;
}

/** Event.Composite, the only command that a JVM sends. */
const COMPOSITE: Command = { set: 64, number: 100 };
const ID_MAX = 0x7fff_ffff;

export class JdwpConnection {
  readonly #socket: Duplex;
  readonly #options: JdwpConnectionOptions;
  readonly #splitter = new PacketSplitter();
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #shaking: Waiting | undefined;
  #ended: JdwpError | undefined;

  private constructor(socket: Duplex, options: JdwpConnectionOptions) {
    this.#socket = socket;
    this.#options = options;
    socket.on("data", (chunk: Buffer) => this.#read(chunk));
    socket.on("error", (cause: Error) => this.#end("lost", cause.message, cause));
    socket.on("end", () => this.#end("lost", "end of stream"));
    socket.on("close", () => this.#end("lost", "connection closed"));
  }

  /** Shakes hands over an opened stream; rejects with JdwpError where that fails or takes too long. */
  static async open(socket: Duplex, options: JdwpConnectionOptions): Promise<JdwpConnection> {
    const connection = new JdwpConnection(socket, options);
    await new Promise<Buffer>((resolve, reject) => {
      connection.#shaking = connection.#waitFor("the handshake", resolve, reject);
      socket.write(HANDSHAKE);
    });
    return connection;
  }

  /** Sends a command at once, so that several may be under way; resolves with the answer's body. */
  request(what: string, command: Command, body: Buffer): Promise<Buffer> {
    return new Promise((resolve, reject) => {
      if (this.#ended !== undefined) {
        reject(this.#ended);
        return;
      }
      const id = this.#nextId;
      this.#nextId = id === ID_MAX ? 1 : id + 1;
      this.#waiting.set(id, this.#waitFor(what, resolve, reject));
      this.#socket.write(encodeCommand(id, command, body));
    });
  }

  /** Ends it; whoever waits is told. */
  close(): void {
    this.#end("lost", "closed by the lab");
  }

  /** An answer that is late ends the connection: what the JVM did with the command is not known. */
  #waitFor(what: string, resolve: Waiting["resolve"], reject: Waiting["reject"]): Waiting {
    const { limitMs } = this.#options;
    const timer = setTimeout(() => {
      this.#end("late", `no answer to ${what} within ${limitMs} ms`);
    }, limitMs);
    return { what, resolve, reject, timer };
  }

  #read(chunk: Buffer): void {
    if (this.#ended !== undefined) return;
    try {
      const packets = this.#splitter.push(chunk);
      if (this.#splitter.shaken && this.#shaking !== undefined) {
        const { timer, resolve } = this.#shaking;
        clearTimeout(timer);
        this.#shaking = undefined;
        resolve(Buffer.alloc(0));
      }
      for (const packet of packets) this.#take(packet);
    } catch (error) {
      if (!(error instanceof JdwpError)) throw error;
      this.#end(error.failure, error.message, error);
    }
  }

  #take(packet: Packet): void {
    if (packet.kind === "command") {
      const { set, number } = packet.command;
      if (set === COMPOSITE.set && number === COMPOSITE.number) this.#options.onEvent(packet.body);
      return;
    }
    const waiting = this.#waiting.get(packet.id);
    if (waiting === undefined) return;
    this.#waiting.delete(packet.id);
    clearTimeout(waiting.timer);
    if (packet.errorCode === 0) {
      waiting.resolve(packet.body);
      return;
    }
    const { name } = this.#options;
    const why = nameOfError(packet.errorCode);
    const { errorCode } = packet;
    waiting.reject(new JdwpError("refused", `${name}: ${waiting.what}: ${why}`, { errorCode }));
  }

  #end(failure: JdwpError["failure"], found: string, cause?: Error): void {
    if (this.#ended !== undefined) return;
    const { name } = this.#options;
    const ended = new JdwpError(
      failure,
      `debug the JVM of ${name}: ${found}`,
      cause === undefined ? {} : { cause },
    );
    this.#ended = ended;
    this.#socket.destroy();
    const shaking = this.#shaking === undefined ? [] : [this.#shaking];
    for (const { timer, reject } of [...shaking, ...this.#waiting.values()]) {
      clearTimeout(timer);
      reject(ended);
    }
    this.#waiting.clear();
  }
}
