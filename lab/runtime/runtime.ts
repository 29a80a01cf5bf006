/**
 * Where servers and contenders run. Scenarios, faults, contenders and audit see only these
 * interfaces; the local runtime (namespaces) and the docker runtime stand behind them.
 */

import type { Duplex, Readable, Writable } from "node:stream";
import type { ServerProperties, ServerSettings } from "../ensemble/config.ts";
import type { NetworkController } from "./network/controller.ts";

/** A program to start in a node, as the lab's ordinary user. */
export interface ProcessSpec {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string;
  /** File that stdout and stderr are appended to; without it stdout and stderr are pipes. */
  readonly logFile?: string;
}

export interface ProcessExit {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  readonly pid: number;
  readonly stdin: Writable;
  /** Undefined where the spec names a log file. */
  readonly stdout: Readable | undefined;
  readonly stderr: Readable | undefined;
  /** Resolves when the process is gone; never rejects. */
  readonly exited: Promise<ProcessExit>;
}

/** State of one process as the kernel reports it (proc(5)): `T` is stopped by a signal. */
export interface ProcessState {
  readonly pid: number;
  readonly state: string;
  readonly command: string;
}

/** One member's own place: its address, its processes, a shell in its namespaces. */
export interface LabNode {
  readonly name: string;
  readonly address: string;
  start(spec: ProcessSpec): Promise<StartedProcess>;
  /** Every process of the node, the ones that its programs forked included. */
  processes(): Promise<readonly ProcessState[]>;
  /**
   * Signals every process of the node; resolves with the pids. Where the processes are this machine's
   * they are signalled before it returns; elsewhere an engine is asked, which takes a while.
   */
  signal(signal: NodeJS.Signals): Promise<readonly number[]>;
  /** Runs one trusted line in the node's long-lived shell; throws where it exits non-zero. */
  shell(line: string): Promise<string>;
  /** Connects to a port of the node: its address, or with `loopback` the node's own 127.0.0.1. */
  dial(port: number, where?: "address" | "loopback"): Duplex;
}

/** What an ensemble's servers are to be, for a runtime that starts them by itself. */
export interface ServersSpec {
  readonly count: number;
  readonly settings: ServerSettings;
  readonly properties: ServerProperties;
  /** They listen for a debugger, on their own loopback. */
  readonly debugged: boolean;
  /** Holds one folder per server: where its log goes at once and its data when it is fetched. */
  readonly directory: string;
}

/** A server that the runtime started. */
export interface RuntimeServer {
  readonly name: string;
  readonly id: number;
  readonly node: LabNode;
  readonly process: StartedProcess;
  readonly dataDir: string;
  /** Starts it again after its process ended, with the same data and at the same address. */
  start(): Promise<StartedProcess>;
  /** Brings the files that the server has written so far into `dataDir`. */
  fetch(): Promise<void>;
}

/** A look at the clock by which contenders stamp their lines, where it is not the lab's own. */
export interface ClockReading {
  /** Their CLOCK_MONOTONIC less ours, give or take the error. */
  readonly aheadNs: bigint;
  readonly errorNs: number;
  /** Of the host whose clock it is. */
  readonly bootId: string;
}

export interface Runtime extends AsyncDisposable {
  readonly name: "local" | "docker";
  /** Cuts between its nodes. */
  readonly network: NetworkController;
  /**
   * Starts the servers zk1, zk2, … and their nodes, where the runtime has its own way to (compose).
   * Without it they are processes that the ensemble starts on nodes.
   */
  startServers?(spec: ServersSpec): Promise<readonly RuntimeServer[]>;
  /** Creates nodes on the switch; the order gives the addresses. */
  createNodes(names: readonly string[]): Promise<readonly LabNode[]>;
  /** Ends these nodes and all that runs in them. */
  removeNodes(nodes: readonly LabNode[]): Promise<void>;
  /** Why faults that need `node-network` cannot be caused; asked once there are servers. Default: they can. */
  whyNoNodeNetwork?(): string | undefined;
  /** Undefined where nodes and lab share one clock. Called at the start and at the end of a run. */
  readClock?(): Promise<ClockReading | undefined>;
  /** A path under which the node's ordinary user can reach this file or folder of the lab. */
  expose(path: string): string;
  /** Makes a folder that the nodes' user owns; given back to the lab's user by `reclaim`. */
  makeWritable(directory: string): void;
  reclaim(directory: string): void;
}
