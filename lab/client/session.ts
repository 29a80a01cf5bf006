/**
 * One session and the connections that carry it, one after another. The session is made once; when
 * the server says that it is gone, this is the end, and whoever wants another makes another client.
 *
 *   connecting ──> connected <──> suspended        connected: requests go straight to the socket
 *        │             │              │            connecting, suspended: they wait for the outcome
 *        └─────────────┴──────────────┴──> expired | closed | auth-failed: they are refused
 *
 * A request that waits is sent if the next attempt succeeds and fails, never sent, if it does not.
 */
import type { Duplex } from "node:stream";
import { LabError } from "../errors.ts";
import { type SessionId, sessionId, type Zxid, zxid } from "../ids.ts";
import { authCall, closeSessionCall, setWatchesCall } from "./calls.ts";
import { zkCode } from "./codes.ts";
import { CONNECTION_LOSS, Connection, type ConnectionListener, type Ping } from "./connection.ts";
import { Delivery } from "./delivery.ts";
import {
  type ClientState,
  codeAfterTheEnd,
  codeAtTheEnd,
  type EndState,
  endStateOf,
  neverConnected,
} from "./endings.ts";
import { ConnectionLost, type ZooKeeperError } from "./errors.ts";
import { Fifo } from "./fifo.ts";
import type { ConnectResponse } from "./records.ts";
import { type Call, prepare, type Request } from "./request.ts";
import { formatAddress, type ServerAddress, type ServerRound } from "./servers.ts";
import { type WatchEvent, WatchRegistry } from "./watches.ts";

export interface SessionOptions {
  readonly round: ServerRound;
  readonly chroot: string;
  readonly sessionTimeoutMs: number;
  readonly resume: { readonly id: SessionId; readonly password: Uint8Array } | undefined;
  readonly auth: readonly { readonly scheme: string; readonly credentials: string }[];
  readonly openSocket: (address: ServerAddress) => Duplex;
  readonly connectTimeoutMs: number;
  readonly requestBytesMax: number;
  readonly replyBytesMax: number;
}

/** What the application hears, in order; see delivery.ts. */
export interface SessionListener {
  state(state: ClientState): void;
  ping(ping: Ping): void;
  lost(error: ConnectionLost): void;
}

/** Requests waiting for a connection or an answer; more are refused, or memory would be the limit. */
const PENDING_MAX = 100_000;
const CLOSE_LIMIT_MS = 5_000;
const NEW_SESSION_PASSWORD = new Uint8Array(16);

export class Session {
  readonly delivery = new Delivery();
  readonly watches = new WatchRegistry();
  /** Settles with the first outcome: connected, or the reason why that never was. */
  readonly opened: Promise<void>;
  readonly #options: SessionOptions;
  readonly #listener: SessionListener;
  readonly #queue = new Fifo<Request>();
  readonly #auth: { readonly scheme: string; readonly credentials: string }[];
  #settleOpened: (error: ZooKeeperError | undefined) => void = () => undefined;
  #state: ClientState = "connecting";
  #closing = false;
  #closed: Promise<boolean> | undefined;
  #connection: Connection | undefined;
  #lastLoss: ConnectionLost | undefined;
  #attemptTimer: NodeJS.Timeout | undefined;
  #openTimer: NodeJS.Timeout | undefined;
  #id: SessionId;
  #password: Uint8Array;
  #negotiatedTimeoutMs = 0;
  #lastSeenZxid: Zxid = zxid(0n);
  #connectionNumber = 0;

