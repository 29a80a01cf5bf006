/** The states of a client, which of them are ends, and what calls are refused with after each end. */
import { zkCode } from "./codes.ts";
import { type ConnectionLost, ZooKeeperError } from "./errors.ts";

export type ClientState =
  | "connecting"
  | "connected"
  | "suspended"
  | "expired"
  | "closed"
  | "auth-failed";

export type EndState = "expired" | "closed" | "auth-failed";

const CODES: Readonly<Record<EndState, { waiting: number; later: number }>> = {
  expired: { waiting: zkCode("SessionExpired"), later: zkCode("SessionExpired") },
  "auth-failed": { waiting: zkCode("AuthFailed"), later: zkCode("AuthFailed") },
  // Not SessionExpired, as Java has it: the session may live on, and so may what was sent.
  closed: { waiting: zkCode("ConnectionLoss"), later: zkCode("Closing") },
};

export function endStateOf(state: ClientState): EndState | undefined {
  return state === "expired" || state === "closed" || state === "auth-failed" ? state : undefined;
}

/** The code for requests that were waiting or in flight when the end came. */
export function codeAtTheEnd(state: EndState): number {
  return CODES[state].waiting;
}

/** The code for calls made after the end. */
export function codeAfterTheEnd(state: EndState): number {
  return CODES[state].later;
}

/** The error of a `connect` that came to an end before it was ever connected. */
export function neverConnected(
  state: EndState,
  lastLoss: ConnectionLost | undefined,
  limitMs: number,
): ZooKeeperError {
  const reason = lastLoss?.reason === "ended" ? undefined : lastLoss;
  const refused =
    state === "expired" ? "the session is gone, or its password is another" : undefined;
  return new ZooKeeperError({
    operation: "connect",
    code: codeAtTheEnd(state),
    progress: "unsent",
    detail: refused ?? reason?.message ?? `no server answered within ${limitMs} ms`,
    cause: reason,
  });
}
