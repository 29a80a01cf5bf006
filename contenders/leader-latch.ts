/**
 * The optimised election recipe as Curator's LeaderLatch runs it: an ephemeral sequential child, with
 * a GUID in its name; the lowest number leads; the others watch the one before them. What it does on
 * Disconnected and on reconnection differs by error policy and version, and is an option here.
 */

import { randomUUID } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import type { Belief } from "./belief.ts";
import type { TokenText } from "./contract.ts";
import type { Failpoints } from "./failpoints.ts";
import type { Kit } from "./kit.ts";
import type { LatchOptions } from "./options.ts";
import { AttemptError, type Session, type SessionState } from "./session.ts";

const MARKER = "latch-";
const RETRY_DELAY_MS = 50;

export class LeaderLatch {
  readonly #electionPath: string;
  readonly #label: string;
  readonly #belief: Belief;
  readonly #failpoints: Failpoints;
  readonly #options: LatchOptions;
  readonly #sessionTimeoutMs: number;
  #session: Session | undefined;
  #ownPath: string | undefined;
  /** What it was elected with by this node. */
  #won: TokenText | undefined;
  /** Runs while it believes without a connection. */
  #patience: NodeJS.Timeout | undefined;
  /** The session in which it is making its node; what happens meanwhile, that campaign sees through. */
  #campaigning: Session | undefined;
  #stopped = false;

  constructor(kit: Kit, options: LatchOptions) {
    this.#electionPath = kit.environment.electionPath;
    this.#label = kit.incarnation;
    this.#belief = kit.belief;
    this.#failpoints = kit.failpoints;
    this.#options = options;
    this.#sessionTimeoutMs = kit.environment.sessionTimeoutMs;
  }

  /** Its latch node of this moment, if it has one. */
  get ownPath(): string | undefined {
    return this.#ownPath;
  }

  /** A new session: the old latch node dies with the old one, so campaign anew. */
  onSession(session: Session): void {
    this.#session = session;
    this.#forget();
    void this.#campaign(session);
  }

  onState(session: Session, state: SessionState): void {
    if (session !== this.#session) return;
    clearTimeout(this.#patience);
    if (state === "expired") this.#belief.revoke("session-lost");
    else if (state === "suspended") this.#onSuspended();
    else if (state === "connected") void this.#onReconnected(session);
  }

  #onSuspended(): void {
    if (this.#options.onSuspended === "revoke") {
      this.#belief.revoke("disconnected");
      return;
    }
    // The servers expire it about now, and nobody can tell: Curator too takes it for lost.
    const giveUp = (): void => this.#belief.revoke("session-lost");
    this.#patience = setTimeout(giveUp, this.#sessionTimeoutMs);
  }

  async #onReconnected(session: Session): Promise<void> {
    const { onReconnected } = this.#options;
    if (onReconnected === "keep" && this.#won !== undefined) {
      this.#belief.elect(this.#won);
      return;
    }
    if (onReconnected !== "recreate") return this.#check(session);
    if (this.#campaigning === session) return;
    // Up to Curator 5.3.0: reset() on RECONNECTED, which gives away a place that was never lost.
    const path = this.#ownPath;
    this.#belief.revoke("znode-lost");
    this.#forget();
    await this.#campaign(session, path);
  }

  /** Gives leadership up and goes to the end of the queue. */
  async resign(): Promise<void> {
    const session = this.#session;
    const path = this.#ownPath;
    if (session === undefined || path === undefined || this.#campaigning === session) return;
    this.#belief.revoke("resign");
    this.#forget();
    await this.#campaign(session, path);
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#patience);
    await this.#failpoints.reach("before-revoke");
    this.#belief.revoke("stop");
  }

  #forget(): void {
    this.#ownPath = undefined;
    this.#won = undefined;
  }

  /**
   * Leaves its old place, if it has one, and takes a new one. One at a time: a connection that came and
   * went twice began two, and the node that the first had made stood before the second's for good.
   */
  async #campaign(session: Session, leaving?: string): Promise<void> {
    if (this.#campaigning === session) return;
    this.#campaigning = session;
    try {
      if (leaving !== undefined) await this.#untilDone(session, () => session.remove(leaving));
      const protection = this.#options.names === "protected" ? `_c_${randomUUID()}-` : "";
      await this.#untilDone(session, () => this.#createLatch(session, protection));
    } finally {
      if (this.#campaigning === session) this.#campaigning = undefined;
    }
    await this.#check(session);
  }

  async #createLatch(session: Session, protection: string): Promise<void> {
    const prefix = `${this.#electionPath}/${protection}${MARKER}`;
    try {
      // Protected creation: a create whose reply was lost is looked for before it is repeated.
      const names = protection === "" ? [] : await session.children(this.#electionPath);
      const made = names.find((name) => name.startsWith(protection));
      this.#ownPath =
        made === undefined
          ? await session.createEphemeral(prefix, this.#label, "sequential")
          : `${this.#electionPath}/${made}`;
    } catch (error) {
      if (!(error instanceof AttemptError) || error.code !== "NoNode") throw error;
      // The parent, a container, was reaped while nobody campaigned: make it anew, as Curator does.
      await session.createContainer(this.#electionPath);
      await this.#createLatch(session, protection);
    }
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
      this.#won = { czxid: found.czxid, path: own };
      this.#belief.elect(this.#won);
      await this.#failpoints.reach("after-elected");
    } else if (found.place === "again") {
      await this.#check(session);
    } else if (found.place === "gone") {
      this.#belief.revoke("znode-lost");
      this.#forget();
      await this.#campaign(session);
    } else {
      // Somebody stands before it: what it believed was of another place.
      this.#belief.revoke("znode-lost");
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
