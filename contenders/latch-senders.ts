/**
 * How the latch strategies guard and send: the right way and the wrong turns, one beside the other.
 */

import { guardedWrite, rawWrite } from "./guarded-write.ts";
import type { LeaderLatch } from "./leader-latch.ts";
import type { LatchOptions } from "./options.ts";
import { boundSession, isRetried } from "./retry.ts";
import { AttemptError, type Session } from "./session.ts";
import type { SessionKeeper } from "./session-keeper.ts";
import type { Sender } from "./writer.ts";

/** How long one attempt waits for a connected session, in session timeouts. */
const RECONNECT_TIMEOUTS = 3;

interface Parts {
  readonly keeper: SessionKeeper;
  readonly latch: LeaderLatch;
  readonly sessionTimeoutMs: number;
}

export function latchSender(options: LatchOptions, parts: Parts): Sender {
  const anySession = (): Promise<Session> =>
    parts.keeper.connected(RECONNECT_TIMEOUTS * parts.sessionTimeoutMs);
  const renewing = { sessionFor: anySession, retries: isRetried };
  switch (options.guard) {
    case "none":
      return {
        ...renewing,
        transaction: false,
        guardOf: () => ({ kind: "none" }),
        send: rawWrite(options.write),
      };
    case "path":
      return {
        ...renewing,
        transaction: true,
        guardOf: (op) => ({ kind: "path", path: op.token.path }),
        send: (session, op) => guardedWrite(options.write, session, op, op.token.path),
      };
    case "path-reread":
      return {
        ...renewing,
        transaction: true,
        guardOf: (op) => ({ kind: "path", path: op.token.path }),
        // The wrong turn: by now its latch may be another one, made after it had lost the first.
        send: (session, op) => {
          const path = parts.latch.ownPath;
          if (path !== undefined) return guardedWrite(options.write, session, op, path);
          const unsent = { certainty: "fail", unsent: true } as const;
          return Promise.reject(new AttemptError("InvalidState", unsent));
        },
      };
    case "path-before":
      return {
        ...renewing,
        transaction: false,
        guardOf: (op) => ({ kind: "path", path: op.token.path }),
        // The wrong turn: what was seen here may be gone when the write arrives.
        before: async (session, op) => {
          if ((await session.exists(op.token.path)) !== undefined) return;
          throw new AttemptError("NoNode", { certainty: "fail", unsent: true });
        },
        send: rawWrite(options.write),
      };
    case "session":
      return {
        transaction: false,
        guardOf: (_op, decided) => ({ kind: "session", session: decided?.id ?? "0x0" }),
        sessionFor: (decided) => boundSession(decided),
        send: rawWrite(options.write),
        retries: (error) => error.code === "ConnectionLoss",
      };
    default:
      return options.guard satisfies never;
  }
}
