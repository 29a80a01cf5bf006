/**
 * A gc-pause run as values, for tests of reports: three groups on one ensemble, each group's c1 paused
 * between deciding a write and sending it until its session has expired and c2 leads. naive commits two
 * writes too many, latch-check is fenced by the server, ephemeral's client refuses. Not evidence of
 * anything: no ZooKeeper ran. Times are those of a real run with a session timeout of 2 s.
 */

import type { ContractLine } from "../../contenders/contract.ts";
import type { AuditResult } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { HistoryEvent, HistoryLine } from "../../lab/evidence/history.ts";
import type { GroupInfo, RunInfo } from "../../lab/evidence/run-info.ts";
import { formatZxid, incarnation, makeZxid } from "../../lab/ids.ts";
import { sampleAudit } from "./sample-audit.ts";
import { type SampleTxn, STRATEGIES, type Strategy, sessionOf, znodeOf } from "./sample-names.ts";

export interface SampleOptions {
  /** Milliseconds between two writes of a leader; 30 gives some 700 writes in all. */
  readonly writeEveryMs?: number;
  /** How many writes the woken naive leader commits; 0 makes a run that holds. */
  readonly staleWrites?: number;
}

export interface SampleRun {
  readonly evidence: Evidence;
  readonly result: AuditResult;
}

const GUARDS = { naive: "none", "latch-check": "path", ephemeral: "session" } as const;
const HELD_MS = 5_000;
const EXPIRED_MS = 7_052;
const WOKEN_MS = 7_600;
const STOP_MS = 12_000;

const ns = (atMs: number): number => Math.round(atMs * 1e6);

export function sampleRun({ writeEveryMs = 30, staleWrites = 2 }: SampleOptions = {}): SampleRun {
  const events: HistoryEvent[] = [...serverEvents(), ...labEvents()];
  const txns: Omit<SampleTxn, "zxid">[] = [];
  for (const [index, strategy] of STRATEGIES.entries()) {
    const run = { strategy, shiftMs: index * 7, events, txns };
    starts(run);
    firstLeader(run, writeEveryMs);
    wokenLeader(run, staleWrites);
    secondLeader(run, writeEveryMs);
  }
  const logged = txns
    .sort((a, b) => a.atMs - b.atMs)
    .map((txn, i): SampleTxn => ({ ...txn, zxid: formatZxid(makeZxid(1, 9 + i)) }));
  for (const { kind, op, atMs, zxid, session, contender } of logged) {
    if ((kind !== "write" && kind !== "stale") || op === undefined) continue;
    const attempt = kind === "stale" && op.endsWith("-held") ? 2 : 1;
    const line: Said = { type: "op", op, attempt, phase: "ok", zxid, session };
    events.push(said(contender, atMs + 3, line));
  }
  const history = events
    .sort((a, b) => a.at - b.at)
    .map((event, index): HistoryLine => ({ line: index + 1, event }));
  const evidence: Evidence = { run: runInfo(), history, servers: serverLogs(), problems: [] };
  return { evidence, result: sampleAudit(logged, history) };
}

interface GroupRun {
  readonly strategy: Strategy;
  readonly shiftMs: number;
  readonly events: HistoryEvent[];
  readonly txns: Omit<SampleTxn, "zxid">[];
}

type Said = ContractLine extends infer L
  ? L extends unknown
    ? Omit<L, "seq" | "at">
    : never
  : never;

function said(contender: string, atMs: number, line: Said): HistoryEvent {
  const stamped = { ...line, seq: 1, at: String(ns(atMs)) } as ContractLine;
  return {
    type: "contender",
    at: ns(atMs),
    incarnation: incarnation(contender, 1),
    line: stamped,
  };
}

function starts({ strategy, shiftMs, events }: GroupRun): void {
  for (const [i, name] of ["c1", "c2", "c3"].entries()) {
    const contender = `${strategy}/${name}`;
    const at = 2_400 + shiftMs + i * 12;
    const exit =
      strategy === "ephemeral" && name === "c1" ? WOKEN_MS + 70 : STOP_MS + 110 + shiftMs;
    const both = { incarnation: incarnation(contender, 1), pid: 4_100 + shiftMs + i };
    events.push(
      { type: "process", at: ns(at), ...both, state: "started" },
      { type: "process", at: ns(exit), ...both, state: "exited", code: 0, signal: null },
      said(contender, at + 210, {
        type: "session",
        id: sessionOf(contender),
        role: "both",
        state: "connected",
      }),
    );
  }
}

