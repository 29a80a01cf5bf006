/**
 * The lab's own writes: the run's znodes, the opening and sealing writes that bound a run (semantics
 * 22), and the probe whose acknowledged writes place zxids in time (semantics 31). All of them are
 * outside the guarded paths, by a session that the history names as the lab's.
 */

import { setTimeout as delay } from "node:timers/promises";
import { ZooKeeper, ZooKeeperError } from "../client/index.ts";
import type { Recorder } from "../evidence/recorder.ts";
import type { GroupInfo } from "../evidence/run-info.ts";
import { formatSession, formatZxid, type Zxid } from "../ids.ts";
import type { Ensemble } from "./ensemble.ts";

/** Ten a second keep the bracket of a position short. */
const PROBE_PERIOD_MS = 100;
const RETRY_MS = 50;
const SESSION_END_POLL_MS = 50;

/** Whose znodes the lab makes before the opening write. */
export interface MarkedGroup {
  readonly name: string;
  readonly electionPath: string;
  readonly electionParent: "persistent" | "container";
  readonly guardedPath: string;
}

export class Marks {
  readonly #client: ZooKeeper;
  readonly #recorder: Recorder;
  readonly #markPath: string;
  readonly #probePath: string;
  #probing = true;
  #probe: Promise<void> = Promise.resolve();

  private constructor(client: ZooKeeper, recorder: Recorder, root: string) {
    this.#client = client;
    this.#recorder = recorder;
    this.#markPath = `${root}/mark`;
    this.#probePath = `${root}/probe`;
  }

  /** Opens the lab's session, makes the run's znodes and commits the opening write. */
  static async open(
    ensemble: Pick<Ensemble, "connectString" | "dial">,
    settings: {
      sessionTimeoutMs: number;
      root: string;
      groups: readonly MarkedGroup[];
      recorder: Recorder;
    },
  ): Promise<Marks> {
    const { sessionTimeoutMs, root, groups, recorder } = settings;
    // The lab's session must outlive every fault of the run, so that one session is all it needs.
    const client = await ZooKeeper.connect({
      servers: ensemble.connectString,
      sessionTimeoutMs: sessionTimeoutMs * 5,
      openSocket: (address) => ensemble.dial(address),
    });
    recorder.record({ type: "lab-session", session: formatSession(client.sessionId) });
    const marks = new Marks(client, recorder, root);
    try {
      await marks.#begin(root, groups);
      return marks;
    } catch (error) {
      marks.abandon();
      throw error;
    }
  }

  async #begin(root: string, groups: readonly MarkedGroup[]): Promise<void> {
    const client = this.#client;
    for (const path of [root, this.#markPath, this.#probePath]) await client.create(path, "");
    for (const { name, electionPath, electionParent: mode, guardedPath } of groups) {
      await client.create(`${root}/${name}`, "");
      await client.create(electionPath, "", { mode });
      for (const path of [guardedPath, `${guardedPath}/state`]) await client.create(path, "");
    }
    const { zxid } = await client.setData(this.#markPath, "opening");
    this.#recorder.record({ type: "opening", zxid: formatZxid(zxid), path: this.#markPath });
    this.#probe = this.#runProbe();
  }

  async exists(path: string): Promise<boolean> {
    return (await this.#client.exists(path)) !== undefined;
  }

  /** One write as the probe's, recorded as one; false where it was not acknowledged. */
  async write(): Promise<boolean> {
    const invokedAt = this.#recorder.now();
    try {
      const { zxid } = await this.#client.setData(this.#probePath, "");
      this.#recorder.record({ type: "probe", invokedAt, zxid: formatZxid(zxid) });
      return true;
    } catch (error) {
      if (!(error instanceof ZooKeeperError)) throw error;
      return false;
    }
  }

  /** Waits until no ephemeral of a contender is left in the election paths; false after the limit. */
  async untilElectionsEmpty(
    groups: readonly Pick<GroupInfo, "electionPath">[],
    limitMs: number,
  ): Promise<boolean> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const left = await Promise.all(groups.map((group) => this.campaigning(group.electionPath)));
      if (left.every((count) => count === 0)) return true;
      if (Date.now() > deadline) return false;
      await delay(SESSION_END_POLL_MS);
    }
  }

  /** The sealing write: the last of the run; then the lab's own session ends. */
  async seal(limitMs: number): Promise<Zxid> {
    this.#probing = false;
    await this.#probe;
    const { zxid } = await this.#untilWritten(limitMs);
    this.#recorder.record({ type: "sealing", zxid: formatZxid(zxid), path: this.#markPath });
    return zxid;
  }

  async close(): Promise<void> {
    this.#probing = false;
    await this.#client.close();
  }

  /** Ends at once, and leaves the session to expire: nobody is asked for anything more. */
  abandon(): void {
    this.#probing = false;
    this.#client.abandon();
  }

  /** How many stand in an election. A container that was reaped has no children either. */
  async campaigning(electionPath: string): Promise<number> {
    try {
      return (await this.#client.children(electionPath)).length;
    } catch (error) {
      if (error instanceof ZooKeeperError && error.zkName === "NoNode") return 0;
      throw error;
    }
  }

  async #untilWritten(limitMs: number): Promise<{ zxid: Zxid }> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      try {
        return await this.#client.setData(this.#markPath, "sealing");
      } catch (error) {
        if (!(error instanceof ZooKeeperError) || Date.now() > deadline) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  async #runProbe(): Promise<void> {
    while (this.#probing) {
      const isWritten = await this.write();
      const { state } = this.#client;
      if (!isWritten && (state === "expired" || state === "closed")) return;
      await delay(PROBE_PERIOD_MS);
    }
  }
}
