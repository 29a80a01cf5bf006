/**
 * How long from the command until the last packet came through, and how far apart the nodes were cut, as
 * packets saw it. Each node sends numbered datagrams to one on the other side and notes when it did; of
 * those sent after the command some arrive and some do not. If one is lost and another, sent later by
 * another node, comes through, the time between them is the skew; nodes cut at one instant have none.
 */

import { execFile } from "node:child_process";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import type { DirectedPair, NetworkController } from "../../lab/runtime/network/controller.ts";
import type { LabNode, StartedProcess } from "../../lab/runtime/runtime.ts";

const run = promisify(execFile);
const PORT = 7_007;
const WARM_UP_MS = 1_000;
/** So many datagrams must be lost on each path before a cut is healed, and so many come through after. */
const IN_FORCE_MS = 12;
const HEALED_MS = 12;

/** Sends at 1 kHz once it was told where to, and prints at the end what it sent and what it heard. */
export const BLASTER = `
const udp = require("node:dgram").createSocket("udp4");
const sent = [], heard = [];
const now = () => Number(process.hrtime.bigint()) / 1e6;
udp.on("message", (message) => heard.push(message.readUInt32BE(0)));
udp.bind(${PORT}, () => console.log("up"));
require("node:readline").createInterface({ input: process.stdin }).on("line", (line) => {
  if (line === "end") {
    clearInterval(timer);
    return setTimeout(() => console.log(JSON.stringify({ sent, heard })), 200);
  }
  // Connected, a datagram is handed to the kernel before send returns.
  udp.connect(${PORT}, line, () => {
    timer = setInterval(() => {
      const message = Buffer.alloc(64);
      message.writeUInt32BE(sent.length, 0);
      const before = now();
      udp.send(message, () => undefined);
      sent.push([before, now()]);
    }, 1);
  });
});
let timer;
`;

interface Report {
  /** Just before and just after each was sent, by number; milliseconds of CLOCK_MONOTONIC. */
  readonly sent: readonly (readonly [before: number, after: number])[];
  readonly heard: readonly number[];
}

export interface Cuts {
  /** Command to answer, command to the last packet that came through, and the skew; milliseconds. */
  readonly answered: readonly number[];
  readonly lastPacket: readonly number[];
  readonly skew: readonly number[];
  /** Between two packets of one node, median: what skew can be told apart. */
  readonly resolution: number;
}

export interface Blasters {
  readonly nodes: readonly LabNode[];
  readonly processes: readonly StartedProcess[];
}

/** A way to cut and to mend. */
export interface Way {
  cut(pairs: readonly DirectedPair[]): Promise<void>;
  mend(pairs: readonly DirectedPair[]): Promise<void>;
}

export function byController(network: NetworkController): Way {
  return {
    cut: (pairs) => network.cut("bench", pairs),
    mend: async () => {
      await network.mend("bench");
    },
  };
}

/** The peer: a new nft process for every change, in one transaction too. */
export function byNewProcess(table: string): Way {
  const change = async (verb: string, pairs: readonly DirectedPair[]): Promise<void> => {
    const elements = pairs.map(({ from, to }) => `${from} . ${to}`).join(", ");
    await run("nft", [`${verb} element bridge ${table} cut { ${elements} }`]);
  };
  return { cut: (pairs) => change("add", pairs), mend: (pairs) => change("delete", pairs) };
}

/** What skew looks like: a new process for each node, one after the other. */
export function nodeByNode(table: string): Way {
  const all = byNewProcess(table);
  return {
    cut: async (pairs) => {
      for (const from of new Set(pairs.map((pair) => pair.from))) {
        await all.cut(pairs.filter((pair) => pair.from === from));
      }
    },
    mend: all.mend,
  };
}

export async function startBlasters(nodes: readonly LabNode[], command: string): Promise<Blasters> {
  const processes = await Promise.all(
    nodes.map((node) => node.start({ command, args: ["-e", BLASTER], env: {} })),
  );
  await Promise.all(processes.map((one) => lineOf(one, (line) => line === "up")));
  return { nodes, processes };
}

