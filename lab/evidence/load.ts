/**
 * Loads a run directory into Evidence. Damage is never an exception unless there is nothing to audit
 * at all: what is missing or unreadable becomes a problem, and a problem makes the verdict unknown.
 */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../errors.ts";
import { decodeLogFile } from "../txnlog/decode.ts";
import { readServerLog } from "../txnlog/server-log.ts";
import { decodeSnapshot } from "../txnlog/snapshot.ts";
import type { LogFile, ServerLogs, Snapshot } from "../txnlog/types.ts";
import type { Evidence } from "./evidence.ts";
import { helloProblems } from "./hello.ts";
import { type HistoryLine, historyEventSchema } from "./history.ts";
import { FILES } from "./run-directory.ts";
import { type RunInfo, runInfoSchema } from "./run-info.ts";

const PROBLEMS_SHOWN_MAX = 20;

/** Reads everything the audit needs; throws LabError("evidence") where run.json itself is unusable. */
export function loadEvidence(directory: string): Evidence {
  const run = loadRunInfo(directory);
  const problems: string[] = [];
  const history = loadHistory(join(directory, FILES.history), problems);
  problems.push(...helloProblems(run, history));
  const servers = run.servers.map(({ name, role }) =>
    loadServer(join(directory, FILES.servers, name), name, role, problems),
  );
  return { run, history, servers, problems };
}

export function loadRunInfo(directory: string): RunInfo {
  const file = join(directory, FILES.run);
  if (!existsSync(file)) {
    throw new LabError("bad-input", `audit ${directory}: no ${FILES.run} in it`, {
      hint: "name a run directory, e.g. runs/gc-pause/latest",
    });
  }
  let value: unknown;
  try {
    value = JSON.parse(readFileSync(file, "utf8"));
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
  if (!existsSync(file)) {
    problems.push(`${FILES.history} is missing`);
    return [];
  }
  const lines: HistoryLine[] = [];
  const bad: number[] = [];
  const text = readFileSync(file, "utf8");
  text.split("\n").forEach((content, i) => {
    if (content === "") return;
    const event = parseEvent(content);
    if (event === undefined) bad.push(i + 1);
    else lines.push({ line: i + 1, event });
  });
  if (bad.length > 0) {
    const shown = bad.slice(0, PROBLEMS_SHOWN_MAX).join(", ");
    problems.push(`${FILES.history}: ${bad.length} unreadable line(s): ${shown}`);
  }
  return lines;
}

function parseEvent(content: string): HistoryLine["event"] | undefined {
  try {
    return historyEventSchema.safeParse(JSON.parse(content)).data;
  } catch {
    return undefined;
  }
}

function loadServer(
  directory: string,
  server: string,
  role: ServerLogs["role"],
  problems: string[],
): ServerLogs {
  const data = join(directory, "version-2");
  const files: LogFile[] = [];
  const snapshots: Snapshot[] = [];
  const unreadable: { file: string; reason: string }[] = [];
  const names = existsSync(data) ? readdirSync(data).sort() : [];
  if (!names.some((name) => name.startsWith("log."))) {
    problems.push(`${server}: no transaction log in its data directory`);
  }
  for (const name of names) {
    try {
      if (name.startsWith("log.")) {
        files.push(decodeLogFile(readFileSync(join(data, name)), { server, file: name }));
      } else if (name.startsWith("snapshot.")) {
        snapshots.push(decodeSnapshot(readFileSync(join(data, name)), { server, file: name }));
      }
    } catch (error) {
      unreadable.push({
        file: name,
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
  const serverLog = join(directory, FILES.serverLog);
  const lines = existsSync(serverLog) ? readFileSync(serverLog, "utf8").split("\n") : [];
  const { ledEpochs, elections } = readServerLog(lines);
  return {
    server,
    role,
    files,
    snapshots,
    acceptedEpoch: epochFile(join(data, "acceptedEpoch")),
    currentEpoch: epochFile(join(data, "currentEpoch")),
    ledEpochs,
    elections,
    unreadable,
  };
}

function epochFile(file: string): number | undefined {
  if (!existsSync(file) || !statSync(file).isFile()) return undefined;
  const text = readFileSync(file, "utf8").trim();
  return /^\d{1,10}$/.test(text) ? Number(text) : undefined;
}