function elected({ strategy, events }: GroupRun, name: string, atMs: number): void {
  const path = znodeOf(`${strategy}/${name}`);
  const token = { czxid: name === "c1" ? "0x100000004" : "0x100000007", path };
  events.push(said(`${strategy}/${name}`, atMs, { type: "belief", state: "elected", token }));
}

function invoke({ strategy, events }: GroupRun, name: string, op: string, atMs: number): void {
  events.push(
    said(`${strategy}/${name}`, atMs, {
      type: "op",
      op,
      attempt: 1,
      phase: "invoke",
      action: "create",
      path: `/zklab/${strategy}/guarded/${op}`,
      session: sessionOf(`${strategy}/${name}`),
      guard: { kind: "none" },
    }),
  );
}

function writes(run: GroupRun, name: string, fromMs: number, toMs: number, everyMs: number): void {
  const contender = `${run.strategy}/${name}`;
  for (let atMs = fromMs; atMs < toMs; atMs += everyMs) {
    const op = `${run.strategy}-${name}-1-${Math.round((atMs - fromMs) / everyMs) + 1}`;
    invoke(run, name, op, atMs - 3);
    const session = sessionOf(contender);
    run.txns.push({ atMs, group: run.strategy, contender, kind: "write", op, session });
  }
}

function firstLeader(run: GroupRun, everyMs: number): void {
  const { strategy, shiftMs, events, txns } = run;
  const contender = `${strategy}/c1`;
  const session = sessionOf(contender);
  const op = `${strategy}-c1-1-held`;
  const common = { group: strategy, contender, session, op: undefined };
  txns.push({ ...common, atMs: 2_690 + shiftMs, kind: "term" });
  elected(run, "c1", 2_715 + shiftMs);
  writes(run, "c1", 2_760 + shiftMs, HELD_MS, everyMs);
  invoke(run, "c1", op, HELD_MS + shiftMs);
  events.push(
    said(contender, HELD_MS + 1 + shiftMs, { type: "held", failpoint: "before-send", op }),
    said(contender, WOKEN_MS + 2 + shiftMs, { type: "released", failpoint: "before-send", op }),
  );
  pause(run);
  txns.push({
    ...common,
    atMs: EXPIRED_MS + shiftMs,
    contender: `${strategy}/c2`,
    kind: "handover",
  });
}

function pause({ strategy, shiftMs, events }: GroupRun): void {
  const fault = {
    type: "fault" as const,
    injection: `pause-${strategy}`,
    fault: "pause",
    target: `${strategy}:leader`,
  };
  const resolved = [incarnation(`${strategy}/c1`, 1)];
  const at = (ms: number): number => ns(ms + shiftMs);
  events.push(
    { ...fault, at: ns(2_360 + shiftMs), phase: "armed" },
    { ...fault, at: at(HELD_MS + 4), phase: "injecting", resolved },
    { ...fault, at: at(HELD_MS + 5), phase: "in-force", resolved, proof: "state T in /proc" },
    { ...fault, at: at(WOKEN_MS), phase: "healing", resolved },
    { ...fault, at: at(WOKEN_MS + 1), phase: "healed", resolved, proof: "state S in /proc" },
  );
}

function wokenLeader(run: GroupRun, staleWrites: number): void {
  const { strategy, shiftMs, events, txns } = run;
  const contender = `${strategy}/c1`;
  const at = WOKEN_MS + shiftMs;
  const held = { op: `${strategy}-c1-1-held`, attempt: 1 };
  const refused = { type: "op" as const, phase: "fail" as const };
  const session = sessionOf(contender, 2);
  const lost = { type: "belief" as const, state: "revoked" as const };
  if (strategy === "ephemeral") {
    const line: Said = { ...refused, ...held, code: "SessionExpired", unsent: true };
    events.push(said(contender, at + 40, line));
    events.push(said(contender, at + 44, { ...lost, reason: "session-lost" }));
    return;
  }
  const { op } = held;
  events.push(
    said(contender, at + 36, { type: "op", ...held, phase: "info", code: "ConnectionLoss" }),
    said(contender, at + 52, {
      type: "session",
      id: sessionOf(contender),
      role: "both",
      state: "expired",
    }),
    said(contender, at + 320, { ...lost, reason: "session-lost" }),
  );
  const common = { group: strategy, contender, session };
  if (strategy === "latch-check") {
    const line: Said = { ...refused, op, attempt: 2, code: "NoNode", fenced: true };
    events.push(said(contender, at + 105, line));
    txns.push({ ...common, atMs: at + 101, kind: "fenced", op });
    return;
  }
  for (let i = 0; i < staleWrites; i++) {
    const next = i === 0 ? op : `naive-c1-1-after-${i}`;
    if (i > 0) invoke(run, "c1", next, at + 100 + i * 60);
    txns.push({ ...common, atMs: at + 104 + i * 60, kind: "stale", op: next });
  }
}

