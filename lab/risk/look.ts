/**
 * One look at one server: AdminServer's zabstate where there is one (it answers during an election too),
 * else `srvr`. Both only read. A server that is down, refuses, is slow or answers rubbish becomes a Silent
 * with the reason, and never an error: the others go on.
 */

import { connect as connectTcp, isIP } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import { z } from "zod";
import { fourLetterWord, parseSrvr } from "../client/four-letter-word.ts";
import { formatAddress, type ServerAddress } from "../client/servers.ts";
import { counterOf, epochOf } from "../ids.ts";
import { getJson } from "./admin.ts";
import type { Answered, ElectionTimes, Look } from "./types.ts";

export interface LookOptions {
  /** Of the AdminServers; undefined: they are not asked. */
  readonly adminPort: number | undefined;
  /** Client port and AdminServer by TLS. */
  readonly tls: ConnectionOptions | undefined;
  /** `user:password` of digest authentication, for AdminServers that want it. */
  readonly auth: string | undefined;
  /** Each question's limit. */
  readonly limitMs: number;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** Asks all at once, each at most twice its limit long. */
export function lookAtAll(
  servers: readonly ServerAddress[],
  options: LookOptions,
): Promise<readonly Look[]> {
  return Promise.all(servers.map((server) => lookAt(server, options)));
}

export async function lookAt(server: ServerAddress, options: LookOptions): Promise<Look> {
  const name = formatAddress(server);
  const [byAdmin, bySrvr, election] = await Promise.all([
    askZabstate(server, options),
    askSrvr(server, options),
    askElections(server, options),
  ]);
  const base = { server: name, election };
  if (typeof byAdmin === "object") {
    if (typeof bySrvr !== "object")
      return { ...base, ...byAdmin, via: "zabstate", version: undefined };
    // An observer says so only there.
    const mode = bySrvr.mode === "observer" ? bySrvr.mode : byAdmin.mode;
    return { ...base, ...byAdmin, mode, via: "zabstate", version: bySrvr.version };
  }
  const at = options.now();
  if (byAdmin === ELECTING) return { server: name, at, why: ELECTING, electing: true };
  if (typeof bySrvr === "object") return { ...base, ...bySrvr, via: "srvr" };
  return { server: name, at, why: bySrvr, electing: bySrvr === ELECTING };
}

/** An address is no name that may be asked for (RFC 6066): the certificate is held against it all the same. */
function nameOf({ host }: ServerAddress): { readonly servername?: string } {
  return isIP(host) === 0 ? { servername: host } : {};
}

type Position = Pick<Answered, "at" | "mode" | "epoch" | "counter">;

const ELECTING = "it does not serve: it looks for a leader";
const U32_MAX = 0xffff_ffff;

/** The reason as text where it gives no position. */
async function askSrvr(
  server: ServerAddress,
  { tls, limitMs, now }: LookOptions,
): Promise<(Position & { readonly version: string }) | string> {
  const open = () =>
    tls === undefined
      ? connectTcp({ ...server })
      : connectTls({ ...server, ...nameOf(server), ...tls });
  try {
    const began = now();
    const srvr = parseSrvr(await fourLetterWord(open, "srvr", limitMs));
    if (srvr === undefined) return ELECTING;
    const { mode, zxid, version } = srvr;
    return {
      at: middle(began, now()),
      mode,
      version,
      epoch: epochOf(zxid),
      counter: counterOf(zxid),
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return message.replace(/^srvr of server: /, "");
  }
}

/** A standalone server has no zabstate: its own answer to `srvr` says what it is. */
const zabstateSchema = z.object({
  is_leader: z.boolean(),
  zabstate: z.enum(["election", "discovery", "synchronization", "broadcast"]),
  zab_epoch: z.int().min(0).max(U32_MAX),
  zab_counter: z.int().min(0).max(U32_MAX),
});

/** ELECTING while its last zxid is only what it was before the election. */
async function askZabstate(
  server: ServerAddress,
  options: LookOptions,
): Promise<Position | typeof ELECTING | undefined> {
  const began = options.now();
  const found = zabstateSchema.safeParse(await ask(server, "zabstate", options)).data;
  if (found === undefined) return undefined;
  if (found.zabstate !== "broadcast") return ELECTING;
  const mode = found.is_leader ? "leader" : "follower";
  const at = middle(began, options.now());
  return { at, mode, epoch: found.zab_epoch, counter: found.zab_counter };
}

/** An answer was given somewhere between question and receipt; the middle is the best that can be said. */
function middle(began: number, ended: number): number {
  return (began + ended) / 2;
}

async function askElections(
  server: ServerAddress,
  options: LookOptions,
): Promise<ElectionTimes | undefined> {
  const found = await ask(server, "monitor", options);
  const numbers = z.record(z.string(), z.unknown()).safeParse(found).data;
  if (numbers === undefined) return undefined;
  const number = (name: string): number | undefined => {
    const value = numbers[name];
    return typeof value === "number" && Number.isFinite(value) && value >= 0 ? value : undefined;
  };
  const larger = (a: number | undefined, b: number | undefined): number | undefined =>
    a === undefined ? b : Math.max(a, b ?? 0);
  return {
    voteMaxMs: number("max_election_time"),
    unavailableMaxMs: larger(number("max_unavailable_time"), number("max_leader_unavailable_time")),
    count: number("cnt_election_time"),
  };
}

function ask(
  server: ServerAddress,
  command: string,
  { adminPort, tls, auth, limitMs }: LookOptions,
): Promise<unknown> {
  if (adminPort === undefined) return Promise.resolve(undefined);
  return getJson({
    host: server.host,
    port: adminPort,
    path: `/commands/${command}`,
    tls,
    auth,
    limitMs,
  });
}
