/**
 * What the transaction log says, as values. A record is one server's testimony that it logged a
 * transaction; that it was committed is a judgement over all servers' logs (see history.ts).
 */

import type { SessionId, Zxid } from "../ids.ts";

/** Where a record stands on disk: byte offset of its checksum field in that server's log file. */
export interface RecordSource {
  readonly server: string;
  readonly file: string;
  readonly offset: number;
}

/**
 * One sub-operation as the log stores it (org.apache.zookeeper.txn.*). `version` is the version
 * that the node has *after* the operation (PrepRequestProcessor.checkAndIncVersion), never the
 * expected one: semantics 9. `error` has lost its path.
 */
export type TxnOp =
  | {
      readonly op: "create";
      readonly variant: "create" | "create2" | "createTTL" | "createContainer";
      readonly path: string;
      readonly data: Uint8Array;
      readonly ephemeral: boolean;
      /** Undefined in the V0 form of ZooKeeper < 3.3 logs. */
      readonly parentCVersion: number | undefined;
      readonly ttlMs: bigint | undefined;
    }
  | { readonly op: "delete"; readonly path: string }
  | {
      readonly op: "setData";
      readonly path: string;
      readonly data: Uint8Array;
      readonly version: number;
    }
  | { readonly op: "setAcl"; readonly path: string; readonly version: number }
  | { readonly op: "check"; readonly path: string; readonly version: number }
  | { readonly op: "error"; readonly code: number };

/** ZooDefs.OpCode of the record as a word; `deleteContainer` and `reconfig` are never a client's write. */
export type TxnType =
  | "create"
  | "create2"
  | "createTTL"
  | "createContainer"
  | "delete"
  | "deleteContainer"
  | "setData"
  | "setAcl"
  | "check"
  | "multi"
  | "createSession"
  | "closeSession"
  | "reconfig"
  | "error";

export interface TxnRecord {
  readonly zxid: Zxid;
  /** The session that asked for it; 0 for the server's own (container and TTL reaping). */
  readonly session: SessionId;
  readonly cxid: number;
  /** The leader's wall clock, in ms since 1970. Shown, never judged by (semantics 31). */
  readonly timeMs: number;
  readonly type: TxnType;
  /** In order; empty for session and reconfig records. A single operation is a list of one. */
  readonly ops: readonly TxnOp[];
  /** True where nothing of it applies: an `error` record, or a multi with an `error` sub-op. */
  readonly rejected: boolean;
  /** createSession: the negotiated timeout. */
  readonly timeoutMs: number | undefined;
  /** closeSession with a body (3.6+): the ephemerals it deletes. Undefined: by replay. */
  readonly closes: readonly string[] | undefined;
  /** treeDigest that follows the record (3.6+), where there is one. */
  readonly digest: bigint | undefined;
  /**
   * Header and body as logged, without digest and padding: what two servers are compared by (semantics
   * 23). In a rejected multi the sub-operations' types are blanked, see relabelled.ts.
   */
  readonly bytes: Uint8Array;
  readonly source: RecordSource;
}

/** How a log file ends. `torn` and `corrupt` name the byte; what stands before it is good. */
export type LogTail =
  | { readonly kind: "clean" | "padding"; readonly offset: number }
  | { readonly kind: "torn" | "corrupt"; readonly offset: number; readonly reason: string };

export interface LogFile {
  readonly server: string;
  readonly file: string;
  readonly dbId: bigint;
  readonly records: readonly TxnRecord[];
  readonly tail: LogTail;
}

/** One znode as a snapshot holds it. */
export interface SnapshotNode {
  readonly path: string;
  readonly data: Uint8Array;
  readonly czxid: Zxid;
  readonly mzxid: Zxid;
  readonly pzxid: Zxid;
  readonly version: number;
  readonly cversion: number;
  readonly aversion: number;
  /** Only where EphemeralType is NORMAL (semantics 30); undefined for persistent, container and TTL nodes. */
  readonly ephemeralOwner: SessionId | undefined;
}

