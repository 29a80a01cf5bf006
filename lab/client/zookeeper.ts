/**
 * The client as programs see it: one instance is one session. Every operation answers with a promise
 * that is settled by the server's reply, or rejected with a ZooKeeperError that says whether it may
 * have happened; replies, watch events and states arrive in the order in which the server sent them.
 */
import { EventEmitter } from "node:events";
import { connect as connectTcp } from "node:net";
import type { Duplex } from "node:stream";
import { LabError } from "../errors.ts";
import type { SessionId, Zxid } from "../ids.ts";
import type { Changed, Created, WatchSetting, Written } from "./calls.ts";
import * as calls from "./calls.ts";
import type { Ping } from "./connection.ts";
import { type CreateOptions, createProblem, isSequential } from "./create.ts";
import type { ClientState } from "./endings.ts";
import { type ConnectionLost, refusedHere } from "./errors.ts";
import { type MultiDone, multiCall, type Op, type OpResult, toBytes } from "./multi.ts";
import { pathProblem, withChroot, withoutChroot } from "./paths.ts";
import type { Acl, Stat } from "./records.ts";
import type { Call } from "./request.ts";
import { parseConnectString, type ServerAddress, ServerRound } from "./servers.ts";
import { Session } from "./session.ts";
import type { Watch } from "./watches.ts";

export interface ClientOptions {
  /** `host:port,host:port[/chroot]` */
  readonly servers: string;
  /** Asked for; the server may negotiate another within its bounds. */
  readonly sessionTimeoutMs: number;
  /** Carry on an existing session instead of making one. */
  readonly resume?: { readonly id: SessionId; readonly password: Uint8Array };
  /** Told to every server that the session comes to. */
  readonly auth?: readonly { readonly scheme: string; readonly credentials: string }[];
  /** Opens the stream to a server (TLS, a relay); it may still be connecting. Default: plain TCP. */
  readonly openSocket?: (address: ServerAddress) => Duplex;
  /** Draws the order of the servers. Default: Math.random. */
  readonly random?: () => number;
  /** Within which `connect` must succeed with some server. Default: 15,000. */
  readonly connectTimeoutMs?: number;
  /** The server's jute.maxbuffer: longer requests are refused here. Default: 1 MiB - 1. */
  readonly requestBytesMax?: number;
  /** A longer reply ends the connection. Default: 4 MiB. */
  readonly replyBytesMax?: number;
}

export interface ClientEvents {
  /** Every change of state. */
  state: [ClientState];
  /** A heartbeat: once when it is sent, once more when it is answered. */
  ping: [Ping];
  /** A connection, or an attempt at one, ended, and why. */
  lost: [ConnectionLost];
}

const CONNECT_TIMEOUT_MS = 15_000;
const REQUEST_BYTES_MAX = 0xf_ffff;
const REPLY_BYTES_MAX = 4 * 1024 * 1024;

export class ZooKeeper extends EventEmitter<ClientEvents> {
  readonly #session: Session;
  readonly #chroot: string;

  /**
   * Resolves with a connected client. Rejects with LabError "bad-input" for options that cannot be,
   * else with ZooKeeperError: ConnectionLoss when no server took us in time, SessionExpired when the
   * session to resume is gone (or its password wrong). Nothing is left running after a rejection.
   */
  static async connect(options: ClientOptions): Promise<ZooKeeper> {
    const client = new ZooKeeper(options);
    await client.#session.opened;
    return client;
  }

