/**
 * `naive` and `latch-check`: the same election, the same renewed session, the same retries. The one
 * difference is the guard: none, or option 1 of the seed, a transaction that first checks that the
 * latch path memorised when elected still exists. Retrying what should not be retried is Curator's
 * default: ConnectionLoss and SessionExpired, on whatever session is current by then.
 */

import { z } from "zod";
import type { ContenderEnvironment } from "./environment.ts";
import type { Kit, MakeStrategy, Running, Strategy } from "./kit.ts";
import { LeaderLatch } from "./leader-latch.ts";
import { openOwnSession } from "./own-session.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { openStockSession } from "./stock-session.ts";
import { type Sender, Writer } from "./writer.ts";

const RETRIED = new Set([
  "ConnectionLoss",
  "OperationTimeout",
  "SessionExpired",
  "Closing",
  "InvalidState",
]);
const ATTEMPTS_MAX = 12;
/** How long one attempt waits for a connected session, in session timeouts. */
const RECONNECT_TIMEOUTS = 3;

interface LatchOptions {
  readonly guard: "none" | "path";
  readonly client: "own" | "stock";
}

const optionsSchema = z.strictObject({
  guard: z.enum(["none", "path"]).optional(),
  client: z.enum(["own", "stock"]).optional(),
});

/** Raw writes on the stock npm client, or with `client: own` on ours. */
export const naive: MakeStrategy = (environment) =>
  latchStrategy(environment, { guard: "none", client: "stock" });

/** Option 1; `guard: none` takes exactly the guard away again. */
export const latchCheck: MakeStrategy = (environment) =>
  latchStrategy(environment, { guard: "path", client: "own" });

function latchStrategy(environment: ContenderEnvironment, defaults: LatchOptions): Strategy {
  const given = optionsSchema.parse(environment.options);
  const options = { guard: given.guard ?? defaults.guard, client: given.client ?? defaults.client };
  return {
    promises: { guard: options.guard, atMostOnce: false, reportsAttempts: true },
    client: options.client === "stock" ? "npm zookeeper" : "zklab client",
    start: (kit) => start(kit, options),
  };
}

async function start(kit: Kit, options: LatchOptions): Promise<Running> {
  const { environment, belief, emitter, failpoints } = kit;
  const latch = new LeaderLatch(environment.electionPath, kit.incarnation, { belief, failpoints });
  const settings = { connect: environment.connect, timeoutMs: environment.sessionTimeoutMs };
  const open = options.client === "stock" ? openStockSession : openOwnSession;
  const keeper = new SessionKeeper(open, settings, emitter, { renew: true, events: latch });
  const sender: Sender = {
    action: options.guard === "path" ? "multi" : "setData",
    guardOf: (op) =>
      options.guard === "path" ? { kind: "path", path: op.token.path } : { kind: "none" },
    sessionFor: () => keeper.connected(RECONNECT_TIMEOUTS * settings.timeoutMs),
    send: (session, op) =>
      options.guard === "path"
        ? session.checkedSetData(op.token.path, op.path, op.data)
        : session.setData(op.path, op.data),
    retries: (error) => RETRIED.has(error.code),
  };
  const writer = new Writer(sender, kit, {
    incarnation: kit.incarnation,
    path: kit.statePath,
    writesPerSecond: environment.writesPerSecond,
    attemptsMax: ATTEMPTS_MAX,
    current: () => keeper.current,
  });
  await keeper.start();
  void writer.run();
  return {
    write: () => writer.write(),
    resign: async () => {
      await writer.idle();
      await latch.resign();
    },
    stop: async () => {
      await writer.stop();
      await latch.stop();
      await keeper.stop();
    },
  };
}
