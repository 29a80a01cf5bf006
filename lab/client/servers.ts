/** The connect string, and the order in which its servers are tried. */
import { LabError } from "../errors.ts";
import { pathProblem } from "./paths.ts";

export interface ServerAddress {
  readonly host: string;
  readonly port: number;
}

export interface ConnectString {
  readonly servers: readonly ServerAddress[];
  /** "" or a path such as `/run-1`, put before every path of the client. */
  readonly chroot: string;
}

const DEFAULT_PORT = 2181;
/** `host`, `host:port`, `[v6]`, `[v6]:port`. */
const SERVER = /^(?:\[([0-9a-fA-F:.%a-z]+)\]|([^\s:[\]/]+))(?::(\d{1,5}))?$/;

/** Parses `host:port,host:port[/chroot]`; throws LabError "bad-input" naming the part that is wrong. */
export function parseConnectString(text: string): ConnectString {
  const slash = text.indexOf("/");
  const list = slash < 0 ? text : text.slice(0, slash);
  const chroot = slash < 0 || text.length === slash + 1 ? "" : text.slice(slash);
  const problem = chroot === "" ? undefined : pathProblem(chroot);
  if (problem !== undefined) throw badConnectString(text, `chroot ${problem}`);
  return { servers: list.split(",").map((part) => parseServer(text, part.trim())), chroot };
}

function parseServer(text: string, part: string): ServerAddress {
  const match = SERVER.exec(part);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? DEFAULT_PORT : Number(match[3]);
  if (host === undefined) throw badConnectString(text, `"${part}" is no host:port`);
  if (port < 1 || port > 65_535) throw badConnectString(text, `port ${port} is out of range`);
  return { host, port };
}

function badConnectString(text: string, problem: string): LabError {
  const hint = "write host:port,host:port, with /chroot after the last if there is one";
  return new LabError("bad-input", `connect string "${text}": ${problem}`, { hint });
}

export function formatAddress(address: ServerAddress): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  return `${host}:${address.port}`;
}

const STEADY_MS = 500;

/**
 * Goes round the servers in an order drawn once. Within a round the next server is tried at once;
 * between rounds there is a pause, so that a dead ensemble costs a few attempts a second.
 * (Java sleeps up to 1 s before *every* reconnection: noise that a lab would measure as fail-over.)
 */
export class ServerRound {
  readonly #order: readonly ServerAddress[];
  readonly #random: () => number;
  #tried = 0;
  #next = 0;

  constructor(servers: readonly ServerAddress[], random: () => number) {
    this.#random = random;
    this.#order = shuffled(servers, random);
  }

  get size(): number {
    return this.#order.length;
  }

  /** The server to try now, and how long to wait before. */
  next(): { address: ServerAddress; delayMs: number } {
    const address = this.#order[this.#next % this.#order.length];
    if (address === undefined) throw new Error("bug in zklab: a connect string without servers");
    this.#next += 1;
    const delayMs = this.#tried > 0 && this.#tried % this.#order.length === 0 ? this.#pauseMs() : 0;
    this.#tried += 1;
    return { address, delayMs };
  }

  /**
   * Called at every loss. After a connection that lasted a new round begins, at once; one that was
   * lost right away counts as an attempt, or a server that takes us and drops us would be a busy loop.
   */
  lost(stoodMs: number): void {
    if (stoodMs >= STEADY_MS) this.#tried = 0;
  }

  #pauseMs(): number {
    return 100 + this.#random() * 100;
  }
}

function shuffled<T>(values: readonly T[], random: () => number): T[] {
  const order = values.map((value) => ({ value, key: random() }));
  return order.sort((a, b) => a.key - b.key).map((entry) => entry.value);
}
