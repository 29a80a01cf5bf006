/** The writes themselves: raw, or in one transaction with a check of a path. */

import type { LatchOptions } from "./options.ts";
import type { Session, Written } from "./session.ts";
import type { DecidedOp } from "./writer.ts";

type Write = LatchOptions["write"];

export function rawWrite(write: Write): (session: Session, op: DecidedOp) => Promise<Written> {
  return write === "set"
    ? (session, op) => session.setData(op.path, op.data)
    : (session, op) => session.create(op.path, op.data);
}

/** Commits only if `guard` exists at that moment: the server decides both at once. */
export function guardedWrite(
  write: Write,
  session: Session,
  op: DecidedOp,
  guard: string,
): Promise<Written> {
  return write === "set"
    ? session.checkedSetData(guard, op.path, op.data)
    : session.checkedCreate(guard, op.path, op.data);
}