  private constructor(options: ClientOptions) {
    super();
    const { servers, chroot } = parseConnectString(options.servers);
    this.#chroot = chroot;
    this.#session = new Session(
      {
        round: new ServerRound(servers, options.random ?? Math.random),
        chroot,
        sessionTimeoutMs: checkedTimeout(options.sessionTimeoutMs),
        resume: options.resume,
        auth: options.auth ?? [],
        openSocket: options.openSocket ?? openTcp,
        connectTimeoutMs: options.connectTimeoutMs ?? CONNECT_TIMEOUT_MS,
        requestBytesMax: options.requestBytesMax ?? REQUEST_BYTES_MAX,
        replyBytesMax: options.replyBytesMax ?? REPLY_BYTES_MAX,
      },
      {
        state: (state) => this.emit("state", state),
        ping: (ping) => this.emit("ping", ping),
        lost: (error) => this.emit("lost", error),
      },
    );
  }

  get state(): ClientState {
    return this.#session.state;
  }
  get sessionId(): SessionId {
    return this.#session.id;
  }
  /** With the id, all that it takes to resume the session: a secret. */
  get password(): Uint8Array {
    return this.#session.password;
  }
  get negotiatedTimeoutMs(): number {
    return this.#session.negotiatedTimeoutMs;
  }
  /** The highest zxid of any reply. */
  get lastSeenZxid(): Zxid {
    return this.#session.lastSeenZxid;
  }
  /** 1 for the first connection of this client, one more for each that followed. */
  get connectionNumber(): number {
    return this.#session.connectionNumber;
  }

  async create(
    path: string,
    data: Uint8Array | string = "",
    options: CreateOptions = {},
  ): Promise<Created> {
    const problem = createProblem(options);
    if (problem !== undefined) throw refusedHere("create", path, problem);
    const server = this.#serverPath("create", path, isSequential(options));
    const created = await this.#submit(calls.createCall(server, toBytes(data), options));
    return { ...created, path: withoutChroot(this.#chroot, created.path) };
  }

  async delete(path: string, version = -1): Promise<Written> {
    return await this.#submit(calls.deleteCall(this.#serverPath("delete", path), version));
  }

  async setData(path: string, data: Uint8Array | string, version = -1): Promise<Changed> {
    const server = this.#serverPath("setData", path);
    return await this.#submit(calls.setDataCall(server, toBytes(data), version));
  }

  async getData(path: string, watch?: Watch): Promise<{ data: Uint8Array; stat: Stat }> {
    const server = this.#serverPath("getData", path);
    return await this.#submit(calls.getDataCall(server, this.#setting(watch)));
  }

  /** The node's Stat, or undefined; a watch on a missing node fires when it is created. */
  async exists(path: string, watch?: Watch): Promise<Stat | undefined> {
    const server = this.#serverPath("exists", path);
    return await this.#submit(calls.existsCall(server, this.#setting(watch)));
  }

  /** The names of the children, in no order. */
  async children(path: string, watch?: Watch): Promise<string[]> {
    return (await this.childrenAndStat(path, watch)).children;
  }

  async childrenAndStat(path: string, watch?: Watch): Promise<{ children: string[]; stat: Stat }> {
    const server = this.#serverPath("children", path);
    return await this.#submit(calls.childrenCall(server, this.#setting(watch)));
  }

  async getAcl(path: string): Promise<{ acl: Acl[]; stat: Stat }> {
    return await this.#submit(calls.getAclCall(this.#serverPath("getAcl", path)));
  }

  /** `version` is the node's aversion, -1 for any. */
  async setAcl(path: string, acl: readonly Acl[], version = -1): Promise<Changed> {
    return await this.#submit(calls.setAclCall(this.#serverPath("setAcl", path), acl, version));
  }

  /** After it, this client's server has every write that was committed before. */
  async sync(path = "/"): Promise<Written> {
    return await this.#submit(calls.syncCall(this.#serverPath("sync", path)));
  }

  /** All of the ops or none; a rejection carries the name of each op's result in `results`. */
  async multi(ops: readonly Op[]): Promise<MultiDone> {
    const done = await this.#submit(multiCall(ops.map((each) => this.#serverOp(each))));
    return { ...done, results: done.results.map((result) => this.#clientResult(result)) };
  }

  /** Authenticates this session, here and on every server that it comes to later. */
  async addAuth(scheme: string, credentials: string): Promise<void> {
    await this.#session.addAuth(scheme, credentials);
  }

  /**
   * Ends the session and waits for the server's word, at most 5 s: true if it came. False where the
   * client was not connected, or the word did not come: the session may then live until it expires.
   */
  async close(): Promise<boolean> {
    return await this.#session.close();
  }

  /** Drops the connection and stops, without ending the session. */
  abandon(): void {
    this.#session.abandon();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #submit<T>(call: Call<T>): Promise<T> {
    return await this.#session.submit(call);
  }

  #setting(watch: Watch | undefined): WatchSetting | undefined {
    if (watch === undefined) return undefined;
    return {
      watch: (event) => watch({ ...event, path: withoutChroot(this.#chroot, event.path) }),
      register: (kind, path, wrapped) => this.#session.watches.add(kind, path, wrapped),
    };
  }

  #serverPath(operation: string, path: string, sequential = false): string {
    const problem = pathProblem(path, sequential ? "sequential" : "whole");
    if (problem !== undefined) throw refusedHere(operation, path, problem);
    return withChroot(this.#chroot, path);
  }

  #serverOp(each: Op): Op {
    const creates = each.type === "create";
    const problem = creates ? createProblem(each.options) : undefined;
    if (problem !== undefined) throw refusedHere("multi", each.path, problem);
    return {
      ...each,
      path: this.#serverPath("multi", each.path, creates && isSequential(each.options)),
    };
  }

  #clientResult(result: OpResult): OpResult {
    if (result.type !== "create") return result;
    return { ...result, path: withoutChroot(this.#chroot, result.path) };
  }
}

function openTcp(address: ServerAddress): Duplex {
  return connectTcp({ host: address.host, port: address.port, noDelay: true });
}

function checkedTimeout(sessionTimeoutMs: number): number {
  if (Number.isInteger(sessionTimeoutMs) && sessionTimeoutMs > 0) return sessionTimeoutMs;
  const hint = "servers negotiate between 2 and 20 of their ticks";
  throw new LabError("bad-input", `sessionTimeoutMs ${sessionTimeoutMs}: no positive integer`, {
    hint,
  });
}
