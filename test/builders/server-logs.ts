/** What servers left behind, built from zxids: `logs("A", { log: ["1:1-5", "2:1-3"] })`. */

import { makeZxid, type Zxid } from "../../lab/ids.ts";
import { decodeLogFile } from "../../lab/txnlog/decode.ts";
import type { LogFile, ServerLogs, Snapshot, WonElection } from "../../lab/txnlog/types.ts";
import { plainTxn } from "./txnlog-arbitraries.ts";
import { encodeLogFile, type TxnInput } from "./txnlog-writer.ts";

export interface LogsOptions {
  /** One entry a file: ranges `epoch:counter` or `epoch:from-to` separated by spaces, as logged. */
  readonly log?: readonly string[];
  readonly observer?: boolean;
  /** Names of snapshots, as `epoch:counter`. */
  readonly snapshots?: readonly string[];
  /** acceptedEpoch and currentEpoch. */
  readonly epoch?: number;
  readonly acceptedEpoch?: number;
  /** Epochs led, with the zxid (`epoch:counter`) held when elected, where its log says so. */
  readonly led?: Readonly<Record<number, string | undefined>>;
  readonly unreadable?: ServerLogs["unreadable"];
}

export function logs(server: string, options: LogsOptions = {}): ServerLogs {
  const led = Object.entries(options.led ?? {});
  return {
    server,
    role: options.observer === true ? "observer" : "participant",
    files: (options.log ?? []).map((ranges) => logFile(server, inputs(ranges))),
    snapshots: (options.snapshots ?? []).map((at): Snapshot => {
      return { server, file: `snapshot.${at}`, zxid: at1(at), sessions: new Map(), nodes: [] };
    }),
    acceptedEpoch: options.acceptedEpoch ?? options.epoch,
    currentEpoch: options.epoch,
    ledEpochs: led.map(([epoch]) => Number(epoch)),
    elections: led.flatMap(([epoch, held]): WonElection[] =>
      held === undefined ? [] : [{ epoch: Number(epoch), lastZxid: at1(held) }],
    ),
    unreadable: options.unreadable ?? [],
  };
}

/** A log file with these records, as read back from its bytes. */
export function logFile(server: string, records: readonly TxnInput[]): LogFile {
  const file = `log.${(records[0]?.zxid ?? 0n).toString(16)}`;
  return decodeLogFile(encodeLogFile(records, { paddingBytes: 64 }), { server, file });
}

/** `1:5` as a zxid. */
export function at1(text: string): Zxid {
  const [epoch = "", counter = ""] = text.split(":");
  return makeZxid(Number(epoch), Number(counter));
}

/** Zxids as `epoch:counter`, for comparing by eye. */
export function shown(zxid: Zxid): string {
  return `${zxid >> 32n}:${zxid & 0xffff_ffffn}`;
}

function inputs(ranges: string): readonly TxnInput[] {
  return ranges
    .split(" ")
    .filter((range) => range !== "")
    .flatMap((range) => {
      const [epoch = "", counters = ""] = range.split(":");
      const [from = "", to = from] = counters.split("-");
      const count = Number(to) - Number(from) + 1;
      return Array.from({ length: count }, (_, i) => plainTxn(Number(epoch), Number(from) + i));
    });
}
