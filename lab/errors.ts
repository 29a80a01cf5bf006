/**
 * Errors and exit codes. A violation that the audit finds is a value and never passes through here;
 * a LabError is something that kept zklab from doing its work, told so that a person can act on it.
 */

/** Exit codes of every command. `audit`, `verify`, `risk` and `doctor` use a subset (see --help). */
export const EXIT = {
  asExpected: 0,
  notAsExpected: 1,
  unknown: 2,
  environment: 3,
  usage: 64,
  bug: 70,
  interrupted: 130,
} as const satisfies Record<string, number>;
export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

/** What went wrong, as stable words; each maps to one exit code. */
export type LabErrorCode =
  | "usage"
  | "bad-input"
  | "environment"
  | "ensemble"
  | "contender"
  | "fault"
  | "evidence"
  | "timeout"
  | "interrupted";

/**
 * An expected failure. The message says what was attempted, on what, and what was found (lower case,
 * no full stop); `hint` says what to do about it.
 */
export class LabError extends Error {
  readonly code: LabErrorCode;
  readonly hint: string | undefined;

  constructor(
    code: LabErrorCode,
    message: string,
    options: { hint?: string; cause?: unknown } = {},
  ) {
    super(message, "cause" in options ? { cause: options.cause } : {});
    this.name = "LabError";
    this.code = code;
    this.hint = options.hint;
  }
}

/** The exit code that a failure of this kind ends the process with. */
export function exitCodeOf(error: unknown): ExitCode {
  if (!(error instanceof LabError)) return EXIT.bug;
  switch (error.code) {
    case "usage":
    case "bad-input":
      return EXIT.usage;
    case "interrupted":
      return EXIT.interrupted;
    case "environment":
    case "ensemble":
    case "contender":
    case "fault":
    case "evidence":
    case "timeout":
      return EXIT.environment;
    default:
      return assertNever(error.code);
  }
}

/** Throws when an invariant of zklab itself does not hold: a bug in zklab, exit code 70. */
export function assert(condition: unknown, message: string): asserts condition {
  if (!condition) throw new Error(`bug in zklab: ${message}`);
}

export function assertNever(value: never): never {
  throw new Error(`bug in zklab: unexpected value ${String(value)}`);
}
