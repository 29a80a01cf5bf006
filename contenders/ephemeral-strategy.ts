/**
 * The strategies of the un-optimised recipe: whoever creates the ephemeral /leader leads; everybody
 * watches that one node. `ephemeral`, option 2 of the seed, binds its writes to the session that
 * leads: a lost connection is retried on the same session, and when the session expires the
 * contender ends. `ephemeral-renewed` takes a new session instead, and retries on it.
 */

import { setTimeout as delay } from "node:timers/promises";
import { promisesOf, type StrategyInfo, singleOptions } from "./catalogue.ts";
import type { ContenderEnvironment } from "./environment.ts";
import { rawWrite } from "./guarded-write.ts";
import type { Kit, Running, Strategy } from "./kit.ts";
import type { SingleOptions } from "./options.ts";
import { openOwnSession } from "./own-session.ts";
import { boundSession, isRetried } from "./retry.ts";
import { AttemptError, type Session } from "./session.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { type Sender, Writer } from "./writer.ts";

const RETRY_DELAY_MS = 50;
/** After resigning it lets another contender come first. */
const RESIGNED_PAUSE_MS = 250;

export function ephemeralStrategy(info: StrategyInfo, environment: ContenderEnvironment): Strategy {
  const options = singleOptions(info, environment.options);
  return {
    promises: promisesOf(info, environment.options),
    client: "zklab client",
    start: (kit) => start(kit, options),
  };
}

async function start(kit: Kit, options: SingleOptions): Promise<Running> {
  const renew = options.session === "renewed";
  const { environment, belief, emitter } = kit;
  const election = new SingleLeader(kit);
  const settings = { connect: environment.connect, timeoutMs: environment.sessionTimeoutMs };
  const keeper = new SessionKeeper(openOwnSession, settings, emitter, {
    renew,
    events: {
      onSession: (session) => election.onSession(session),
      onState: (session, state) => {
        if (state === "connected") void election.campaign(session);
        if (state !== "expired") return;
        belief.revoke("session-lost");
        if (renew) return;
        // Let the op in hand be refused and reported, then end: no retry across sessions.
        void writer.stop().then(() => kit.exit("session expired: leadership is revoked, ending"));
      },
    },
  });
  const sender: Sender = {
    transaction: false,
    guardOf: (_op, decided) => ({ kind: "session", session: decided?.id ?? "0x0" }),
    sessionFor: (decided) =>
      renew ? keeper.connected(3 * settings.timeoutMs) : boundSession(decided),
    send: rawWrite(options.write),
    retries: (error) => (renew ? isRetried(error) : error.code === "ConnectionLoss"),
  };
  const writer = new Writer(sender, kit, { write: options.write, current: () => keeper.current });
  await keeper.start();
  void writer.run();
  return {
    write: () => writer.write(),
    resign: async () => {
      await writer.idle();
      await election.resign();
    },
    stop: async () => {
      await writer.stop();
      await kit.failpoints.reach("before-revoke");
      election.stop();
      belief.revoke("stop");
      await keeper.stop();
    },
  };
}

class SingleLeader {
  readonly #kit: Kit;
  readonly #path: string;
  #session: Session | undefined;
  #stopped = false;
  #campaigning = false;

  constructor(kit: Kit) {
    this.#kit = kit;
    this.#path = `${kit.environment.electionPath}/leader`;
  }

  onSession(session: Session): void {
    this.#session = session;
    void this.campaign(session);
  }

  stop(): void {
    this.#stopped = true;
  }

  async resign(): Promise<void> {
    const session = this.#session;
    if (session === undefined || this.#kit.belief.token === undefined) return;
    this.#kit.belief.revoke("resign");
    await session.remove(this.#path);
    await delay(RESIGNED_PAUSE_MS);
    await this.campaign(session);
  }

  /** Tries to create the leader node until it does, or waits for the one who did. */
  async campaign(session: Session): Promise<void> {
    if (this.#campaigning || this.#stopped || this.#kit.belief.token !== undefined) return;
    this.#campaigning = true;
    try {
      await this.#tryOnce(session);
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error;
      this.#again(session);
    } finally {
      this.#campaigning = false;
    }
  }

  async #tryOnce(session: Session): Promise<void> {
    const own = this.#kit.incarnation;
    try {
      await session.createEphemeral(this.#path, own, "plain");
    } catch (error) {
      if (!(error instanceof AttemptError) || error.code !== "NodeExists") throw error;
      const there = await session.exists(this.#path, () => void this.campaign(session));
      if (there === undefined) return this.#again(session);
      // Its own node, from a create whose reply was lost, is a node that it leads by.
      if (!there.mine) return;
    }
    const znode = await session.exists(this.#path);
    if (znode?.mine !== true) return this.#again(session);
    this.#kit.belief.elect({ czxid: znode.czxid, path: this.#path });
    await this.#kit.failpoints.reach("after-elected");
  }

  #again(session: Session): void {
    if (session.state === "expired" || session.state === "closed" || this.#stopped) return;
    setTimeout(() => void this.campaign(session), RETRY_DELAY_MS).unref();
  }
}
