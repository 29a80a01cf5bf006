/**
 * Loads a run directory into Evidence. Damage is never an exception unless there is nothing to audit
 * at all: what is missing or unreadable becomes a problem, and a problem makes the verdict unknown.
 */

import { isUtf8 } from "node:buffer";
import { join } from "node:path";
import { LabError } from "../errors.ts";
import { decodeLogFile } from "../txnlog/decode.ts";
import { readServerLog } from "../txnlog/server-log.ts";
import { decodeSnapshot } from "../txnlog/snapshot.ts";
import type { LogFile, ServerLogs, Snapshot } from "../txnlog/types.ts";
import type { Evidence } from "./evidence.ts";
import { namesIn, readFileIfThere } from "./files.ts";
import { helloProblems } from "./hello.ts";
import { type HistoryLine, historyEventSchema } from "./history.ts";
import { FILES } from "./run-directory.ts";
import { type RunInfo, runInfoSchema } from "./run-info.ts";
import { type ServerTree, serverTreeSchema, TREE_FILE } from "./server-tree.ts";

const PROBLEMS_SHOWN_MAX = 20;
const NEWLINE = 0x0a;

/** Reads everything the audit needs; throws LabError("evidence") where run.json itself is unusable. */
export function loadEvidence(directory: string): Evidence {
  const run = loadRunInfo(directory);
  const problems: string[] = [];
  const history = loadHistory(join(directory, FILES.history), problems);
  const servers = run.servers.map(({ name, role }) =>
    loadServer(placeOf(join(directory, FILES.servers, name)), { server: name, role }, problems),
  );
  const trees = run.servers.flatMap(({ name }) => loadTree(directory, name, problems));
  return {
    ...{ run, history, servers },
    problems: [...problems.map((says) => ({ says })), ...helloProblems(run, history)],
    ...(trees.length > 0 ? { trees } : {}),
  };
}

function loadTree(directory: string, server: string, problems: string[]): ServerTree[] {
  const bytes = readFileIfThere(join(directory, FILES.servers, server, TREE_FILE));
  if (bytes === undefined) return [];
  try {
    const parsed = serverTreeSchema.safeParse(JSON.parse(bytes.toString("utf8")));
    if (parsed.success && parsed.data.server === server) return [parsed.data];
    problems.push(`${server}: ${TREE_FILE} is no tree of it`);
  } catch {
    problems.push(`${server}: ${TREE_FILE} is not JSON`);
  }
  return [];
}

export function loadRunInfo(directory: string): RunInfo {
  const file = join(directory, FILES.run);
  const bytes = readFileIfThere(file);
  if (bytes === undefined) {
    throw new LabError("bad-input", `audit ${directory}: no ${FILES.run} in it`, {
      hint: "name a run directory, e.g. runs/gc-pause/latest",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(bytes.toString("utf8"));
  } catch (cause) {
    throw new LabError("bad-input", `read ${file}: not JSON`, { cause });
  }
  const parsed = runInfoSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((i) => `${i.path.join(".") || "(root)"}: ${i.message}`);
  throw new LabError("bad-input", `read ${file}: ${where.join("; ")}`, {
    hint: "was it written by a newer zklab?",
  });
}

function loadHistory(file: string, problems: string[]): HistoryLine[] {
  const bytes = readFileIfThere(file);
  if (bytes === undefined) {
    problems.push(`${FILES.history} is missing`);
    return [];
  }
  const lines: HistoryLine[] = [];
  const bad: number[] = [];
  for (let from = 0, line = 1; from < bytes.length; line += 1) {
    const newline = bytes.indexOf(NEWLINE, from);
    const to = newline < 0 ? bytes.length : newline;
    const content = bytes.subarray(from, to);
    from = to + 1;
    if (content.length === 0) continue;
    const event = parseEvent(content);
    if (event === undefined) bad.push(line);
    else lines.push({ line, event });
  }
  if (bad.length > 0) {
    const shown = bad.slice(0, PROBLEMS_SHOWN_MAX).join(", ");
    problems.push(`${FILES.history}: ${bad.length} unreadable line(s): ${shown}`);
  }
  return lines;
}

function parseEvent(content: Buffer): HistoryLine["event"] | undefined {
  if (!isUtf8(content)) return undefined;
  try {
    return historyEventSchema.safeParse(JSON.parse(content.toString("utf8"))).data;
  } catch {
    return undefined;
  }
}

/** Where a server's files are. */
export interface ServerPlace {
  /** The folders that hold logs, snapshots and epoch files: one, or a dataDir's and a dataLogDir's. */
  readonly folders: readonly string[];
  /** The server's own log, of which there may be none. */
  readonly serverLog: string;
}

function placeOf(directory: string): ServerPlace {
  return {
    folders: [join(directory, "version-2")],
    serverLog: join(directory, FILES.serverLog),
  };
}

/** Decodes what a server left behind; what cannot be is told in `problems`, or kept as unreadable. */
export function loadServer(
  { folders, serverLog: logFile }: ServerPlace,
  { server, role }: Pick<ServerLogs, "server" | "role">,
  problems: string[],
): ServerLogs {
  const files: LogFile[] = [];
  const snapshots: Snapshot[] = [];
  const unreadable: { file: string; reason: string }[] = [];
  const found = folders.flatMap((data) => namesIn(data).map((name) => ({ data, name })));
  if (!found.some(({ name }) => name.startsWith("log."))) {
    problems.push(`${server}: no transaction log in its data directory`);
  }
  for (const { data, name } of found) {
    try {
      if (name.startsWith("log.")) {
        files.push(decodeLogFile(ordinary(join(data, name)), { server, file: name }));
      } else if (name.startsWith("snapshot.")) {
        snapshots.push(decodeSnapshot(ordinary(join(data, name)), { server, file: name }));
      }
    } catch (error) {
      unreadable.push({
        file: name,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const serverLog = readFileIfThere(logFile);
  const said = readServerLog(serverLog?.toString("utf8").split("\n") ?? []);
  return {
    server,
    role,
    files,
    snapshots,
    acceptedEpoch: epochFile(folders, "acceptedEpoch"),
    currentEpoch: epochFile(folders, "currentEpoch"),
    ...said,
    unreadable,
  };
}

function epochFile(folders: readonly string[], name: string): number | undefined {
  for (const folder of folders) {
    const text = readFileIfThere(join(folder, name))?.toString("utf8").trim() ?? "";
    if (/^\d{1,10}$/.test(text)) return Number(text);
  }
  return undefined;
}

function ordinary(file: string): Buffer {
  const bytes = readFileIfThere(file);
  if (bytes === undefined) throw new LabError("evidence", "it is no ordinary file");
  return bytes;
}
