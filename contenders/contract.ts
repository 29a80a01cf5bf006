/**
 * The contract between the lab and a contender, version 1: environment in, JSON lines out, command
 * lines in. Any program in any language can speak it; `contract.schema.json` is generated from here.
 * Times are CLOCK_MONOTONIC nanoseconds as decimal strings, zxids and session ids are hex strings.
 */

import { z } from "zod";

export const CONTRACT_VERSION = 1;
/** A longer line is counted as bad and cut. */
export const LINE_BYTES_MAX = 64 * 1024;

export const FAILPOINTS = ["before-send", "after-elected", "before-revoke"] as const;
export type Failpoint = (typeof FAILPOINTS)[number];

const hexId = z.string().regex(/^0x[0-9a-f]{1,16}$/, "a hex id such as 0x100000002");
const monotonicNs = z.string().regex(/^[0-9]{1,20}$/, "nanoseconds as a decimal string");
const path = z.string().startsWith("/").max(4096);
const opId = z.string().min(1).max(256);

/** Orders terms: czxid and path of the election znode that won (design 2). */
export const tokenSchema = z.object({ czxid: hexId, path });
export type TokenText = z.infer<typeof tokenSchema>;

/** The guard an attempt was sent with: semantics 9. */
export const guardSchema = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("none") }),
  z.object({ kind: z.literal("path"), path }),
  z.object({ kind: z.literal("session"), session: hexId }),
  z.object({ kind: z.literal("version"), path, version: z.int() }),
  z.object({ kind: z.literal("epoch-node"), path, version: z.int() }),
]);
export type Guard = z.infer<typeof guardSchema>;
export type GuardKind = Guard["kind"];

export const promisesSchema = z.object({
  guard: z.enum(["none", "path", "session", "version", "epoch-node"]),
  /** No op is ever applied twice. */
  atMostOnce: z.boolean(),
  /** Every attempt of an op is reported, so that `fail` can be judged (semantics 7). */
  reportsAttempts: z.boolean(),
});
export type Promises = z.infer<typeof promisesSchema>;

const common = { seq: z.int().nonnegative(), at: monotonicNs };
const attempt = { op: opId, attempt: z.int().positive() };
/**
 * Which connection of its session an attempt's bytes were handed to, counted from 1. Who gives it says
 * also that attempts on one connection are handed over in the order of their invoke lines, those held at
 * a failpoint aside: ZooKeeper promises to commit them in that order (semantics 24).
 */
const connection = z.int().positive().optional();

export const contractLineSchema = z.union([
  z.object({
    type: z.literal("hello"),
    ...common,
    contract: z.literal(CONTRACT_VERSION),
    promises: promisesSchema,
    pid: z.int().positive(),
    bootId: z.string().max(64),
    failpoints: z.array(z.enum(FAILPOINTS)),
    client: z.string().max(200).optional(),
  }),
  z.object({
    type: z.literal("session"),
    ...common,
    id: hexId,
    role: z.enum(["election", "write", "both"]),
    state: z.enum(["connected", "suspended", "expired", "closed"]),
  }),
  z.object({
    type: z.literal("belief"),
    ...common,
    state: z.literal("elected"),
    token: tokenSchema,
  }),
  z.object({
    type: z.literal("belief"),
    ...common,
    state: z.literal("revoked"),
    reason: z.enum(["disconnected", "session-lost", "znode-lost", "resign", "stop", "error"]),
    token: tokenSchema.optional(),
  }),
  z.object({
    type: z.literal("op"),
    ...common,
    ...attempt,
    phase: z.literal("invoke"),
    action: z.enum(["create", "setData", "delete", "setAcl", "multi"]),
    path,
    session: hexId.optional(),
    token: tokenSchema.optional(),
    guard: guardSchema,
  }),
  z.object({
    type: z.literal("op"),
    ...common,
    ...attempt,
    phase: z.literal("ok"),
    zxid: hexId,
    session: hexId,
    connection,
  }),
  z.object({
    type: z.literal("op"),
    ...common,
    ...attempt,
    phase: z.enum(["fail", "info"]),
    /** ZooKeeper's name of the error, e.g. NoNode, ConnectionLoss, SessionExpired. */
    code: z.string().max(64),
    /** Only where the server itself answered: the transaction's zxid and which guard refused it. */
    zxid: hexId.optional(),
    /** True where the server refused it at its guard (a per-op error at the check). */
    fenced: z.boolean().optional(),
    /** True where it never reached a socket. */
    unsent: z.boolean().optional(),
    session: hexId.optional(),
    connection,
  }),
  /** No further attempt of this op will follow; what the contender takes its outcome to be. */
  z.object({
    type: z.literal("settled"),
    ...common,
    op: opId,
    outcome: z.enum(["ok", "fail", "info"]),
  }),
  z.object({
    type: z.literal("held"),
    ...common,
    failpoint: z.enum(FAILPOINTS),
    op: opId.optional(),
  }),
  z.object({
    type: z.literal("released"),
    ...common,
    failpoint: z.enum(FAILPOINTS),
    op: opId.optional(),
  }),
  z.object({
    type: z.literal("ping"),
    ...common,
    state: z.enum(["sent", "answered"]),
    session: hexId,
  }),
]);
export type ContractLine = z.infer<typeof contractLineSchema>;

/** Commands on the contender's stdin, one a line. `hold` takes effect at the nth time from now (1 = next). */
export type Command =
  | {
      readonly verb: "hold";
      readonly failpoint: Failpoint;
      readonly nth: number;
      readonly scope: "whole" | "sender";
    }
  | { readonly verb: "release" }
  | { readonly verb: "write" }
  | { readonly verb: "resign" }
  | { readonly verb: "stop" };

export function formatCommand(command: Command): string {
  return command.verb === "hold"
    ? `hold ${command.failpoint} ${command.nth} ${command.scope}`
    : command.verb;
}

/** Parses a command line; undefined where it is none. */
export function parseCommand(line: string): Command | undefined {
  const [verb, failpoint, nth = "1", scope = "whole"] = line.trim().split(/\s+/);
  if (verb === "release" || verb === "write" || verb === "resign" || verb === "stop")
    return { verb };
  if (verb !== "hold" || !/^[1-9][0-9]{0,8}$/.test(nth)) return undefined;
  if (scope !== "whole" && scope !== "sender") return undefined;
  const point = FAILPOINTS.find((name) => name === failpoint);
  return point === undefined ? undefined : { verb, failpoint: point, nth: Number(nth), scope };
}
