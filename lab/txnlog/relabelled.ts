/**
 * A rejected multi may be logged in two forms. DataTree.processTxn writes `error` over the type of its
 * sub-operations when it applies one, in the very object that the log thread of the same server may
 * still have to write: a server that hears of the commit before it has logged (a leader whose disk is
 * slower than its followers', mostly while it begins a new file) logs sub-operations of type -1 that
 * carry the body of the setData or create they were. Seen on 3.4.14 and 3.9.5, once in some hundred
 * rejected multis. Nothing of such a multi applies either way, so both forms are one record to us.
 */

import { JuteError } from "./errors.ts";
import { JuteReader } from "./jute.ts";
import { type OpType, readOp } from "./ops.ts";
import { TXN_HEADER_BYTES } from "./scan.ts";
import type { TxnOp, TxnType } from "./types.ts";

/** An ErrorTxn is one int; no other body is as short. */
const ERROR_BYTES = 4;
/** What a client can put into a multi. Lengths tell them apart: each takes exactly its bytes. */
const CANDIDATES: readonly OpType[] = [
  "setData",
  "create",
  "delete",
  "check",
  "createContainer",
  "createTTL",
];
const ERROR_TYPE = -1;

export function isRelabelled(type: TxnType, data: Uint8Array): boolean {
  return type === "error" && data.length !== ERROR_BYTES;
}

/** The operation under the cursor as it was before its type was overwritten. Throws JuteError. */
export function readRelabelled(reader: JuteReader): TxnOp {
  const { at, end } = reader;
  for (const type of CANDIDATES) {
    reader.moveTo(at, end);
    try {
      const op = readOp(reader, type);
      if (reader.remaining() === 0 && "path" in op && op.path.startsWith("/")) return op;
    } catch (error) {
      if (!(error instanceof JuteError)) throw error;
    }
  }
  throw new JuteError(`an error of a multi with ${end - at} bytes that are no operation`, at);
}

/** A copy of a multi's header and body with every sub-operation's type written as `error`. */
export function withoutSubOpTypes(multi: Uint8Array): Uint8Array {
  const copy = multi.slice();
  const reader = new JuteReader(copy, TXN_HEADER_BYTES);
  for (let n = reader.int("txns"); n > 0; n -= 1) {
    reader.view.setInt32(reader.at, ERROR_TYPE);
    reader.int("type");
    reader.buffer("data");
  }
  return copy;
}
