/**
 * What an error says about the write (semantics.md 7). It is a matter of how far the request came,
 * never of the code that the error carries.
 *
 * Counterexample to judging by code: Java's ClientCnxn.conLossPacket gives SESSIONEXPIRED to requests
 * that were sent and not answered when the client is closed with writes in flight, and AUTHFAILED
 * likewise. A program that reports these as "certainly failed" will find them in the log: a false
 * phantom write. The other way round, ConnectionLoss is certain where the request never left.
 */

/**
 * How far a request came before its error was made:
 * - `unsent`: not one byte was handed to the socket;
 * - `sent`: bytes were handed to the socket and the server's own answer was never read, or could not be;
 * - `answered`: the server's reply frame for its xid carried an error code (for a multi: one of its
 *   results did).
 */
export type Progress = "unsent" | "sent" | "answered";

/** `fail`: it certainly did not happen. `info`: it may have happened, now or later. */
export type Certainty = "fail" | "info";

export function certaintyOf(progress: Progress): Certainty {
  return progress === "sent" ? "info" : "fail";
}
