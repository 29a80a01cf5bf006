/**
 * The lab's side of the contract: starts contenders on their nodes, turns what they print into
 * history, keeps the raw output as evidence, and passes commands. What a contender says is untrusted.
 */

import { appendFileSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Recorder } from "../lab/evidence/recorder.ts";
import { type Incarnation, incarnation, type Nanos } from "../lab/ids.ts";
import type { LabNode, ProcessExit, StartedProcess } from "../lab/runtime/runtime.ts";
import { type Command, contractLineSchema, formatCommand } from "./contract.ts";
import { LineReader } from "./line-reader.ts";

/** Bad lines beyond this many are counted but no longer recorded one by one. */
const BAD_LINES_RECORDED_MAX = 100;
/** By as much as this two hosts' clocks may come apart in a run: 100 ppm for 100 s. */
const DRIFT_NS_MAX = 10_000_000;
const SAMPLE_CHARS = 200;
/** Output beyond this is neither kept nor listened to, which bounds the history too. */
const RAW_BYTES_MAX = 64 * 1024 * 1024;

export interface ContenderSpec {
  readonly group: string;
  /** `c1` */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** False for a black box: what it prints is kept, and is no line of the contract. */
  readonly speaks: boolean;
}

/** One running incarnation. */
export interface Contender {
  readonly incarnation: Incarnation;
  readonly group: string;
  /** `c1` */
  readonly name: string;
  readonly node: LabNode;
  readonly exited: Promise<ProcessExit>;
  readonly alive: () => boolean;
  send(command: Command): void;
  /** Asks it to end: by the command, or by SIGTERM where it hears none. */
  stop(): void;
}

export interface FleetOptions {
  readonly recorder: Recorder;
  /** Raw stdout and stderr go here, one pair of files a contender. */
  readonly directory: string;
}

export class Fleet {
  /** The contenders' clock, where it is not the lab's; to be set before the first of them starts. */
  clock: { readonly aheadNs: bigint; readonly errorNs: number } | undefined;
  readonly #options: FleetOptions;
  readonly #contenders: Contender[] = [];
  readonly #starts = new Map<string, number>();

  constructor(options: FleetOptions) {
    this.#options = options;
    mkdirSync(options.directory, { recursive: true });
  }

  /** Every incarnation ever started, oldest first. */
  get contenders(): readonly Contender[] {
    return this.#contenders;
  }

  find(of: string): Contender | undefined {
    return this.#contenders.find((contender) => contender.incarnation === of);
  }

  async start(spec: ContenderSpec, node: LabNode): Promise<Contender> {
    const fullName = `${spec.group}/${spec.name}`;
    const n = (this.#starts.get(fullName) ?? 0) + 1;
    this.#starts.set(fullName, n);
    const self = incarnation(fullName, n);
    const startedAt = this.#options.recorder.now();
    const process = await node.start({
      command: spec.command,
      args: spec.args,
      env: { ...spec.env, ZKLAB_CONTENDER: spec.name, ZKLAB_INCARNATION: String(n) },
    });
    const { recorder } = this.#options;
    recorder.record({ type: "process", incarnation: self, state: "started", pid: process.pid });
    const drained = spec.speaks
      ? this.#listen(self, process, startedAt)
      : this.#keep(self, process).then(() => undefined);
    let alive = true;
    const exited = process.exited.then(async (exit) => {
      await drained;
      alive = false;
      recorder.record({ type: "process", incarnation: self, state: "exited", ...exit });
      return exit;
    });
    const send = (command: Command): void => {
      if (alive) process.stdin.write(`${formatCommand(command)}\n`);
    };
    const contender: Contender = {
      incarnation: self,
      group: spec.group,
      name: spec.name,
      node,
      exited,
      alive: () => alive,
      send,
      stop: () => {
        if (spec.speaks) send({ verb: "stop" });
        else if (alive) void node.signal("SIGTERM");
      },
    };
    this.#contenders.push(contender);
    return contender;
  }

  /** Reads both streams to their end, and keeps them; gives how much of stdout was too much. */
  async #keep(
    self: Incarnation,
    { stdout, stderr }: StartedProcess,
    onChunk: (chunk: Buffer) => void = () => undefined,
  ): Promise<number> {
    const base = join(this.#options.directory, self.replace("/", "."));
    const [left] = await Promise.all([
      drain(stdout, `${base}.stdout`, onChunk),
      drain(stderr, `${base}.stderr`, () => undefined),
    ]);
    return left;
  }

  /** Takes stdout for lines of the contract; resolves when nothing more can come. */
  async #listen(self: Incarnation, process: StartedProcess, startedAt: Nanos): Promise<void> {
    let bad = 0;
    const onBad = (reason: string, sample: string): void => {
      bad += 1;
      if (bad > BAD_LINES_RECORDED_MAX) return;
      const event = { type: "bad-line", incarnation: self, reason } as const;
      this.#options.recorder.record({ ...event, sample: sample.slice(0, SAMPLE_CHARS) });
    };
    const reader = new LineReader({
      onLine: (text) => {
        const problem = this.#record(self, text, startedAt);
        if (problem !== undefined) onBad(problem, text);
      },
      onBad,
    });
    const left = await this.#keep(self, process, (chunk) => reader.push(chunk));
    reader.end();
    if (left > 0) onBad(`${left} bytes beyond the first ${RAW_BYTES_MAX}: not read`, "");
    if (bad > BAD_LINES_RECORDED_MAX) {
      const reason = `${bad - BAD_LINES_RECORDED_MAX} more bad lines`;
      this.#options.recorder.record({ type: "bad-line", incarnation: self, reason, sample: "" });
    }
  }

  /** Records a contract line; gives the reason where it is none. */
  #record(self: Incarnation, text: string, startedAt: Nanos): string | undefined {
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      return "not JSON";
    }
    const parsed = contractLineSchema.safeParse(value);
    if (!parsed.success) return parsed.error.issues[0]?.message ?? "not a contract line";
    const line = parsed.data;
    const { recorder } = this.#options;
    const { clock } = this;
    const at = recorder.relative(BigInt(line.at) - (clock?.aheadNs ?? 0n));
    // Said between its start and now, by the one clock of this host, or it was not said so. Another
    // host's clock may have drifted since it was read.
    const slack = clock === undefined ? 0 : clock.errorNs + DRIFT_NS_MAX;
    if (at < startedAt - slack || at > recorder.now() + slack) {
      return "at: no time between its start and now";
    }
    recorder.record({ type: "contender", at, incarnation: self, line });
    return undefined;
  }
}

/** Keeps and passes on the first RAW_BYTES_MAX, reads the rest away; gives how much that was. */
async function drain(
  stream: NodeJS.ReadableStream | undefined,
  file: string,
  onChunk: (chunk: Buffer) => void,
): Promise<number> {
  let read = 0;
  const left = (): number => Math.max(0, read - RAW_BYTES_MAX);
  if (stream === undefined) return left();
  try {
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      const kept = chunk.subarray(0, Math.max(0, RAW_BYTES_MAX - read));
      read += chunk.length;
      if (kept.length === 0) continue;
      appendFileSync(file, kept);
      onChunk(kept);
    }
  } catch {
    // The process was killed in mid-write; what came is kept.
  }
  return left();
}
