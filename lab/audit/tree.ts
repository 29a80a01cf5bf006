/**
 * The tree that the committed transactions make, with the Stat fields that the log determines (as
 * DataTree.processTxn applies them). Only nodes that were created inside the history are known whole;
 * of what was there before the log begins, nothing is said, unless a snapshot tells. Replay over one is
 * idempotent, since it may hold later transactions than its name says (semantics 30).
 */

import { crc32 } from "../evidence/crc32.ts";
import type { SessionId, Zxid } from "../ids.ts";
import type { SnapshotNode, TxnOp, TxnRecord } from "../txnlog/types.ts";
import { parentOf } from "./paths.ts";

export interface ReplayedNode {
  readonly path: string;
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  /** The last creation or deletion of a child. */
  readonly pzxid: Zxid;
  readonly version: number;
  readonly aversion: number;
  /** 0 for a plain node; undefined for containers and TTL nodes, whose mark is no session. */
  readonly owner: SessionId | undefined;
  readonly data: Uint8Array;
}

type Draft = { -readonly [K in keyof ReplayedNode]: ReplayedNode[K] };

const NOBODY = 0n as SessionId;

export class TreeReplay {
  readonly #nodes = new Map<string, Draft>();
  readonly #owned = new Map<SessionId, Set<string>>();

  constructor(seeds: readonly SnapshotNode[] = []) {
    for (const { ephemeralOwner: owner = NOBODY, ...node } of seeds) {
      this.#nodes.set(node.path, { ...node, owner });
      if (owner !== NOBODY) this.#own(owner, node.path);
    }
  }

  get nodes(): ReadonlyMap<string, ReplayedNode> {
    return this.#nodes;
  }

  apply(record: TxnRecord): void {
    if (record.rejected) return;
    if (record.type === "closeSession") {
      const own = this.#owned.get(record.session) ?? [];
      for (const path of new Set([...own, ...(record.closes ?? [])]))
        this.#remove(path, record.zxid);
      this.#owned.delete(record.session);
      return;
    }
    for (const op of record.ops) this.#applyOp(op, record);
  }

  #applyOp(op: TxnOp, record: TxnRecord): void {
    if (op.op === "error" || op.op === "check") return;
    const node = this.#nodes.get(op.path);
    if (op.op === "create") this.#create(op, record);
    else if (op.op === "delete") this.#remove(op.path, record.zxid);
    else if (node !== undefined && op.op === "setAcl")
      node.aversion = Math.max(node.aversion, op.version);
    else if (node !== undefined && op.op === "setData" && node.mzxid <= record.zxid) {
      node.mzxid = record.zxid;
      node.version = op.version;
      node.data = op.data;
    }
  }

  #create(op: Extract<TxnOp, { op: "create" }>, { zxid, session }: TxnRecord): void {
    if ((this.#nodes.get(op.path)?.czxid ?? -1n) >= zxid) return;
    const isPlain = op.variant === "create" || op.variant === "create2";
    const owner = op.ephemeral ? session : isPlain ? NOBODY : undefined;
    this.#nodes.set(op.path, {
      ...{ path: op.path, czxid: zxid, mzxid: zxid, pzxid: zxid },
      ...{ version: 0, aversion: 0, owner, data: op.data },
    });
    if (op.ephemeral) this.#own(session, op.path);
    this.#touchParent(op.path, zxid);
  }

  #own(session: SessionId, path: string): void {
    this.#owned.set(session, (this.#owned.get(session) ?? new Set<string>()).add(path));
  }

  #remove(path: string, zxid: Zxid): void {
    const node = this.#nodes.get(path);
    if (node !== undefined && node.czxid > zxid) return;
    this.#nodes.delete(path);
    if (node?.owner !== undefined) this.#owned.get(node.owner)?.delete(path);
    this.#touchParent(path, zxid);
  }

  #touchParent(path: string, zxid: Zxid): void {
    const parent = this.#nodes.get(parentOf(path));
    if (parent !== undefined && zxid > parent.pzxid) parent.pzxid = zxid;
  }
}

/** What a walked tree says of the node's data. */
export function checksumOf(node: ReplayedNode): number {
  return crc32(node.data);
}