function secondLeader(run: GroupRun, everyMs: number): void {
  const { strategy, shiftMs, events, txns } = run;
  const contender = `${strategy}/c2`;
  elected(run, "c2", EXPIRED_MS + 24 + shiftMs);
  writes(run, "c2", EXPIRED_MS + 61 + shiftMs, STOP_MS, everyMs);
  events.push(
    said(contender, STOP_MS + 30 + shiftMs, { type: "belief", state: "revoked", reason: "stop" }),
  );
  txns.push({
    atMs: STOP_MS + 45 + shiftMs,
    group: strategy,
    contender,
    kind: "end",
    op: undefined,
    session: sessionOf(contender),
  });
}

function serverEvents(): readonly HistoryEvent[] {
  return ["zk1", "zk2", "zk3"].flatMap((server, i): HistoryEvent[] => [
    { type: "server", at: ns(120 + i * 40), server, state: "started", pid: 4_000 + i },
    {
      type: "server",
      at: ns(2_050 + i * 20),
      server,
      state: server === "zk2" ? "leader" : "follower",
      epoch: 1,
    },
    { type: "server", at: ns(12_520 + i * 15), server, state: "exited" },
  ]);
}

function labEvents(): readonly HistoryEvent[] {
  return [
    { type: "stage", at: 0, stage: "ensemble" },
    { type: "lab-session", at: ns(2_330), session: "0x010000a3f2b00000" },
    { type: "opening", at: ns(2_350), zxid: "0x100000003", path: "/zklab/opening" },
    { type: "sealing", at: ns(12_400), zxid: "0x100000400", path: "/zklab/sealing" },
  ];
}

function serverLogs(): Evidence["servers"] {
  return ["zk1", "zk2", "zk3"].map((server) => ({
    server,
    role: "participant",
    files: [
      {
        server,
        file: `servers/${server}/version-2/log.100000001`,
        dbId: 0n,
        records: [],
        tail: { kind: "padding", offset: 178_204 },
      },
    ],
    snapshots: [],
    acceptedEpoch: 1,
    currentEpoch: 1,
    ledEpochs: server === "zk2" ? [1] : [],
    unreadable: [],
  }));
}

function runInfo(): RunInfo {
  return {
    schema: 1,
    zklab: "0.1.0",
    scenario: {
      name: "gc-pause",
      description:
        "The leader decides a write, is stopped as in a full GC until another leads, and wakes up.",
      source: "lab/scenario/catalogue/gc-pause.yaml",
    },
    seed: "7f3a91c2",
    startedAt: "2026-01-12T20:14:05.113Z",
    monotonicOrigin: "88123456789012",
    bootId: "6f7a2f0e-3c1b-4b1e-9a77-52b8d6a1c001",
    runtime: "local",
    host: {
      kernel: "6.18.0",
      cpus: 2,
      memoryBytes: 8_325_169_152,
      node: "20.20.2",
      java: "17.0.13",
    },
    zookeeper: { version: "3.9.3", source: "maven" },
    tickTimeMs: 500,
    sessionTimeoutMs: 2_000,
    servers: ["zk1", "zk2", "zk3"].map((name, i) => ({
      name,
      id: i + 1,
      address: `10.77.0.1${i}`,
      role: "participant",
    })),
    groups: STRATEGIES.map(groupInfo),
  };
}

function groupInfo(strategy: Strategy): GroupInfo {
  return {
    name: strategy,
    strategy,
    options: {},
    promises: {
      guard: GUARDS[strategy],
      atMostOnce: strategy === "ephemeral",
      reportsAttempts: true,
    },
    recipe: strategy === "ephemeral" ? "single" : "curator-latch",
    electionPath: `/zklab/${strategy}/election`,
    guarded: [`/zklab/${strategy}/guarded/*`],
    contenders: ["c1", "c2", "c3"],
    minimums: { exposed: 1, committedWrites: 50, terms: 2 },
    expect:
      strategy === "naive"
        ? { verdict: "violated", findings: ["stale-leader-write", "stale-term-write"] }
        : { verdict: "holds", findings: [] },
  };
}
