/**
 * Ephemerals and sessions as the committed transactions have them (semantics 21, 29). An ephemeral ends
 * only by a committed delete of its path or by its session's committed closeSession; a session ends at
 * its closeSession, not at its timeout, since a new leader restarts all timers. One deletion has no
 * transaction: on becoming leader a server drops the ephemerals of sessions that it does not know, on
 * itself only. So what is wrong shows as a contradiction: a later transaction, which a leader logs only
 * after it has looked at its own tree, takes a node for gone, or for there.
 */

import type { SessionId } from "../ids.ts";
import type { TxnOp, TxnRecord } from "../txnlog/types.ts";

export interface Ephemeral {
  readonly path: string;
  readonly session: SessionId;
  readonly created: TxnRecord;
}

/** A node that a transaction takes for something else than the history has it. */
export interface Contradiction {
  readonly kind: "lost" | "leaked";
  readonly node: Ephemeral;
  /** The session's closeSession; undefined where it lives. */
  readonly closed: TxnRecord | undefined;
  /** What shows it; for a node made after its session's end, the creation itself. */
  readonly shownBy: TxnRecord;
  readonly how: string;
}

export class Ephemerals {
  /** Made by a session that has not ended, or leaked, and not deleted since. */
  readonly #living = new Map<string, Ephemeral>();
  /** Ended with their session and not made again since. */
  readonly #dead = new Map<string, Ephemeral>();
  readonly #bySession = new Map<SessionId, Set<string>>();
  readonly #closed = new Map<SessionId, TxnRecord>();
  readonly #contradictions: Contradiction[] = [];
  created = 0;

  get contradictions(): readonly Contradiction[] {
    return this.#contradictions;
  }

  get living(): readonly Ephemeral[] {
    return [...this.#living.values()];
  }

  /** The closeSession that ended the session, unless it lives or is not known. */
  endOf(session: SessionId): TxnRecord | undefined {
    return this.#closed.get(session);
  }

  /** Applies one committed transaction. */
  apply(record: TxnRecord): void {
    if (record.rejected) return;
    if (record.type === "createSession") this.#closed.delete(record.session);
    else if (record.type === "closeSession") this.#close(record);
    else for (const op of record.ops) this.#applyOp(op, record);
  }

  #applyOp(op: TxnOp, record: TxnRecord): void {
    if (op.op === "error") return;
    if (op.op !== "create") this.#expectThere(op.path, `a ${op.op} of it`, record);
    if (op.op === "delete") this.#forget(op.path);
    if (op.op !== "create") return;
    this.#expectGone(op.path, record);
    this.#forget(op.path);
    this.#dead.delete(op.path);
    if (op.ephemeral) this.#create({ path: op.path, session: record.session, created: record });
  }

  #create(node: Ephemeral): void {
    this.created += 1;
    this.#living.set(node.path, node);
    const own = this.#bySession.get(node.session) ?? new Set<string>();
    this.#bySession.set(node.session, own.add(node.path));
    // A closed id without a new createSession may write on as a local session, and yet own no ephemeral:
    // its first one makes the server log a createSession before it.
    const closed = this.#closed.get(node.session);
    if (closed === undefined) return;
    const how = "was created after its session had ended";
    this.#contradictions.push({ kind: "leaked", node, closed, shownBy: node.created, how });
  }

  /** Deletes the paths in the record (3.6+) and whatever the session still owns (DataTree.killSession). */
  #close(record: TxnRecord): void {
    this.#closed.set(record.session, record);
    const paths = new Set([
      ...(this.#bySession.get(record.session) ?? []),
      ...(record.closes ?? []),
    ]);
    for (const path of paths) {
      const node = this.#living.get(path);
      if (node === undefined) continue;
      this.#forget(path);
      if (node.session === record.session) this.#dead.set(path, node);
    }
    this.#bySession.delete(record.session);
  }

  #expectThere(path: string, what: string, shownBy: TxnRecord): void {
    const node = this.#dead.get(path);
    if (node === undefined) return;
    this.#dead.delete(path);
    const closed = this.#closed.get(node.session);
    const how = `outlived its session, as ${what} shows`;
    this.#contradictions.push({ kind: "leaked", node, closed, shownBy, how });
  }

  #expectGone(path: string, shownBy: TxnRecord): void {
    const node = this.#living.get(path);
    if (node === undefined) return;
    const how =
      "was gone without a delete and before its session's end, as its next creation shows";
    this.#contradictions.push({ kind: "lost", node, closed: undefined, shownBy, how });
  }

  #forget(path: string): void {
    const node = this.#living.get(path);
    if (node === undefined) return;
    this.#living.delete(path);
    this.#bySession.get(node.session)?.delete(path);
  }
}

/** True for records that say something of ephemerals, sessions apart. */
export function touches(record: TxnRecord, path: string): boolean {
  return record.ops.some((op) => op.op !== "error" && op.path === path);
}
