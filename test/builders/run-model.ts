/**
 * A model of a run that tests write by hand, step by step: sessions, transactions on three servers, what
 * contenders say, the lab's probes. It produces the same Evidence as a loaded run directory. It decides
 * nothing by itself; a correct or a wrong history is what its caller makes of it.
 */

import type { ContractLine, Guard } from "../../contenders/contract.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { HistoryEvent, HistoryLine } from "../../lab/evidence/history.ts";
import type { GroupInfo, RunInfo } from "../../lab/evidence/run-info.ts";
import {
  formatSession,
  formatZxid,
  makeZxid,
  type SessionId,
  sessionId,
  type Zxid,
} from "../../lab/ids.ts";
import type { CommittedHistory, ServerLogs, TxnOp, TxnRecord } from "../../lab/txnlog/types.ts";
import {
  encode,
  group,
  logFile,
  op,
  type RecordParts,
  type SaidLine,
  type TokenOf,
  tokenText,
} from "./model-parts.ts";

export const SERVERS = ["zk1", "zk2", "zk3"] as const;
const MS = 1_000_000;
const WALL_MS = 1_700_000_000_000;

export class RunModel {
  readonly groups: readonly GroupInfo[];
  readonly lines: HistoryLine[] = [];
  /** Committed records in order, as zk1 would log them. */
  readonly records: TxnRecord[] = [];
  nowMs = 0;
  epoch = 1;
  #counter = 0;
  #sessions = 0;
  #cxids = new Map<SessionId, number>();
  #seqs = new Map<string, number>();
  /** The server that led each epoch. */
  readonly #leaders = new Map<number, string>([[1, "zk1"]]);
  /** The last zxid of the history with which each was elected, as its own log tells. */
  readonly #elections = new Map<number, Zxid>([[1, makeZxid(0, 0)]]);
  readonly lab: SessionId;
  opening: Zxid | undefined;
  sealing: Zxid | undefined;

