/**
 * One connection to one server, from the handshake to its end: frames in and out, the requests in
 * flight, heartbeats and the read deadline. It never reconnects; that is the session's business.
 *
 * The deadline is looked at before anything is done, in both directions. A process that wakes from a
 * full GC (or SIGSTOP) has an overdue timer, a socket full of old bytes, and a write that somebody
 * decided on before it slept, in any order. Whichever comes first finds that nothing was heard for
 * longer than the read timeout, and ends the connection; the write then counts as never sent. Java's
 * SendThread looks at its timeouts at the top of every loop; where it sleeps inside select() and
 * bytes are waiting it takes them first. We do not: they were sent to a client that has since been
 * silent for too long, and whoever waits for them is told that it is not known (`info`).
 */
import type { Duplex } from "node:stream";
import { OPCODE, XID } from "./calls.ts";
import { zkCode } from "./codes.ts";
import { ConnectionLost, type LossReason } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import { encodeFrame, encodeRequest, FrameSplitter, writeXid } from "./frames.ts";
import { JuteError, JuteReader } from "./jute.ts";
import {
  type ConnectRequest,
  type ConnectResponse,
  type ReplyHeader,
  readConnectResponse,
  readReplyHeader,
  writeConnectRequest,
} from "./records.ts";
import type { Request } from "./request.ts";
import { readNotification, type WatchEventType } from "./watches.ts";

/** A heartbeat; CLOCK_MONOTONIC nanoseconds, as process.hrtime.bigint() gives them. */
export interface Ping {
  readonly sentAt: bigint;
  readonly answeredAt?: bigint;
}

/** What the session hears; all called synchronously, in the order of the bytes. */
export interface ConnectionListener {
  answered(response: ConnectResponse): void;
  seen(zxid: bigint): void;
  notified(event: { type: WatchEventType; path: string; zxid: bigint }): void;
  authRefused(code: number): void;
  pinged(ping: Ping): void;
  /** The end, told once; requests in flight are failed right after by `failInFlight`. */
  lost(error: ConnectionLost): void;
}

export interface ConnectionOptions {
  readonly server: string;
  readonly openSocket: () => Duplex;
  readonly handshake: ConnectRequest;
  /** How long opening and handshake may take together. */
  readonly connectTimeoutMs: number;
  readonly replyBytesMax: number;
  readonly listener: ConnectionListener;
}

