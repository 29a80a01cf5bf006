/**
 * When to try again, and on which session. Retrying what should not be retried is Curator's default:
 * ConnectionLoss and SessionExpired alike, on whatever session is current by then.
 */

import { AttemptError, type Session } from "./session.ts";

const RETRIED: ReadonlySet<string> = new Set([
  "ConnectionLoss",
  "OperationTimeout",
  "SessionExpired",
  "Closing",
  "InvalidState",
]);
/** Only ever the session in which the op was decided. */
export function boundSession(decided: Session | undefined): Promise<Session> {
  if (decided !== undefined) return Promise.resolve(decided);
  return Promise.reject(new AttemptError("SessionExpired", { certainty: "fail", unsent: true }));
}

export function isRetried(error: AttemptError): boolean {
  return RETRIED.has(error.code);
}