  constructor(groups: readonly GroupInfo[] = [group()]) {
    this.groups = groups;
    this.lab = this.#newSession();
    this.event({ type: "lab-session", at: this.#at(), session: formatSession(this.lab) });
    this.commit({ type: "create2", session: this.lab, ops: [op.create("/run")] });
  }

  /** The lab's opening write, on its own path. */
  open(): this {
    this.opening = this.commit({
      type: "setData",
      session: this.lab,
      ops: [op.set("/run", "open")],
    });
    this.event({
      type: "opening",
      at: this.#at(),
      zxid: formatZxid(this.opening),
      path: "/run",
    });
    return this;
  }

  seal(): this {
    this.sealing = this.commit({
      type: "setData",
      session: this.lab,
      ops: [op.set("/run", "seal")],
    });
    this.event({
      type: "sealing",
      at: this.#at(),
      zxid: formatZxid(this.sealing),
      path: "/run",
    });
    return this;
  }

  #at(): number {
    return Math.round(this.nowMs * MS);
  }

  event(event: HistoryEvent): number {
    const line = this.lines.length + 1;
    this.lines.push({ line, event });
    return line;
  }

  /** A contender says a contract line now; one millisecond passes. */
  say(who: string, line: SaidLine): number {
    const seq = (this.#seqs.get(who) ?? 0) + 1;
    this.#seqs.set(who, seq);
    this.nowMs += 1;
    const at = this.#at();
    const whole = { ...line, seq, at: String(at) } as ContractLine;
    return this.event({ type: "contender", at, incarnation: who, line: whole });
  }

  /** Appends a committed transaction; one millisecond passes. */
  commit(parts: RecordParts): Zxid {
    this.#counter += 1;
    this.nowMs += 1;
    const zxid = makeZxid(this.epoch, this.#counter);
    this.records.push(this.#record(zxid, parts));
    return zxid;
  }

  /** A rejected transaction: a multi that failed at its guard, or a plain error record. */
  reject(session: SessionId, code: number, type: "multi" | "error" = "multi"): Zxid {
    return this.commit({ type, session, ops: [op.error(code)], rejected: true });
  }

  #record(zxid: Zxid, parts: RecordParts): TxnRecord {
    const cxid = parts.cxid ?? (this.#cxids.get(parts.session) ?? 0) + 1;
    if (parts.cxid === undefined) this.#cxids.set(parts.session, cxid);
    const body = {
      zxid,
      session: parts.session,
      cxid,
      timeMs: WALL_MS + Math.round(this.nowMs),
      type: parts.type,
      ops: parts.ops ?? [],
      rejected: parts.rejected ?? false,
      timeoutMs: parts.type === "createSession" ? 4_000 : undefined,
      closes: parts.closes,
    };
    const source = { server: "zk1", file: "log.1", offset: 0 };
    return { ...body, digest: undefined, bytes: encode(body), source };
  }

  #newSession(): SessionId {
    this.#sessions += 1;
    const id = sessionId(0x1000_0000_0000_0000n + BigInt(this.#sessions));
    this.commit({ type: "createSession", session: id, cxid: 0 });
    return id;
  }

  /** A new session; `who` undefined: of nobody that reports it. */
  connect(who?: string): SessionId {
    const id = this.#newSession();
    if (who !== undefined)
      this.say(who, { type: "session", id: formatSession(id), role: "both", state: "connected" });
    return id;
  }

  /** closeSession with its body, by expiry (cxid 0) unless told otherwise. */
  close(
    session: SessionId,
    how: { by?: "expiry" | "client"; paths?: readonly string[] } = {},
  ): Zxid {
    const cxid = how.by === "client" ? { cxid: 999 } : { cxid: 0 };
    return this.commit({ type: "closeSession", session, closes: how.paths, ...cxid });
  }

  probe(): Zxid {
    const invokedAt = this.#at();
    const zxid = this.commit({
      type: "setData",
      session: this.lab,
      ops: [op.set("/run/probe", "p")],
    });
    this.nowMs += 1;
    this.event({ type: "probe", at: this.#at(), invokedAt, zxid: formatZxid(zxid) });
    return zxid;
  }

  /** A re-election: the next epoch begins at counter 1, led by the named server. */
  newEpoch(leader: string): void {
    const lastZxid = makeZxid(this.epoch, this.#counter);
    this.epoch += 1;
    this.#counter = 0;
    this.#elections.set(this.epoch, lastZxid);
    this.#leaders.set(this.epoch, leader);
  }

  /** Creates an election znode and, unless `silent`, says `elected`. */
  elect(who: string, session: SessionId, path: string, silent = false): TokenOf {
    const czxid = this.commit({
      type: "create2",
      session,
      ops: [op.create(path, who, true)],
    });
    if (!silent) this.believe(who, { czxid, path });
    return { czxid, path };
  }

  believe(who: string, token: TokenOf): void {
    this.say(who, { type: "belief", state: "elected", token: tokenText(token) });
  }

  revoke(
    who: string,
    reason: Extract<SaidLine, { type: "belief"; state: "revoked" }>["reason"],
  ): void {
    this.say(who, { type: "belief", state: "revoked", reason });
  }

  /** A fault in force on a contender from now until it is healed. */
  fault(name: string, on: string): { heal: () => void } {
    this.#faults += 1;
    const injection = `f${this.#faults}`;
    const step = (phase: "armed" | "in-force" | "healed"): void => {
      const target = { target: on, resolved: [on] };
      this.event({ type: "fault", at: this.#at(), injection, fault: name, phase, ...target });
    };
    step("armed");
    step("in-force");
    return { heal: () => step("healed") };
  }
  #faults = 0;

  /** The znodes that the lab makes for a group before the run opens. */
  makeZnodes({ name, electionPath, guarded }: GroupInfo): void {
    const own = (guarded[0] ?? "").replace(/\/\*\*$/, "");
    for (const path of [`/run/${name}`, electionPath, own, `${own}/state`])
      this.commit({ type: "create2", session: this.lab, ops: [op.create(path)] });
  }

  invoke(
    who: string,
    id: string,
    parts: {
      path: string;
      token?: TokenOf;
      session?: SessionId;
      attempt?: number;
      guard?: Guard;
    },
  ): number {
    return this.say(who, {
      type: "op",
      op: id,
      attempt: parts.attempt ?? 1,
      phase: "invoke",
      action: "setData",
      path: parts.path,
      guard: parts.guard ?? { kind: "none" },
      ...(parts.session === undefined ? {} : { session: formatSession(parts.session) }),
      ...(parts.token === undefined ? {} : { token: tokenText(parts.token) }),
    });
  }

  ok(
    who: string,
    id: string,
    zxid: Zxid,
    session: SessionId,
    { attempt = 1, connection = 1 }: { attempt?: number; connection?: number } = {},
  ): number {
    return this.say(who, {
      type: "op",
      op: id,
      attempt,
      phase: "ok",
      zxid: formatZxid(zxid),
      session: formatSession(session),
      connection,
    });
  }

  failed(
    who: string,
    id: string,
    phase: "fail" | "info",
    parts: {
      code: string;
      attempt?: number;
      zxid?: Zxid;
      fenced?: boolean;
      unsent?: boolean;
      session?: SessionId;
      connection?: number;
    },
  ): number {
    const { code, attempt = 1, zxid, session, ...flags } = parts;
    return this.say(who, {
      type: "op",
      op: id,
      attempt,
      phase,
      code,
      ...flags,
      ...(zxid === undefined ? {} : { zxid: formatZxid(zxid) }),
      ...(session === undefined ? {} : { session: formatSession(session) }),
    });
  }

  /** invoke, committed setData carrying the op id, ok: one good write. */
  write(
    who: string,
    id: string,
    parts: {
      session: SessionId;
      path: string;
      token?: TokenOf;
      checks?: readonly TxnOp[];
      guard?: Guard;
    },
  ): Zxid {
    this.invoke(who, id, parts);
    const checks = parts.checks ?? [];
    const zxid = this.commit({
      type: checks.length > 0 ? "multi" : "setData",
      session: parts.session,
      ops: [...checks, op.set(parts.path, id)],
    });
    this.ok(who, id, zxid, parts.session);
    return zxid;
  }

  evidence(): Evidence {
    return {
      run: this.run(),
      history: [...this.lines],
      servers: SERVERS.map((server) => this.#logsOf(server)),
      problems: [],
    };
  }

  run(): RunInfo {
    return {
      schema: 1,
      zklab: "0.1.0",
      scenario: { name: "model", description: "a model of a run", source: "name: model\n" },
      seed: "1",
      startedAt: "2026-01-01T00:00:00.000Z",
      monotonicOrigin: "0",
      bootId: "boot",
      runtime: "local",
      host: { kernel: "6", cpus: 2, memoryBytes: 1, node: "20", java: "17" },
      zookeeper: { version: "3.9.3", source: "model" },
      tickTimeMs: 500,
      sessionTimeoutMs: 4_000,
      servers: SERVERS.map((name, i) => ({
        name,
        id: i + 1,
        address: `${name}:2181`,
        role: "participant" as const,
      })),
      groups: [...this.groups],
    };
  }

  /** One log file for each epoch, as a server that restarts at each election writes them. */
  #logsOf(server: string): ServerLogs {
    const epochs = new Map<number, TxnRecord[]>();
    for (const record of this.records) {
      const epoch = Number(record.zxid >> 32n);
      const records = epochs.get(epoch) ?? [];
      records.push(record);
      epochs.set(epoch, records);
    }
    const files = [...epochs.values()].map((records) => logFile(server, records));
    const ledEpochs = [...this.#leaders].flatMap(([epoch, name]) =>
      name === server ? [epoch] : [],
    );
    return {
      server,
      role: "participant",
      files,
      snapshots: [],
      acceptedEpoch: this.epoch,
      currentEpoch: this.epoch,
      ledEpochs,
      elections: ledEpochs.map((epoch) => ({
        epoch,
        lastZxid: this.#elections.get(epoch) ?? makeZxid(0, 0),
      })),
      unreadable: [],
    };
  }

  /** The history in which everything was committed and logged everywhere: for tests of the claims alone. */
  history(): CommittedHistory {
    const last = this.records.at(-1)?.zxid ?? makeZxid(1, 0);
    return {
      committed: this.records.map((record) => ({ record, servers: [...SERVERS] })),
      undecided: [],
      ghosts: [],
      epochs: [
        {
          epoch: this.epoch,
          first: makeZxid(this.epoch, 1),
          last,
          lower: last,
          upper: last,
          decidedBy: "the model",
        },
      ],
      gaps: [],
      holes: [],
      conflicts: [],
      duplicates: [],
      problems: [],
    };
  }
}