const PING_INTERVAL_MS_MAX = 10_000;
const XID_MAX = 0x7fff_ffff;

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #socket: Duplex;
  readonly #splitter: FrameSplitter;
  readonly #inFlight = new Fifo<Request>();
  readonly #authInFlight = new Fifo<Request>();
  readonly #pings = new Fifo<bigint>();
  #established:
    | { number: number; sinceMs: number; readTimeoutMs: number; pingIntervalMs: number }
    | undefined;
  #timer: NodeJS.Timeout | undefined;
  #heardMs: number;
  #sentMs: number;
  #nextXid = 1;
  #lost: ConnectionLost | undefined;

  /** Opens the socket and starts the handshake; throws what `openSocket` throws. */
  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#splitter = new FrameSplitter(options.replyBytesMax);
    this.#heardMs = monotonicMs();
    this.#sentMs = this.#heardMs;
    this.#socket = options.openSocket();
    this.#socket.on("data", (chunk: Buffer) => this.#read(chunk));
    this.#socket.on("error", (cause: Error) => this.#closed("socket-error", cause.message, cause));
    this.#socket.on("end", () => this.#closed("closed-by-server", "end of stream"));
    this.#socket.on("close", () => this.#closed("closed-by-server", "socket closed"));
    this.#socket.write(encodeFrame((writer) => writeConnectRequest(writer, options.handshake)));
    this.#arm();
  }

  /** Starts the ordinary life of the connection once the session has accepted the handshake. */
  establish(number: number, negotiatedTimeoutMs: number): void {
    this.#established = {
      number,
      sinceMs: monotonicMs(),
      readTimeoutMs: Math.floor((negotiatedTimeoutMs * 2) / 3),
      pingIntervalMs: Math.min(Math.floor(negotiatedTimeoutMs / 3), PING_INTERVAL_MS_MAX),
    };
    this.#arm();
  }

  /** Ends the connection if its deadline has passed; true while it stands. */
  stands(nowMs = monotonicMs()): boolean {
    if (this.#lost === undefined && nowMs - this.#heardMs > this.#deadlineMs()) {
      this.#timedOut();
    }
    return this.#lost === undefined;
  }

  /** How long the session has been carried by this connection; 0 before the handshake. */
  get stoodMs(): number {
    return this.#established === undefined ? 0 : monotonicMs() - this.#established.sinceMs;
  }

  /** How many requests wait for an answer. */
  get inFlight(): number {
    return this.#inFlight.length;
  }

  /**
   * Hands a request to the socket; false, with nothing written, if the connection has ended. Each
   * request is a write of its own, here and now: collected for the end of the tick, bytes would leave
   * after whatever the caller does next, which may be to sleep through its session.
   */
  send(request: Request): boolean {
    if (this.#established === undefined || !this.stands()) return false;
    const xid = request.fixedXid ?? this.#takeXid();
    writeXid(request.frame, xid);
    request.sentOn(this.#established.number, xid);
    (xid === XID.auth ? this.#authInFlight : this.#inFlight).push(request);
    this.#write(request.frame);
    return true;
  }

  /** Ends the connection from our side. */
  drop(reason: LossReason, detail: string, cause?: unknown): void {
    if (this.#lost !== undefined) return;
    const options = cause === undefined ? {} : { cause };
    this.#lost = new ConnectionLost(this.#options.server, reason, detail, options);
    clearTimeout(this.#timer);
    this.#socket.destroy();
    this.#options.listener.lost(this.#lost);
  }

  /** Fails every request without an answer. To be called once, after the end. */
  failInFlight(code: number): void {
    for (const request of [...this.#authInFlight.drain(), ...this.#inFlight.drain()]) {
      request.fail(code, this.#lost);
    }
  }

  #takeXid(): number {
    const xid = this.#nextXid;
    this.#nextXid = xid === XID_MAX ? 1 : xid + 1;
    return xid;
  }

  #write(frame: Buffer): void {
    this.#sentMs = monotonicMs();
    this.#socket.write(frame);
  }

  #closed(reason: LossReason, detail: string, cause?: Error): void {
    // An end of stream that a sleeper finds beside its overdue timer is a timeout first.
    if (!this.stands()) return;
    this.drop(this.#established === undefined ? "connect-failed" : reason, detail, cause);
  }

  #deadlineMs(): number {
    return this.#established?.readTimeoutMs ?? this.#options.connectTimeoutMs;
  }

  #timedOut(): void {
    const reason = this.#established === undefined ? "connect-timeout" : "read-timeout";
    const silentMs = Math.round(monotonicMs() - this.#heardMs);
    this.drop(reason, `nothing heard for ${silentMs} ms (limit ${this.#deadlineMs()} ms)`);
  }

  #arm(): void {
    clearTimeout(this.#timer);
    if (this.#lost !== undefined) return;
    const now = monotonicMs();
    const deadline = this.#heardMs + this.#deadlineMs();
    const ping = this.#established && this.#sentMs + this.#established.pingIntervalMs;
    const due = Math.min(deadline, ping ?? deadline);
    // One past the deadline, since the deadline is passed only by more than the limit.
    this.#timer = setTimeout(() => this.#onTimer(), Math.max(0, Math.ceil(due - now) + 1));
  }

  #onTimer(): void {
    if (!this.stands()) return;
    const established = this.#established;
    if (established && monotonicMs() - this.#sentMs >= established.pingIntervalMs) this.#ping();
    this.#arm();
  }

  #ping(): void {
    const frame = encodeRequest(OPCODE.ping, () => undefined);
    writeXid(frame, XID.ping);
    const sentAt = process.hrtime.bigint();
    this.#pings.push(sentAt);
    this.#write(frame);
    this.#options.listener.pinged({ sentAt });
  }

  #read(chunk: Buffer): void {
    // One reading of the clock for the check and for the mark: a process stopped between two of them
    // would wake up with a fresh mark on an old connection.
    const nowMs = monotonicMs();
    if (!this.stands(nowMs)) return;
    try {
      for (const frame of this.#splitter.push(chunk)) {
        this.#heardMs = nowMs;
        this.#readFrame(new JuteReader(frame));
        if (this.#lost !== undefined) return;
      }
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
      this.drop("protocol", error.message, error);
    }
  }

  #readFrame(reader: JuteReader): void {
    if (this.#established === undefined) {
      this.#options.listener.answered(readConnectResponse(reader));
      return;
    }
    const header = readReplyHeader(reader);
    switch (header.xid) {
      case XID.notification:
        this.#options.listener.notified({ ...readNotification(reader), zxid: header.zxid });
        return;
      case XID.ping:
        this.#readPong();
        return;
      case XID.auth:
        this.#readReply(this.#authInFlight, header, reader);
        if (header.err !== 0) this.#options.listener.authRefused(header.err);
        return;
      default:
        this.#readReply(this.#inFlight, header, reader);
    }
  }

  #readPong(): void {
    const sentAt = this.#pings.shift();
    if (sentAt === undefined) throw new JuteError("answer to a ping that was not sent", 0);
    this.#options.listener.pinged({ sentAt, answeredAt: process.hrtime.bigint() });
  }

  /** Replies come in the order of the requests; a request stays in flight until its reply is read. */
  #readReply(waiting: Fifo<Request>, header: ReplyHeader, reader: JuteReader): void {
    const request = waiting.peek();
    if (request === undefined || request.xid !== header.xid) {
      const expected = request === undefined ? "none is expected" : `expected ${request.xid}`;
      throw new JuteError(`reply to xid ${header.xid}, ${expected}`, 0);
    }
    if (header.zxid > 0n) this.#options.listener.seen(header.zxid);
    request.answer(header, reader);
    waiting.shift();
  }
}

/** What requests in flight fail with when the connection ends and the session does not. */
export const CONNECTION_LOSS = zkCode("ConnectionLoss");

/** CLOCK_MONOTONIC in milliseconds; goes on while the process is stopped. */
export function monotonicMs(): number {
  return performance.now();
}
