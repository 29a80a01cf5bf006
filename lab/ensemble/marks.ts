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
import { RUN_ROOT } from "../scenario/resolve.ts";

const MARK_PATH = `${RUN_ROOT}/mark`;
const PROBE_PATH = `${RUN_ROOT}/probe`;
/** Ten a second keep the bracket of a position short. */
const PROBE_PERIOD_MS = 100;
const RETRY_MS = 50;
const SESSION_END_POLL_MS = 50;

export class Marks {
  readonly #client: ZooKeeper;
  readonly #recorder: Recorder;
  #probing = true;
  #probe: Promise<void> = Promise.resolve();

  private constructor(client: ZooKeeper, recorder: Recorder) {
    this.#client = client;
    this.#recorder = recorder;
  }

  /** Opens the lab's session, makes the run's znodes and commits the opening write. */
  static async open(
    connect: string,
    settings: { sessionTimeoutMs: number; groups: readonly GroupInfo[]; recorder: Recorder },
  ): Promise<Marks> {
    const { sessionTimeoutMs, groups, recorder } = settings;
    // The lab's session must outlive every fault of the run, so that one session is all it needs.
    const client = await ZooKeeper.connect({
      servers: connect,
      sessionTimeoutMs: sessionTimeoutMs * 5,
    });
    recorder.record({ type: "lab-session", session: formatSession(client.sessionId) });
    for (const path of [RUN_ROOT, MARK_PATH, PROBE_PATH]) await client.create(path, "");
    for (const group of groups) {
      const root = `${RUN_ROOT}/${group.name}`;
      for (const path of [root, group.electionPath, `${root}/guarded`, `${root}/guarded/state`]) {
        await client.create(path, "");
      }
    }
    const marks = new Marks(client, recorder);
    const { zxid } = await client.setData(MARK_PATH, "opening");
    recorder.record({ type: "opening", zxid: formatZxid(zxid), path: MARK_PATH });
    marks.#probe = marks.#runProbe();
    return marks;
  }

  /** Waits until no ephemeral of a contender is left in the election paths; false after the limit. */
  async untilElectionsEmpty(groups: readonly GroupInfo[], limitMs: number): Promise<boolean> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const left = await Promise.all(
        groups.map((group) => this.#client.children(group.electionPath)),
      );
      if (left.every((children) => children.length === 0)) return true;
      if (Date.now() > deadline) return false;
      await delay(SESSION_END_POLL_MS);
    }
  }

  /** The sealing write: the last of the run; then the lab's own session ends. */
  async seal(limitMs: number): Promise<Zxid> {
    this.#probing = false;
    await this.#probe;
    const { zxid } = await this.#untilWritten(limitMs);
    this.#recorder.record({ type: "sealing", zxid: formatZxid(zxid), path: MARK_PATH });
    return zxid;
  }

  async close(): Promise<void> {
    this.#probing = false;
    await this.#client.close();
  }

  async #untilWritten(limitMs: number): Promise<{ zxid: Zxid }> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      try {
        return await this.#client.setData(MARK_PATH, "sealing");
      } catch (error) {
        if (!(error instanceof ZooKeeperError) || Date.now() > deadline) throw error;
        await delay(RETRY_MS);
      }
    }
  }

  async #runProbe(): Promise<void> {
    while (this.#probing) {
      const invokedAt = this.#recorder.now();
      try {
        const { zxid } = await this.#client.setData(PROBE_PATH, "");
        this.#recorder.record({ type: "probe", invokedAt, zxid: formatZxid(zxid) });
      } catch (error) {
        if (!(error instanceof ZooKeeperError)) throw error;
        if (this.#client.state === "expired" || this.#client.state === "closed") return;
      }
      await delay(PROBE_PERIOD_MS);
    }
  }
}