  constructor(options: SessionOptions, listener: SessionListener) {
    this.#options = options;
    this.#listener = listener;
    this.#id = options.resume?.id ?? sessionId(0n);
    this.#password = options.resume?.password ?? NEW_SESSION_PASSWORD;
    this.#negotiatedTimeoutMs = options.sessionTimeoutMs;
    this.#auth = [...options.auth];
    this.opened = new Promise((resolve, reject) => {
      this.#settleOpened = (error) => {
        this.delivery.settle(() => (error === undefined ? resolve() : reject(error)));
      };
    });
    this.#openTimer = setTimeout(() => this.#end("closed"), options.connectTimeoutMs);
    this.#connectNext();
  }

  get state(): ClientState {
    return this.#state;
  }
  get id(): SessionId {
    return this.#id;
  }
  get password(): Uint8Array {
    return this.#password;
  }
  get negotiatedTimeoutMs(): number {
    return this.#negotiatedTimeoutMs;
  }
  get lastSeenZxid(): Zxid {
    return this.#lastSeenZxid;
  }
  get connectionNumber(): number {
    return this.#connectionNumber;
  }

  /** Sends a request, or lets it wait for a connection; rejects with ZooKeeperError. */
  submit<T>(call: Call<T>): Promise<T> {
    let prepared: { request: Request; promise: Promise<T> };
    try {
      prepared = prepare(call, this.#options, this.delivery);
    } catch (error) {
      return Promise.reject(error);
    }
    this.#dispatch(prepared.request);
    return prepared.promise;
  }

  async addAuth(scheme: string, credentials: string): Promise<void> {
    await this.submit(authCall(scheme, credentials));
    this.#auth.push({ scheme, credentials });
  }

  /** Ends the session on the server; true if the server said so, within the limit. */
  close(): Promise<boolean> {
    this.#closed ??= this.#close();
    return this.#closed;
  }

  /** Stops without a word to the server: the session stays until it expires or is resumed. */
  abandon(): void {
    this.#end("closed");
  }

  #dispatch(request: Request): void {
    const ended = this.#closing ? "closed" : endStateOf(this.#state);
    if (ended !== undefined) {
      request.fail(codeAfterTheEnd(ended), undefined);
    } else if (this.#queue.length + (this.#connection?.inFlight ?? 0) >= PENDING_MAX) {
      const detail = `${PENDING_MAX} requests are waiting already`;
      request.fail(zkCode("ThrottledOp"), new LabError("ensemble", detail));
    } else if (this.#state !== "connected") {
      this.#queue.push(request);
    } else {
      this.#send(request);
    }
  }

  async #close(): Promise<boolean> {
    this.#closing = true;
    if (this.#state !== "connected" || this.#connection === undefined) {
      this.#end("closed");
      return false;
    }
    const { request, promise } = prepare(closeSessionCall(), this.#options, this.delivery);
    this.#send(request);
    const limit = setTimeout(() => this.#end("closed"), CLOSE_LIMIT_MS);
    const confirmed = await promise.then(
      () => true,
      () => false,
    );
    clearTimeout(limit);
    this.#end("closed");
    return confirmed;
  }

  /** To the socket; or, if the connection turns out to have ended, back as never sent. */
  #send(request: Request): void {
    if (this.#connection?.send(request) !== true) request.fail(CONNECTION_LOSS, this.#lastLoss);
  }

  #connectNext(): void {
    const { address, delayMs } = this.#options.round.next();
    this.#attemptTimer = setTimeout(() => this.#attempt(address), delayMs);
  }

  #attempt(address: ServerAddress): void {
    const server = formatAddress(address);
    try {
      this.#connection = new Connection({
        server,
        openSocket: () => this.#options.openSocket(address),
        handshake: {
          lastSeenZxid: this.#lastSeenZxid,
          timeoutMs: this.#options.sessionTimeoutMs,
          sessionId: this.#id,
          password: this.#password,
        },
        connectTimeoutMs: Math.ceil(this.#negotiatedTimeoutMs / this.#options.round.size),
        replyBytesMax: this.#options.replyBytesMax,
        listener: this.#connectionListener(),
      });
    } catch (cause) {
      const detail = cause instanceof Error ? cause.message : String(cause);
      this.#connectionLost(new ConnectionLost(server, "connect-failed", detail, { cause }));
    }
  }

  #connectionListener(): ConnectionListener {
    return {
      answered: (response) => this.#handshakeAnswered(response),
      seen: (seen) => {
        if (seen > this.#lastSeenZxid) this.#lastSeenZxid = zxid(seen);
      },
      notified: ({ type, path, zxid: at }) => {
        const event = { type, path, ...(at > 0n ? { zxid: zxid(at) } : {}) };
        this.#notify(event);
      },
      authRefused: () => this.#end("auth-failed"),
      pinged: (ping) => this.delivery.event(() => this.#listener.ping(ping)),
      lost: (error) => this.#connectionLost(error),
    };
  }

  #handshakeAnswered(response: ConnectResponse): void {
    const connection = this.#connection;
    if (connection === undefined) return;
    if (response.timeoutMs === 0) {
      this.#end("expired");
      return;
    }
    const anotherSession = this.#id !== 0n && response.sessionId !== this.#id;
    if (response.timeoutMs < 0 || response.sessionId === 0n || anotherSession) {
      connection.drop("protocol", "the handshake was answered for another session, or for none");
      return;
    }
    this.#id = response.sessionId;
    this.#password = response.password;
    this.#negotiatedTimeoutMs = response.timeoutMs;
    this.#connectionNumber += 1;
    connection.establish(this.#connectionNumber, response.timeoutMs);
    this.#setState("connected");
    if (this.#connectionNumber === 1) this.#settleOpened(undefined);
    clearTimeout(this.#openTimer);
    this.#restore();
    for (const request of this.#queue.drain()) this.#send(request);
  }

  /** What the server knows per connection is told again: who we are, and what we watch. */
  #restore(): void {
    const calls = [
      ...this.#auth.map((each) => authCall(each.scheme, each.credentials)),
      ...this.watches.resetBodies(this.#lastSeenZxid).map((body) => setWatchesCall(body)),
    ];
    for (const call of calls) {
      const { request, promise } = prepare(call, this.#options, this.delivery);
      // Nobody waits for it: refused credentials end the session, a lost connection restores anew.
      promise.catch(() => undefined);
      this.#send(request);
    }
  }

  #notify(event: WatchEvent): void {
    for (const watch of this.watches.take(event.type, event.path)) {
      this.delivery.event(() => watch(event));
    }
  }

  #connectionLost(error: ConnectionLost): void {
    this.#lastLoss = error;
    const connection = this.#connection;
    this.#connection = undefined;
    const ended = endStateOf(this.#state);
    connection?.failInFlight(ended === undefined ? CONNECTION_LOSS : codeAtTheEnd(ended));
    if (ended !== undefined) return;
    this.#options.round.lost(connection?.stoodMs ?? 0);
    for (const request of this.#queue.drain()) request.fail(CONNECTION_LOSS, error);
    if (this.#state === "connected") this.#setState("suspended");
    this.delivery.event(() => this.#listener.lost(error));
    if (this.#closing) this.#end("closed");
    else this.#connectNext();
  }

  /** The one way to an end. What was sent stays unknown; what waits was never sent. */
  #end(state: EndState): void {
    if (endStateOf(this.#state) !== undefined) return;
    this.#state = state;
    clearTimeout(this.#attemptTimer);
    clearTimeout(this.#openTimer);
    const lastLoss = this.#lastLoss;
    this.#connection?.drop("ended", `the client is ${state}`);
    for (const request of this.#queue.drain()) request.fail(codeAtTheEnd(state), this.#lastLoss);
    this.watches.clear();
    this.delivery.event(() => this.#listener.state(state));
    if (this.#connectionNumber > 0) return;
    const limitMs = this.#options.connectTimeoutMs;
    this.#settleOpened(neverConnected(state, lastLoss, limitMs));
  }

  #setState(state: ClientState): void {
    this.#state = state;
    this.delivery.event(() => this.#listener.state(state));
  }
}
