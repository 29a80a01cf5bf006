/**
 * The sender: while it believes to lead it decides one op at a time and sees it through its attempts.
 * An op, once decided, is not dropped because leadership was lost meanwhile; that is the point.
 */

import { setTimeout as delay } from "node:timers/promises";
import type { Belief } from "./belief.ts";
import type { Guard, TokenText } from "./contract.ts";
import type { Emitter } from "./emitter.ts";
import type { Failpoints } from "./failpoints.ts";
import type { Kit } from "./kit.ts";
import { AttemptError, type Session, type Written } from "./session.ts";

/** One op as decided: what to write, under which term, with which guard. */
export interface DecidedOp {
  readonly id: string;
  readonly path: string;
  readonly data: string;
  readonly token: TokenText;
}

/** How a strategy guards and sends; the writer does the rest. */
export interface Sender {
  /** Whether a write is one transaction with its guard. */
  readonly transaction: boolean;
  /** Chosen when the op is decided, never re-read afterwards. */
  guardOf(op: DecidedOp, decided: Session | undefined): Guard;
  /** What a strategy does before the write itself, on the wire already: a check of its own. */
  before?(session: Session, op: DecidedOp): Promise<void>;
  /** The session for this attempt; waits for one. `decided` is the session at the decision. */
  sessionFor(decided: Session | undefined): Promise<Session>;
  send(session: Session, op: DecidedOp): Promise<Written>;
  /** Whether to try the same op again after this error. */
  retries(error: AttemptError): boolean;
}

export interface WriterOptions {
  /** set: the group's state znode over and over. create: a znode an op, `op-<id>`. */
  readonly write: "set" | "create";
  readonly current: () => Session | undefined;
}

const ATTEMPTS_MAX = 12;
const RETRY_DELAY_MS = 20;

export class Writer {
  readonly #sender: Sender;
  readonly #belief: Belief;
  readonly #emitter: Emitter;
  readonly #failpoints: Failpoints;
  readonly #kit: Kit;
  readonly #options: WriterOptions;
  #count = 0;
  #stopped = false;
  #busy: Promise<void> = Promise.resolve();

  constructor(sender: Sender, kit: Kit, options: WriterOptions) {
    this.#sender = sender;
    this.#belief = kit.belief;
    this.#emitter = kit.emitter;
    this.#failpoints = kit.failpoints;
    this.#kit = kit;
    this.#options = options;
  }

  /** Writes at its rate for as long as it runs; without a rate only `write` writes. */
  async run(): Promise<void> {
    const { writesPerSecond } = this.#kit.environment;
    if (writesPerSecond === 0) return;
    const periodMs = 1000 / writesPerSecond;
    while (!this.#stopped) {
      await this.#belief.elected();
      const started = performance.now();
      await this.write();
      await delay(Math.max(0, periodMs - (performance.now() - started)));
    }
  }

  /** Decides and performs one op if it believes to lead. */
  write(): Promise<void> {
    const token = this.#belief.token;
    if (token === undefined || this.#stopped) return Promise.resolve();
    const next = this.#busy.then(() => this.#perform(token));
    this.#busy = next;
    return next;
  }

  /** Takes no new op and resolves when the one in hand is settled. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#busy;
  }

  /** Resolves when no op is in hand; nothing keeps the next one from starting. */
  idle(): Promise<void> {
    return this.#busy;
  }

  async #perform(token: TokenText): Promise<void> {
    this.#count += 1;
    const id = `${this.#kit.incarnation}:${this.#count}`;
    const { write } = this.#options;
    const path =
      write === "set" ? this.#kit.statePath : `${this.#kit.environment.guardedPath}/op-${id}`;
    const op: DecidedOp = { id, path, data: id, token };
    const decided = this.#options.current();
    const guard = this.#sender.guardOf(op, decided);
    const action = this.#sender.transaction ? "multi" : write === "set" ? "setData" : "create";
    let uncertain = false;
    for (let attempt = 1; attempt <= ATTEMPTS_MAX; attempt += 1) {
      const subject = { type: "op", op: id, attempt } as const;
      const session = attempt === 1 ? decided : this.#options.current();
      this.#emitter.emit({
        ...subject,
        phase: "invoke",
        action,
        path: op.path,
        token,
        guard,
        ...(session === undefined ? {} : { session: session.id }),
      });
      const error = await this.#attempt(op, subject, decided);
      if (error === undefined) {
        this.#emitter.emit({ type: "settled", op: id, outcome: "ok" });
        return;
      }
      uncertain ||= error.certainty === "info";
      if (!this.#sender.retries(error)) break;
      await delay(RETRY_DELAY_MS);
    }
    this.#emitter.emit({ type: "settled", op: id, outcome: uncertain ? "info" : "fail" });
  }

  /** Undefined where the attempt succeeded. */
  async #attempt(
    op: DecidedOp,
    subject: { readonly type: "op"; readonly op: string; readonly attempt: number },
    decided: Session | undefined,
  ): Promise<AttemptError | undefined> {
    let session: Session | undefined;
    try {
      if (this.#sender.before !== undefined) {
        session = await this.#sender.sessionFor(decided);
        await this.#sender.before(session, op);
      }
      if (subject.attempt === 1) await this.#failpoints.reach("before-send", op.id);
      session ??= await this.#sender.sessionFor(decided);
      const written = await this.#sender.send(session, op);
      this.#emitter.emit({ ...subject, phase: "ok", session: session.id, ...written });
      return undefined;
    } catch (error) {
      if (!(error instanceof AttemptError)) throw error;
      this.#emitter.emit({
        ...subject,
        phase: error.certainty,
        code: error.code,
        ...(error.zxid === undefined ? {} : { zxid: error.zxid }),
        ...(error.fenced ? { fenced: true } : {}),
        ...(error.unsent ? { unsent: true } : {}),
        ...(error.connection === undefined ? {} : { connection: error.connection }),
        ...(session === undefined ? {} : { session: session.id }),
      });
      return error;
    }
  }
}
