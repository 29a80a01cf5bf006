/**
 * The optimised election recipe as Curator's LeaderLatch runs it (5.4.0 and later, standard error
 * policy): an ephemeral sequential child with a GUID in its name; the lowest number leads; the others
 * watch the one before them. Leadership is given up on Disconnected, and re-checked on reconnection.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Belief } from "./belief.ts";
import type { Failpoints } from "./failpoints.ts";
import { AttemptError, type Session, type SessionState } from "./session.ts";

const MARKER = "latch-";
const RETRY_DELAY_MS = 50;

export class LeaderLatch {
  readonly #electionPath: string;
  readonly #label: string;
  readonly #belief: Belief;
  readonly #failpoints: Failpoints;
  #session: Session | undefined;
  #ownPath: string | undefined;
  #stopped = false;

  constructor(
    electionPath: string,
    label: string,
    parts: { belief: Belief; failpoints: Failpoints },
  ) {
    this.#electionPath = electionPath;
    this.#label = label;
    this.#belief = parts.belief;
    this.#failpoints = parts.failpoints;
  }

  /** A new session: the old latch node dies with the old one, so campaign anew. */
  onSession(session: Session): void {
    this.#session = session;
    this.#ownPath = undefined;
    void this.#campaign(session);
  }

  onState(session: Session, state: SessionState): void {
    if (session !== this.#session) return;
    if (state === "suspended") this.#belief.revoke("disconnected");
    else if (state === "expired") this.#belief.revoke("session-lost");
    else if (state === "connected") void this.#check(session);
  }

  /** Gives leadership up and goes to the end of the queue. */
  async resign(): Promise<void> {
    const session = this.#session;
    const path = this.#ownPath;
    if (session === undefined || path === undefined) return;
    this.#belief.revoke("resign");
    this.#ownPath = undefined;
    await this.#untilDone(session, () => session.remove(path));
    await this.#campaign(session);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#failpoints.reach("before-revoke");
    this.#belief.revoke("stop");
  }

  async #campaign(session: Session): Promise<void> {
    const guid = randomUUID();
    const prefix = `${this.#electionPath}/_c_${guid}-${MARKER}`;
    await this.#untilDone(session, async () => {
      // Protected creation: a create whose reply was lost is looked for before it is repeated.
      const names = await session.children(this.#electionPath);
      const made = names.find((name) => name.startsWith(`_c_${guid}-`));
      this.#ownPath =
        made === undefined
          ? await session.createEphemeral(prefix, this.#label, "sequential")
          : `${this.#electionPath}/${made}`;
    });
    await this.#check(session);
  }

  /** Curator's checkLeadership: first child leads, anybody else watches the child before its own. */
  async #check(session: Session): Promise<void> {
    const own = this.#ownPath;
    if (own === undefined) return;
    const found = await this.#untilDone(session, async () => {
      const names = (await session.children(this.#electionPath)).sort(bySequence);
      const index = names.indexOf(own.slice(this.#electionPath.length + 1));
      if (index < 0) return { place: "gone" } as const;
      if (index > 0) {
        const before = `${this.#electionPath}/${names[index - 1]}`;
        const there = await session.exists(before, () => void this.#check(session));
        return { place: there === undefined ? "again" : "behind" } as const;
      }
      const znode = await session.exists(own);
      if (znode === undefined) return { place: "gone" } as const;
      return { place: "first", czxid: znode.czxid } as const;
    });
    if (found === undefined || this.#ownPath !== own) return;
    if (found.place === "first") {
      this.#belief.elect({ czxid: found.czxid, path: own });
      await this.#failpoints.reach("after-elected");
    } else if (found.place === "again") {
      await this.#check(session);
    } else if (found.place === "gone") {
      this.#belief.revoke("znode-lost");
      await this.#campaign(session);
    }
  }

  /** Repeats a step over connection losses while this session lives; undefined once it does not. */
  async #untilDone<T>(session: Session, step: () => Promise<T>): Promise<T | undefined> {
    while (!this.#stopped && session === this.#session) {
      try {
        return await step();
      } catch (error) {
        if (!(error instanceof AttemptError)) throw error;
        if (session.state === "expired" || session.state === "closed") return undefined;
        if (error.code === "NoNode") return undefined;
        await delay(RETRY_DELAY_MS);
      }
    }
    return undefined;
  }
}

/** As LeaderLatch compares: the text after the last marker. */
function bySequence(a: string, b: string): number {
  const [left, right] = [sequenceOf(a), sequenceOf(b)];
  return left < right ? -1 : left > right ? 1 : 0;
}

function sequenceOf(name: string): string {
  const at = name.lastIndexOf(MARKER);
  return at < 0 ? name : name.slice(at + MARKER.length);
}