/** Each node and its opposite: the halves of all nodes, every node in two pairs. */
export async function sampleCuts(
  { nodes, processes }: Blasters,
  ways: Readonly<Record<string, Way>>,
  samples: number,
): Promise<Readonly<Record<string, Cuts>>> {
  const half = nodes.length / 2;
  const [one, other] = [nodes.slice(0, half), nodes.slice(half)];
  const pairs = one.flatMap((a) =>
    other.flatMap((b) => [
      { from: a.address, to: b.address },
      { from: b.address, to: a.address },
    ]),
  );
  const partner = (i: number): LabNode | undefined => nodes[(i + half) % nodes.length];
  for (const [i, { stdin }] of processes.entries()) stdin.write(`${partner(i)?.address ?? ""}\n`);
  await delay(WARM_UP_MS);
  const windows = new Map<string, Window[]>();
  for (let i = 0; i < samples; i += 1) {
    for (const [name, way] of Object.entries(ways)) {
      const list = windows.get(name) ?? [];
      windows.set(name, list);
      const from = now();
      await way.cut(pairs);
      const answered = now();
      await delay(IN_FORCE_MS);
      list.push({ from, answered, to: now() });
      await way.mend(pairs);
      await delay(HEALED_MS);
    }
  }
  const reports = await Promise.all(
    processes.map(async (process) => {
      const line = lineOf(process, (text) => text.startsWith("{"));
      process.stdin.write("end\n");
      return JSON.parse(await line) as Report;
    }),
  );
  return Object.fromEntries([...windows].map(([name, list]) => [name, judge(list, reports)]));
}

interface Window {
  readonly from: number;
  readonly answered: number;
  readonly to: number;
}

function judge(windows: readonly Window[], reports: readonly Report[]): Cuts {
  const half = reports.length / 2;
  const heardOf = reports.map((_, i) => new Set(reports[(i + half) % reports.length]?.heard));
  const gaps = reports.flatMap(({ sent }) =>
    sent.slice(1).map(([at], i) => at - (sent[i]?.[0] ?? at)),
  );
  const lastPacket: number[] = [];
  const skew: number[] = [];
  for (const { from, to } of windows) {
    let [last, lastBegun, firstLost] = [from, from, to];
    for (const [i, { sent }] of reports.entries()) {
      for (let number = firstAfter(sent, from); number < sent.length; number += 1) {
        const [before, after] = sent[number] ?? [to, to];
        if (after >= to) break;
        // Between the two times its sender may have been kept from running: each claim takes the other.
        if (heardOf[i]?.has(number)) {
          last = Math.max(last, after);
          lastBegun = Math.max(lastBegun, before);
        } else firstLost = Math.min(firstLost, after);
      }
    }
    lastPacket.push(last - from);
    skew.push(Math.max(0, lastBegun - firstLost));
  }
  gaps.sort((a, b) => a - b);
  return {
    answered: windows.map(({ from, answered }) => answered - from),
    ...{ lastPacket, skew },
    resolution: gaps[Math.floor(gaps.length / 2)] ?? 0,
  };
}

function firstAfter(sent: Report["sent"], at: number): number {
  let [low, high] = [0, sent.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((sent[middle]?.[0] ?? 0) < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** The next line that fits; lines may come in pieces. */
function lineOf({ stdout }: StartedProcess, fits: (line: string) => boolean): Promise<string> {
  return new Promise((resolve) => {
    let text = "";
    const take = (chunk: Buffer | string): void => {
      text += String(chunk);
      const lines = text.split("\n");
      text = lines.pop() ?? "";
      const line = lines.find(fits);
      if (line === undefined) return;
      stdout?.off("data", take);
      resolve(line);
    };
    stdout?.on("data", take);
  });
}
