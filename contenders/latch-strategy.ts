/**
 * The strategies that elect with LeaderLatch. `naive` and `latch-check` share election, renewed
 * session and retries; the one difference is the guard. The wrong turns differ in one option each.
 */

import { latchOptions, promisesOf, type StrategyInfo } from "./catalogue.ts";
import type { ContenderEnvironment } from "./environment.ts";
import type { Kit, Running, Strategy } from "./kit.ts";
import { latchSender } from "./latch-senders.ts";
import { LeaderLatch } from "./leader-latch.ts";
import type { LatchOptions } from "./options.ts";
import { openOwnSession } from "./own-session.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { openStockSession } from "./stock-session.ts";
import { Writer } from "./writer.ts";

export function latchStrategy(info: StrategyInfo, environment: ContenderEnvironment): Strategy {
  const options = latchOptions(info, environment.options);
  return {
    promises: promisesOf(info, environment.options),
    client: options.client === "stock" ? "npm zookeeper" : "zklab client",
    start: (kit) => start(kit, options),
  };
}

async function start(kit: Kit, options: LatchOptions): Promise<Running> {
  const { environment, emitter } = kit;
  const latch = new LeaderLatch(kit, options);
  const settings = { connect: environment.connect, timeoutMs: environment.sessionTimeoutMs };
  const open = options.client === "stock" ? openStockSession : openOwnSession;
  const keeper = new SessionKeeper(open, settings, emitter, {
    ...{ renew: true, events: latch },
    leaves: options.onSilence === "leave",
  });
  const sender = latchSender(options, { keeper, latch, sessionTimeoutMs: settings.timeoutMs });
  const writer = new Writer(sender, kit, { write: options.write, current: () => keeper.current });
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
