/**
 * What keeps the logs from being whole evidence, as sentences. Each makes verdicts unknown, so damage
 * that cannot matter is no problem: a tear that its server left behind when it went on after a restart
 * (what is torn was never acknowledged), or anything after the sealing write on that server.
 */

import { counterOf, formatZxid, type Zxid, type ZxidSplit } from "../ids.ts";
import type { LogFile, ServerLogs } from "./types.ts";
import type { LogUnion, UnionEntry } from "./union.ts";

export interface ProblemInputs {
  readonly opening: Zxid | undefined;
  readonly sealing: Zxid | undefined;
  readonly committed: readonly UnionEntry[];
  readonly split: ZxidSplit;
  readonly standalone: boolean;
}

export function findProblems(union: LogUnion, inputs: ProblemInputs): readonly string[] {
  const fromSnapshot = beginsInTheMiddle(union, inputs.split);
  return [
    ...union.servers.flatMap((server) => [
      ...tailProblems(server, inputs.sealing),
      ...unreadable(server, fromSnapshot),
    ]),
    ...boundary("opening", inputs.opening, inputs.committed),
    ...boundary("sealing", inputs.sealing, inputs.committed),
    ...(inputs.standalone && union.servers.length > 1
      ? [`standalone, yet logs of ${union.servers.length} servers`]
      : []),
  ];
}

function tailProblems(server: ServerLogs, sealing: Zxid | undefined): readonly string[] {
  const problems: string[] = [];
  let sealed = false;
  for (const [i, file] of server.files.entries()) {
    sealed ||= sealing !== undefined && file.records.some((record) => record.zxid >= sealing);
    const { tail } = file;
    if (tail.kind !== "torn" && tail.kind !== "corrupt") continue;
    const wentOn = server.files.slice(i + 1).some((later) => later.records.length > 0);
    if (sealed || (tail.kind === "torn" && (wentOn || isStillborn(file)))) continue;
    problems.push(
      `${server.server}: ${file.file} is ${tail.kind} at byte ${tail.offset}: ${tail.reason}`,
    );
  }
  return problems;
}

/** A server killed while it made a file leaves one without a whole header, and nothing in it. */
function isStillborn(file: LogFile): boolean {
  return file.tail.offset === 0 && file.records.length === 0;
}

/**
 * A snapshot half written when its server was killed is worth nothing, and ZooKeeper passes it over;
 * it is missed only where the logs begin in the middle and the state before must come from snapshots.
 */
function unreadable(server: ServerLogs, fromSnapshot: boolean): readonly string[] {
  return server.unreadable
    .filter(({ file }) => fromSnapshot || !/(^|\/)snapshot\./.test(file))
    .map(({ file, reason }) => `${server.server}: ${file} cannot be read: ${reason}`);
}

function beginsInTheMiddle(union: LogUnion, split: ZxidSplit): boolean {
  const first = union.entries[0];
  return first !== undefined && counterOf(first.zxid, split) > 1;
}

function boundary(
  what: "opening" | "sealing",
  zxid: Zxid | undefined,
  committed: readonly UnionEntry[],
): readonly string[] {
  if (zxid === undefined) return [];
  const found = what === "sealing" ? committed.at(-1)?.zxid === zxid : has(committed, zxid);
  return found
    ? []
    : [`the ${what} write ${formatZxid(zxid)} is not in the committed history of any server's log`];
}

/** Binary search: entries are ascending by zxid. */
function has(entries: readonly UnionEntry[], zxid: Zxid): boolean {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((entries[middle]?.zxid ?? zxid) < zxid) low = middle + 1;
    else high = middle;
  }
  return entries[low]?.zxid === zxid;
}
