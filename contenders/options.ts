/** What a scenario may set on the shipped strategies; each strategy is a set of defaults of these. */

import { z } from "zod";

/** The election of LeaderLatch and what its writes are guarded by. */
export const latchOptionsSchema = z.strictObject({
  /** The stock npm client has no transactions; `own` is zklab's client. */
  client: z.enum(["stock", "own"]),
  /**
   * none: raw writes. path: option 1, one transaction that checks the latch path memorised when
   * elected. path-reread: the same, re-reading its current latch path at each attempt. path-before:
   * looks first and writes then, in two requests. session: writes only in the session that led.
   */
  guard: z.enum(["none", "path", "path-reread", "path-before", "session"]),
  /** protected: `_c_GUID-latch-…` as Curator's protected creation. unprotected: `latch-…`. */
  names: z.enum(["protected", "unprotected"]),
  /**
   * Curator's error policies. revoke (standard): gives leadership up on Disconnected. keep (session): when
   * the session is lost, or may be, since it was without a connection for a whole session timeout.
   */
  onSuspended: z.enum(["revoke", "keep"]),
  /**
   * recheck: Curator 5.4.0 and later, looks where its node stands. recreate: up to 5.3.0, deletes its node
   * and makes a new one. keep: asks nobody, since the node lives as long as the session does.
   */
  onReconnected: z.enum(["recheck", "recreate", "keep"]),
  /**
   * Without a connection for a whole session timeout: wait for a server's word on the session, or, as
   * Curator, leave it for a new one. Its latch then stands in the way until the servers expire it.
   */
  onSilence: z.enum(["wait", "leave"]),
  /** set: one znode over and over. create: a new znode an op. */
  write: z.enum(["set", "create"]),
});
export type LatchOptions = z.infer<typeof latchOptionsSchema>;

/** Curator's own LeaderLatch, in Java. */
export const curatorOptionsSchema = z.strictObject({
  /** standard: leadership is given up when the connection is lost. session: when the session is. */
  errorPolicy: z.enum(["standard", "session"]),
  /** none: raw writes. path: option 1. Curator's retries go on over sessions in both. */
  guard: z.enum(["none", "path"]),
});
export type CuratorOptions = z.infer<typeof curatorOptionsSchema>;

/** The un-optimised recipe: one ephemeral /leader. */
export const singleOptionsSchema = z.strictObject({
  /** ends: expiry ends the contender, writes never leave their session. renewed: a new one, and retry. */
  session: z.enum(["ends", "renewed"]),
  write: z.enum(["set", "create"]),
});
export type SingleOptions = z.infer<typeof singleOptionsSchema>;
