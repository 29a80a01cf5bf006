/**
 * What is a guarded write (semantics 8), and which op it belongs to. Not writes: deletions by closeSession
 * (an ex-leader's guarded ephemerals die after the next term began), container and TTL reaping, reconfig
 * and anything of client 0; nor the sub-operations of a rejected multi, which keep their type in the log
 * although nothing of them was applied. One transaction with n guarded sub-operations is one write.
 */

import type { HistoryTxn, TxnOp, TxnRecord } from "../txnlog/types.ts";
import type { ContenderId } from "./contenders.ts";
import type { Op } from "./ops.ts";
import type { ElectionNode, Leading, Position, Term } from "./terms.ts";

export type WriteOp = Extract<TxnOp, { op: "create" | "delete" | "setData" | "setAcl" }>;

/** One guarded path of a write, with who led just before it. */
export interface WriteTarget {
  readonly at: Position;
  readonly path: string;
  readonly op: WriteOp["op"];
  readonly leading: Leading;
}

/** A check in the write's transaction; `version` is the one after it, as logged. */
export interface GuardCheck {
  readonly path: string;
  readonly version: number;
  /** The election znode of that name at that position. */
  readonly node: ElectionNode | undefined;
}

export interface GuardedWrite {
  readonly group: string;
  readonly txn: HistoryTxn;
  readonly targets: readonly WriteTarget[];
  readonly checks: readonly GuardCheck[];
  /** Versions that the transaction's setData sub-operations left behind, by path. */
  readonly setVersions: ReadonlyMap<string, number>;
  /** The contender whose session wrote; undefined: of none. */
  readonly writer: ContenderId | undefined;
  /** The writer's last term begun before this write. */
  readonly lastLed: Term | undefined;
  readonly opId: string | undefined;
  /** The op as the contender told it; undefined: unjoined. */
  readonly op: Op | undefined;
}

/** True where a client asked for the record and it was applied. */
export function isClientsOwn(record: TxnRecord): boolean {
  return (
    !record.rejected &&
    record.session !== 0n &&
    record.type !== "deleteContainer" &&
    record.type !== "reconfig"
  );
}

export function isWriteOp(op: TxnOp): op is WriteOp {
  return op.op === "create" || op.op === "delete" || op.op === "setData" || op.op === "setAcl";
}

const OP_ID_BYTES_MAX = 256;
/** Contender, incarnation, counter: `c1#1:17`. */
const OP_ID = /^[^\s#]+#[1-9][0-9]*:[0-9]+$/;

/** The op id that a sub-operation carries: the data up to its first space or NUL, or `/op-<id>` at the path's end. */
export function opIdOf(op: TxnOp): string | undefined {
  if (op.op === "create" || op.op === "setData") {
    const text = firstWord(op.data);
    if (OP_ID.test(text)) return text;
  }
  if (op.op === "error") return undefined;
  const at = op.path.lastIndexOf("/op-");
  const tail = at < 0 ? "" : op.path.slice(at + "/op-".length);
  return tail === "" || tail.includes("/") ? undefined : tail;
}

/** The first op id in a record, in the order of its sub-operations. */
export function opIdOfRecord(record: TxnRecord): string | undefined {
  for (const op of record.ops) {
    const id = opIdOf(op);
    if (id !== undefined) return id;
  }
  return undefined;
}

function firstWord(data: Uint8Array): string {
  let text = "";
  for (const byte of data.subarray(0, OP_ID_BYTES_MAX)) {
    if (byte === 0x20 || byte === 0) break;
    text += String.fromCharCode(byte);
  }
  return text;
}
