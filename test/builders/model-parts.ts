/** The values that the run model is made of: groups, sub-operations, records, log files. */

import type { ContractLine } from "../../contenders/contract.ts";
import type { GroupInfo } from "../../lab/evidence/run-info.ts";
import { formatZxid, incarnation, type SessionId, type Zxid } from "../../lab/ids.ts";
import type { LogFile, TxnOp, TxnRecord, TxnType } from "../../lab/txnlog/types.ts";

const RECORD_BYTES = 128;

/** The parts of a record that a test chooses. */
export interface RecordParts {
  readonly type: TxnType;
  readonly session: SessionId;
  readonly cxid?: number;
  readonly ops?: readonly TxnOp[];
  readonly rejected?: boolean;
  readonly closes?: readonly string[] | undefined;
}

export interface TokenOf {
  readonly czxid: Zxid;
  readonly path: string;
}

type Said<T> = T extends unknown ? Omit<T, "seq" | "at"> : never;
export type SaidLine = Said<ContractLine>;

export function group(parts: Partial<GroupInfo> = {}): GroupInfo {
  const name = parts.name ?? "naive";
  return {
    name,
    strategy: "naive",
    options: {},
    promises: { guard: "none", atMostOnce: false, reportsAttempts: true },
    recipe: "curator-latch",
    electionPath: `/run/${name}/latch`,
    guarded: [`/run/${name}/guarded/**`],
    contenders: ["c1", "c2", "c3"],
    minimums: { exposed: 0, committedWrites: 0, terms: 0 },
    ...parts,
  };
}

/** Sub-operations as the log stores them. */
export const op = {
  create: (path: string, text = "", ephemeral = false): TxnOp => ({
    op: "create",
    variant: "create2",
    path,
    data: bytes(text),
    ephemeral,
    parentCVersion: 1,
    ttlMs: undefined,
  }),
  set: (path: string, text: string, version = 1): TxnOp => ({
    op: "setData",
    path,
    data: bytes(text),
    version,
  }),
  remove: (path: string): TxnOp => ({ op: "delete", path }),
  check: (path: string, version = 1): TxnOp => ({ op: "check", path, version }),
  acl: (path: string): TxnOp => ({ op: "setAcl", path, version: 1 }),
  error: (code: number): TxnOp => ({ op: "error", code }),
};

export function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A record's bytes: any one-to-one text of header and body will do for the audit. */
export function encode(record: Omit<TxnRecord, "bytes" | "source" | "digest">): Uint8Array {
  return bytes(
    JSON.stringify(record, (_key, value: unknown) =>
      typeof value === "bigint"
        ? value.toString(16)
        : value instanceof Uint8Array
          ? [...value]
          : value,
    ),
  );
}

/** A clean log file of these records, with sources and offsets of its own. */
export function logFile(server: string, records: readonly TxnRecord[]): LogFile {
  const first = records[0]?.zxid ?? 1n;
  const file = `log.${first.toString(16)}`;
  return {
    server,
    file,
    dbId: 0n,
    records: records.map((record, i) => ({
      ...record,
      source: { server, file, offset: 16 + i * RECORD_BYTES },
    })),
    tail: { kind: "padding", offset: 16 + records.length * RECORD_BYTES },
  };
}

export function tokenText(token: TokenOf): { czxid: string; path: string } {
  return { czxid: formatZxid(token.czxid), path: token.path };
}

/** The name of a group's n-th incarnation of a contender: `naive/c1#1`. */
export function who(groupName: string, contender: string, n = 1): string {
  return incarnation(`${groupName}/${contender}`, n);
}
