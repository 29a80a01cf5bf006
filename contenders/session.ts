/**
 * What a strategy needs of a ZooKeeper client, so that the same strategy runs on the stock npm client
 * and on our own. One Session is one ZooKeeper session; a new session is a new object.
 */

export type SessionState = "connected" | "suspended" | "expired" | "closed";

/**
 * How one attempt ended without `ok`. `certainty` is semantics 7: `fail` only where it never reached
 * the socket or the server's own reply refused it; every other end is `info`: it may have happened.
 */
export class AttemptError extends Error {
  /** ZooKeeper's name of the error, e.g. NoNode, ConnectionLoss, SessionExpired. */
  readonly code: string;
  readonly certainty: "fail" | "info";
  readonly unsent: boolean;
  /** The server refused it at its guard. */
  readonly fenced: boolean;
  readonly zxid: string | undefined;
  /** The session's connection that its bytes were handed to; undefined: none, or the client does not say. */
  readonly connection: number | undefined;

  constructor(
    code: string,
    outcome: {
      certainty: "fail" | "info";
      unsent?: boolean;
      fenced?: boolean;
      zxid?: string;
      connection?: number;
    },
    cause?: unknown,
  ) {
    super(code, cause === undefined ? {} : { cause });
    this.name = "AttemptError";
    this.code = code;
    this.certainty = outcome.certainty;
    this.unsent = outcome.unsent ?? false;
    this.fenced = outcome.fenced ?? false;
    this.zxid = outcome.zxid;
    this.connection = outcome.connection;
  }
}

export interface Znode {
  /** `0x…` */
  readonly czxid: string;
  /** It is an ephemeral of this very session. */
  readonly mine: boolean;
}

/** An acknowledged write; `connection` as in AttemptError. */
export interface Written {
  readonly zxid: string;
  readonly connection?: number;
}

export interface Session {
  /** `0x…`, 16 digits. */
  readonly id: string;
  readonly state: SessionState;
  onState(listener: (state: SessionState) => void): void;
  /** Resolves with the path as created (a sequential node's with its number). */
  createEphemeral(path: string, data: string, kind: "plain" | "sequential"): Promise<string>;
  /** A persistent znode. */
  create(path: string, data: string): Promise<Written>;
  /** A container, as Curator makes for parents; there already is as good. */
  createContainer(path: string): Promise<void>;
  setData(path: string, data: string): Promise<Written>;
  /** One transaction: check that `guard` exists, then set. Only on clients that have transactions. */
  checkedSetData(guard: string, path: string, data: string): Promise<Written>;
  checkedCreate(guard: string, path: string, data: string): Promise<Written>;
  remove(path: string): Promise<void>;
  children(path: string): Promise<string[]>;
  /** Undefined where there is no such node; `onChange` fires at most once. */
  exists(path: string, onChange?: () => void): Promise<Znode | undefined>;
  /** Takes the session for lost and stops, without a word to a server, where it may live on. */
  abandon(): void;
  /** Ends the session by closeSession. */
  close(): Promise<void>;
}

export interface SessionSettings {
  readonly connect: string;
  readonly timeoutMs: number;
}

export type OpenSession = (settings: SessionSettings) => Promise<Session>;