/** A fuzzy snapshot: the name's zxid is only a lower bound on what it holds. */
export interface Snapshot {
  readonly server: string;
  readonly file: string;
  readonly zxid: Zxid;
  readonly sessions: ReadonlyMap<SessionId, number>;
  readonly nodes: readonly SnapshotNode[];
}

/** An epoch that a server led, and the last zxid it held when the vote for it began (semantics 2). */
export interface WonElection {
  readonly epoch: number;
  readonly lastZxid: Zxid;
}

/** A turn of an election as a server's own log tells it, by its wall clock. */
export interface ServerMoment {
  readonly turn: "looking" | "won" | "established" | "broadcast" | "leaving";
  readonly atMs: number;
  /** `won`: how long the vote took. */
  readonly tookMs?: number;
  /** `established`: the epoch. */
  readonly epoch?: number;
}

/** Everything one server left behind, decoded. */
export interface ServerLogs {
  readonly server: string;
  /** `participant` unless run.json says otherwise; an observer's copy is proof and no vote (semantics 2). */
  readonly role: "participant" | "observer";
  readonly files: readonly LogFile[];
  readonly snapshots: readonly Snapshot[];
  readonly acceptedEpoch: number | undefined;
  readonly currentEpoch: number | undefined;
  /** Epochs that this server is known to have led, from its own log lines ("LEADING"). */
  readonly ledEpochs: readonly number[];
  /** With which history it was elected to lead them, from the same lines; absent: not known. */
  readonly elections?: readonly WonElection[];
  /** Epochs that it ended itself since their counter was used up, from the same lines. */
  readonly rolledOver?: readonly number[];
  /** Up to which zxids it was given a leader's whole tree instead of transactions, from the same lines. */
  readonly transfers?: readonly Zxid[];
  /** The turns of its elections, from the same lines. */
  readonly moments?: readonly ServerMoment[];
  /** Files that could not be decoded at all, with the reason. */
  readonly unreadable: readonly { readonly file: string; readonly reason: string }[];
}

/** One transaction of the union, with every server that logged it. */
export interface HistoryTxn {
  readonly record: TxnRecord;
  /** Names of the servers on whose logs it stands, in order. */
  readonly servers: readonly string[];
}

/** semantics 2: everything of the epoch up to `lower` is committed, above `upper` ghost, between undecided. */
export interface EpochCut {
  readonly epoch: number;
  readonly first: Zxid;
  /** Highest logged zxid of the epoch on any server. */
  readonly last: Zxid;
  readonly lower: Zxid;
  readonly upper: Zxid;
  /** The witness that decided, as a sentence for people. */
  readonly decidedBy: string;
}

/** The union of all servers' logs with the cuts applied. */
export interface CommittedHistory {
  /** Committed transactions, ascending by zxid. */
  readonly committed: readonly HistoryTxn[];
  /** Logged between a lower and an upper cut: every claim that turns on one is unknown. */
  readonly undecided: readonly HistoryTxn[];
  /** Logged, never committed. */
  readonly ghosts: readonly HistoryTxn[];
  readonly epochs: readonly EpochCut[];
  /** Counters that no server logged, inside an epoch up to its cut (semantics 16), less journalled jumps. */
  readonly gaps: readonly { readonly from: Zxid; readonly to: Zxid }[];
  /** On some server, missing on another inside what that server's files cover. */
  readonly holes: readonly { readonly server: string; readonly zxid: Zxid }[];
  /** One zxid, two different records. */
  readonly conflicts: readonly { readonly zxid: Zxid; readonly records: readonly TxnRecord[] }[];
  /** The same record twice in one server's files. */
  readonly duplicates: readonly { readonly server: string; readonly zxid: Zxid }[];
  /** What kept the evidence from being whole: torn tails, unreadable files, as sentences. */
  readonly problems: readonly string[];
}
