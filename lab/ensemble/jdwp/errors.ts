/** What a debugger's conversation with a JVM can end in. */

import { LabError } from "../../errors.ts";

/**
 * `refused`: the JVM answered with an error code; `lost`: the connection is gone (and the JVM runs on);
 * `late`: no answer within the limit; `garbled`: what came is not JDWP.
 */
export type JdwpFailure = "refused" | "lost" | "late" | "garbled";

export class JdwpError extends LabError {
  readonly failure: JdwpFailure;
  /** The JVM's own error code where it refused. */
  readonly errorCode: number | undefined;

  constructor(
    failure: JdwpFailure,
    message: string,
    options: { errorCode?: number; cause?: unknown } = {},
  ) {
    super(failure === "late" ? "timeout" : "fault", message, {
      ...("cause" in options ? { cause: options.cause } : {}),
      ...(failure === "lost" ? { hint: "a JVM whose debugger is gone runs on by itself" } : {}),
    });
    this.name = "JdwpError";
    this.failure = failure;
    this.errorCode = options.errorCode;
  }
}

/** The codes that a debugger of running servers meets; the others keep their number. */
const NAMES: Readonly<Record<number, string>> = {
  10: "INVALID_THREAD",
  13: "THREAD_NOT_SUSPENDED",
  14: "THREAD_SUSPENDED",
  20: "INVALID_OBJECT",
  21: "INVALID_CLASS",
  22: "CLASS_NOT_PREPARED",
  23: "INVALID_METHODID",
  24: "INVALID_LOCATION",
  25: "INVALID_FIELDID",
  34: "TYPE_MISMATCH",
  99: "NOT_IMPLEMENTED",
  103: "ILLEGAL_ARGUMENT",
  112: "VM_DEAD",
  113: "INTERNAL",
};

export const INVALID_OBJECT = 20;

export function nameOfError(code: number): string {
  return NAMES[code] ?? `error ${code}`;
}
