/**
 * `ephemeral`, option 2 of the seed: the un-optimised recipe. Whoever creates the ephemeral /leader
 * leads; everybody watches that one node. Writes are bound to the session that leads: a lost
 * connection is retried on the same session, and when the session expires the contender ends.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Kit, MakeStrategy, Running } from "./kit.ts";
import { openOwnSession } from "./own-session.ts";
import { AttemptError, type Session } from "./session.ts";
import { SessionKeeper } from "./session-keeper.ts";
import { type Sender, Writer } from "./writer.ts";

const ATTEMPTS_MAX = 12;
const RETRY_DELAY_MS = 50;
/** After resigning it lets another contender come first. */
const RESIGNED_PAUSE_MS = 250;

export const ephemeral: MakeStrategy = () => ({
  promises: { guard: "session", atMostOnce: false, reportsAttempts: true },
  client: "zklab client",
  start,
});

async function start(kit: Kit): Promise<Running> {
  const { environment, belief, emitter } = kit;
  const election = new SingleLeader(kit);
  const settings = { connect: environment.connect, timeoutMs: environment.sessionTimeoutMs };
  const keeper = new SessionKeeper(openOwnSession, settings, emitter, {
    renew: false,
    events: {
      onSession: (session) => election.onSession(session),
      onState: (session, state) => {
        if (state === "connected") void election.campaign(session);
        if (state !== "expired") return;
        belief.revoke("session-lost");
        // Let the op in hand be refused and reported, then end: no retry across sessions.
        void writer.stop().then(() => kit.exit("session expired: leadership is revoked, ending"));
      },
    },
  });
  const sender: Sender = {
    action: "setData",
    guardOf: () => ({ kind: "session", session: keeper.current?.id ?? "0x0" }),
    sessionFor: (decided) => {
      if (decided !== undefined) return Promise.resolve(decided);
      return Promise.reject(
        new AttemptError("SessionExpired", { certainty: "fail", unsent: true }),
      );
    },
    send: (session, op) => session.setData(op.path, op.data),
    retries: (error) => error.code === "ConnectionLoss",
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
