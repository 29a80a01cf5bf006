/**
 * A Session on the stock npm client `zookeeper` (the C client on Node's event loop). It has no
 * transactions, its numbers are doubles (zxids exact below epoch 2^21), and it never says whether a
 * failed request was sent, so only an answer that can only come from a server is certain.
 */

import { createRequire } from "node:module";
import { join } from "node:path";
import {
  AttemptError,
  type Session,
  type SessionSettings,
  type SessionState,
  type Znode,
} from "./session.ts";

interface StockStat {
  readonly czxid: number;
  readonly mzxid: number;
  readonly createdInThisSession: boolean;
}
type StatCallback = (rc: number, error: string, stat: StockStat | null) => void;

/** The part of npm zookeeper 7.3 that is used; its callbacks give codes, its promises only text. */
interface StockClient {
  readonly client_id: string;
  init(config: { connect: string; timeout: number; debug_level: number }): void;
  on(
    event: "connect" | "connecting" | "close",
    listener: (client: unknown, code?: number) => void,
  ): void;
  close(): void;
  a_create(
    path: string,
    data: string,
    flags: number,
    cb: (rc: number, error: string, path: string) => void,
  ): number;
  a_set(path: string, data: string, version: number, cb: StatCallback): number;
  a_delete_(path: string, version: number, cb: (rc: number, error: string) => void): number;
  a_exists(path: string, watch: boolean, cb: StatCallback): number;
  aw_exists(path: string, watcher: (type: number) => void, cb: StatCallback): number;
  a_get_children(
    path: string,
    watch: boolean,
    cb: (rc: number, error: string, children: string[]) => void,
  ): number;
}

const NO_TRANSACTIONS =
  "check and write in one transaction: npm zookeeper has none; use client: own";
const EPHEMERAL = 1;
const SEQUENCE = 2;
const CONTAINER = 4;
const NO_NODE = -101;
const ANY_VERSION = -1;
/** Its addon logs on stdout, where only lines of the contract may go; what it would say we report. */
const LOG_NOTHING = 0;
const SESSION_EVENT = -1;

const NAMES: Readonly<Record<number, string>> = {
  [-4]: "ConnectionLoss",
  [-7]: "OperationTimeout",
  [-9]: "InvalidState",
  [NO_NODE]: "NoNode",
  [-102]: "NoAuth",
  [-103]: "BadVersion",
  [-110]: "NodeExists",
  [-112]: "SessionExpired",
  [-116]: "Closing",
};
/** Codes that only a server's reply carries; SessionExpired and Closing are also made by the client. */
const FROM_SERVER = new Set([NO_NODE, -102, -103, -108, -110, -111]);

/** Opens a session through the client that `zklab setup` built into ZKLAB_NATIVE_CLIENT. */
export function openStockSession(settings: SessionSettings): Promise<Session> {
  const directory = process.env["ZKLAB_NATIVE_CLIENT"];
  if (directory === undefined) {
    throw new Error(
      "open a session on npm zookeeper: ZKLAB_NATIVE_CLIENT is not set; run `zklab setup`",
    );
  }
  const load = createRequire(join(directory, "package.json"));
  const Client = load("zookeeper") as new () => StockClient;
  const client = new Client();
  return new Promise((resolve) => {
    const session = new StockSession(client);
    client.on("connect", () => resolve(session));
    client.init({
      connect: settings.connect,
      timeout: settings.timeoutMs,
      debug_level: LOG_NOTHING,
    });
  });
}

class StockSession implements Session {
  readonly #client: StockClient;
  readonly #listeners: ((state: SessionState) => void)[] = [];
  #id = "";
  #state: SessionState = "suspended";
  #closing = false;

