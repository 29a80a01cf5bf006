/**
 * Keeps a contender connected the way Curator does: when the session expires, a new one is opened,
 * and whoever asks for `current` gets the new one. That convenience is the first half of the seed's
 * violation; strategies that must not survive expiry (option 2) open one session and stop with it.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Emitter } from "./emitter.ts";
import {
  AttemptError,
  type OpenSession,
  type Session,
  type SessionSettings,
  type SessionState,
} from "./session.ts";

const REOPEN_DELAY_MS = 100;

export interface SessionEvents {
  onSession(session: Session): void;
  onState(session: Session, state: SessionState): void;
}

export class SessionKeeper {
  readonly #open: OpenSession;
  readonly #settings: SessionSettings;
  readonly #emitter: Emitter;
  readonly #events: SessionEvents;
  readonly #renew: boolean;
  readonly #leaves: boolean;
  #silence: NodeJS.Timeout | undefined;
  readonly #waiting: ((session: Session) => void)[] = [];
  #current: Session | undefined;
  #stopping = false;

  constructor(
    open: OpenSession,
    settings: SessionSettings,
    emitter: Emitter,
    options: {
      renew: boolean;
      events: SessionEvents;
      /** Takes a session for lost that had no connection for its whole timeout; default: waits. */
      leaves?: boolean;
    },
  ) {
    this.#open = open;
    this.#settings = settings;
    this.#emitter = emitter;
    this.#renew = options.renew;
    this.#leaves = options.leaves ?? false;
    this.#events = options.events;
  }

  get current(): Session | undefined {
    return this.#current;
  }

  /** Opens the first session; retries until one is had, as Curator's client does. */
  async start(): Promise<void> {
    while (!this.#stopping) {
      try {
        this.#adopt(await this.#open(this.#settings));
        return;
      } catch (error) {
        process.stderr.write(`open a session: ${String(error)}\n`);
        await delay(REOPEN_DELAY_MS);
      }
    }
  }

  /** Resolves with a connected session, a new one if need be; rejects after the limit. */
  connected(limitMs: number): Promise<Session> {
    if (this.#current?.state === "connected") return Promise.resolve(this.#current);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(settle), 1);
        reject(new AttemptError("ConnectionLoss", { certainty: "fail", unsent: true }));
      }, limitMs);
      const settle = (session: Session): void => {
        clearTimeout(timer);
        resolve(session);
      };
      this.#waiting.push(settle);
    });
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    clearTimeout(this.#silence);
    await this.#current?.close();
  }

  #adopt(session: Session): void {
    this.#current = session;
    this.#say(session, "connected");
    session.onState((state) => this.#onState(session, state));
    this.#events.onSession(session);
    this.#wake(session);
  }

  #onState(session: Session, state: SessionState): void {
    this.#say(session, state);
    clearTimeout(this.#silence);
    if (state === "suspended" && this.#leaves) {
      this.#silence = setTimeout(() => session.abandon(), this.#settings.timeoutMs);
    }
    this.#events.onState(session, state);
    if (state === "connected") this.#wake(session);
    if (state !== "expired" || session !== this.#current) return;
    this.#current = undefined;
    if (this.#renew && !this.#stopping) void this.start();
  }

  #wake(session: Session): void {
    for (const settle of this.#waiting.splice(0)) settle(session);
  }

  #say(session: Session, state: SessionState): void {
    this.#emitter.emit({ type: "session", id: session.id, role: "both", state });
  }
}
