/** The errors of the client: one for operations, one for why a connection ended. */
import { LabError } from "../errors.ts";
import type { Zxid } from "../ids.ts";
import { type Certainty, certaintyOf, type Progress } from "./certainty.ts";
import { type ZkErrorName, zkCode, zkName } from "./codes.ts";

/** Why one connection (not the session) ended. */
export type LossReason =
  | "connect-failed" // the socket could not be opened, or closed before the handshake was answered
  | "connect-timeout" // no answer to the handshake within the time for one server
  | "closed-by-server"
  | "socket-error"
  | "read-timeout" // nothing heard for 2/3 of the session timeout
  | "protocol" // bytes that no ZooKeeper server sends
  | "ended"; // by us: closed, abandoned, expired

/** A connection's end, told with its server: `127.0.0.1:2181: read-timeout: nothing heard for …`. */
export class ConnectionLost extends LabError {
  readonly reason: LossReason;
  readonly server: string;

  constructor(
    server: string,
    reason: LossReason,
    detail: string,
    options: { cause?: unknown } = {},
  ) {
    super("ensemble", `${server}: ${reason}: ${detail}`, options);
    this.name = "ConnectionLost";
    this.reason = reason;
    this.server = server;
  }
}

export interface ZooKeeperErrorParts {
  readonly operation: string;
  readonly code: number;
  readonly progress: Progress;
  readonly path?: string | undefined;
  readonly zxid?: Zxid | undefined;
  readonly connection?: number | undefined;
  readonly results?: readonly ZkErrorName[] | undefined;
  readonly detail?: string | undefined;
  readonly cause?: unknown;
}

/**
 * An operation that did not succeed. `certainty` alone says whether it may have happened; `zkName`
 * says why. `zxid` is there where the server answered, `connection` where bytes were handed to a
 * socket, `results` for a multi that the server answered (per op: Ok before the failing one,
 * RuntimeInconsistency after it).
 */
export class ZooKeeperError extends LabError {
  readonly operation: string;
  readonly zkCode: number;
  readonly zkName: ZkErrorName;
  readonly certainty: Certainty;
  readonly path: string | undefined;
  readonly zxid: Zxid | undefined;
  readonly connection: number | undefined;
  readonly results: readonly ZkErrorName[] | undefined;

  constructor(parts: ZooKeeperErrorParts) {
    super("ensemble", describe(parts), parts.cause === undefined ? {} : { cause: parts.cause });
    this.name = "ZooKeeperError";
    this.operation = parts.operation;
    this.zkCode = parts.code;
    this.zkName = zkName(parts.code);
    this.certainty = certaintyOf(parts.progress);
    this.path = parts.path;
    this.zxid = parts.zxid;
    this.connection = parts.connection;
    this.results = parts.results;
  }
}

/** The error of a call that was refused here, before anything was sent. */
export function refusedHere(
  operation: string,
  path: string | undefined,
  detail: string,
): ZooKeeperError {
  const code = zkCode("BadArguments");
  return new ZooKeeperError({ operation, path, code, progress: "unsent", detail });
}

function describe(parts: ZooKeeperErrorParts): string {
  const subject = parts.path === undefined ? parts.operation : `${parts.operation} ${parts.path}`;
  const name = zkName(parts.code);
  const reason = name === "Unknown" ? `unknown error code ${parts.code}` : name;
  const cause = parts.cause instanceof Error ? parts.cause.message : undefined;
  const why = parts.detail ?? cause;
  const applied = { unsent: "never sent", sent: "may have been applied", answered: undefined };
  const standing = applied[parts.progress];
  return (
    [subject, reason, why].filter((part) => part !== undefined).join(": ") +
    (standing === undefined ? "" : ` (${standing})`)
  );
}
