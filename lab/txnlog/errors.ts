/** What can be wrong with a file of the evidence as a whole. What is wrong *inside* one is a value (LogTail). */

import { LabError } from "../errors.ts";

/** Bytes that do not form the value that should stand there; caught inside lab/txnlog/. */
export class JuteError extends Error {
  /** Byte offset in the buffer that was being read. */
  readonly offset: number;

  constructor(message: string, offset: number) {
    super(message);
    this.name = "JuteError";
    this.offset = offset;
  }
}

/** A log or snapshot file that cannot be read at all: not one of ZooKeeper's, compressed, or damaged. */
export class TxnLogError extends LabError {
  readonly server: string;
  readonly file: string;
  readonly offset: number;

  constructor(
    source: { readonly server: string; readonly file: string },
    offset: number,
    found: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super("evidence", `${source.server}: ${source.file}: ${found} at byte ${offset}`, options);
    this.name = "TxnLogError";
    this.server = source.server;
    this.file = source.file;
    this.offset = offset;
  }
}