  constructor(client: StockClient) {
    this.#client = client;
    client.on("connect", () => {
      this.#id = `0x${client.client_id.padStart(16, "0")}`;
      this.#become("connected");
    });
    client.on("connecting", () => this.#become("suspended"));
    client.on("close", () => this.#become(this.#closing ? "closed" : "expired"));
  }

  get id(): string {
    return this.#id;
  }

  get state(): SessionState {
    return this.#state;
  }

  onState(listener: (state: SessionState) => void): void {
    this.#listeners.push(listener);
  }

  createEphemeral(path: string, data: string, kind: "plain" | "sequential"): Promise<string> {
    return this.#create(path, data, kind === "plain" ? EPHEMERAL : EPHEMERAL | SEQUENCE);
  }

  async create(path: string, data: string): Promise<{ zxid: string }> {
    await this.#create(path, data, 0);
    // The C client gives no zxid for a create; the znode that it made tells it.
    const made = await this.exists(path);
    if (made === undefined) throw new AttemptError("NoNode", { certainty: "info" });
    return { zxid: made.czxid };
  }

  async createContainer(path: string): Promise<void> {
    try {
      await this.#create(path, "", CONTAINER);
    } catch (error) {
      if (!(error instanceof AttemptError) || error.code !== "NodeExists") throw error;
    }
  }

  async setData(path: string, data: string): Promise<{ zxid: string }> {
    const stat = await this.#call<StockStat | null>((done) =>
      this.#client.a_set(path, data, ANY_VERSION, (rc, _error, result) => done(rc, result)),
    );
    return { zxid: hex(stat?.mzxid ?? 0) };
  }

  checkedSetData(): Promise<{ zxid: string }> {
    return Promise.reject(new Error(NO_TRANSACTIONS));
  }

  checkedCreate(): Promise<{ zxid: string }> {
    return Promise.reject(new Error(NO_TRANSACTIONS));
  }

  async remove(path: string): Promise<void> {
    await this.#call<undefined>((done) =>
      this.#client.a_delete_(path, ANY_VERSION, (rc) => done(rc, undefined)),
    );
  }

  children(path: string): Promise<string[]> {
    return this.#call((done) =>
      this.#client.a_get_children(path, false, (rc, _error, names) => done(rc, names)),
    );
  }

  async exists(path: string, onChange?: () => void): Promise<Znode | undefined> {
    try {
      const stat = await this.#call<StockStat | null>((done) => {
        const answered: StatCallback = (rc, _error, result) => done(rc, result);
        if (onChange === undefined) return this.#client.a_exists(path, false, answered);
        const watcher = (type: number): void => {
          if (type !== SESSION_EVENT) onChange();
        };
        return this.#client.aw_exists(path, watcher, answered);
      });
      return stat === null
        ? undefined
        : { czxid: hex(stat.czxid), mine: stat.createdInThisSession };
    } catch (error) {
      if (error instanceof AttemptError && error.code === "NoNode") return undefined;
      throw error;
    }
  }

  abandon(): void {
    throw new Error("leave a session without closing it: npm zookeeper cannot; use client: own");
  }

  close(): Promise<void> {
    this.#closing = true;
    return new Promise((resolve) => {
      if (this.#state === "closed" || this.#state === "expired") return resolve();
      this.#listeners.push((state) => {
        if (state === "closed") resolve();
      });
      this.#client.close();
    });
  }

  #create(path: string, data: string, flags: number): Promise<string> {
    return this.#call((done) =>
      this.#client.a_create(path, data, flags, (rc, _error, created) => done(rc, created)),
    );
  }

  /** `start` returns the C client's own code: not 0 means that it was never queued, let alone sent. */
  #call<T>(start: (done: (rc: number, value: T) => void) => number): Promise<T> {
    return new Promise((resolve, reject) => {
      if (this.#state === "expired" || this.#state === "closed") {
        const code = this.#state === "expired" ? "SessionExpired" : "Closing";
        reject(new AttemptError(code, { certainty: "fail", unsent: true }));
        return;
      }
      const refused = start((rc, value) => {
        if (rc === 0) resolve(value);
        else
          reject(
            new AttemptError(nameOf(rc), { certainty: FROM_SERVER.has(rc) ? "fail" : "info" }),
          );
      });
      if (refused !== 0)
        reject(new AttemptError(nameOf(refused), { certainty: "fail", unsent: true }));
    });
  }

  #become(state: SessionState): void {
    if (state === this.#state) return;
    this.#state = state;
    for (const listener of this.#listeners) listener(state);
  }
}

function nameOf(code: number): string {
  return NAMES[code] ?? `Code${code}`;
}

function hex(zxid: number): string {
  return `0x${BigInt(zxid).toString(16)}`;
}
