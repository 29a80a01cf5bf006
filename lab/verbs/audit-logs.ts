/** `zklab audit --logs DIR…`: the audit of an ensemble's own logs, or a look for elections in them. */

import { mkdirSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { audit } from "../audit/audit.ts";
import { discover, type Proposal } from "../audit/discover.ts";
import type { AuditResult } from "../audit/types.ts";
import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { bareEvidence, loadBareServers } from "../evidence/bare-logs.ts";
import type { BareLogs, Evidence } from "../evidence/evidence.ts";
import { replaceFile } from "../evidence/files.ts";
import { FILES } from "../evidence/run-directory.ts";
import { type GroupInfo, minimumsSchema, RECIPES } from "../evidence/run-info.ts";
import { parseSession, parseZxid, type SessionId, type Zxid } from "../ids.ts";
import { renderHtml } from "../report/html.ts";
import { toJson } from "../report/json.ts";
import { renderJunit } from "../report/junit.ts";
import { renderSummary } from "../report/terminal.ts";
import { plain } from "../report/untrusted.ts";
import { exitCodeOfVerdict } from "./audit.ts";
import { makeOutput, type Output, type OutputOptions, shownPath } from "./output.ts";

export interface AuditLogsOptions extends OutputOptions {
  readonly logs: readonly string[];
  readonly election?: string;
  readonly recipe?: string;
  readonly guarded?: readonly string[];
  readonly guard: "none" | "path" | "session";
  readonly participants?: number;
  readonly sessionsBy: string;
  readonly from?: string;
  readonly to?: string;
  readonly zookeeper: string;
  readonly discover?: true;
  /** A folder for audit.json, report.html and junit.xml. */
  readonly out?: string;
}

export function auditLogsVerb(options: AuditLogsOptions): ExitCode {
  const output = makeOutput(options);
  const loaded = loadBareServers(options.logs);
  if (options.discover === true) return propose(discover(loaded.servers), options, output);
  const bare: BareLogs = {
    participants: options.participants,
    from: zxidOf("--from", options.from),
    to: zxidOf("--to", options.to),
    sessionsBy: sessionsBy(options.sessionsBy),
  };
  const asked = { ...bare, zookeeper: options.zookeeper, group: groupOf(options) };
  const evidence = bareEvidence(loaded, asked);
  const result = audit(evidence);
  if (options.out !== undefined) writeReports(options, evidence, result);
  if (options.json === true) output.write(toJson(result.report));
  else if (options.quiet === true) output.write(`logs: ${result.report.verdict}\n`);
  else output.write(summaryOf(evidence, result, options.out, output));
  return exitCodeOfVerdict(result.report.verdict);
}

function groupOf({ election, guarded, guard, ...asked }: AuditLogsOptions): GroupInfo {
  const recipe = RECIPES.find((known) => known === asked.recipe);
  if (asked.recipe !== undefined && recipe === undefined)
    throw new LabError("usage", `--recipe ${asked.recipe}: zklab knows ${RECIPES.join(", ")}`);
  if (election === undefined || recipe === undefined || guarded === undefined)
    throw new LabError("usage", "audit --logs: --election, --recipe and --guarded are needed", {
      hint: "`--discover` proposes elections and their recipes",
    });
  return {
    ...{ name: "logs", strategy: recipe, options: {}, contenders: [] },
    promises: { guard, atMostOnce: false, reportsAttempts: false },
    ...{ recipe, electionPath: election, guarded: [...guarded] },
    minimums: minimumsSchema.parse({}),
  };
}

function zxidOf(option: string, text: string | undefined): Zxid | undefined {
  if (text === undefined) return undefined;
  const id = parseZxid(text);
  if (id !== undefined) return id;
  throw new LabError("usage", `${option} ${JSON.stringify(text)}: no zxid such as 0x100000001`);
}

const MAP_LINE = /^(0x[0-9a-f]{1,16})\s+(\S+)$/;

/** `session`, `data`, or a file of lines `0xSESSION NAME`. */
function sessionsBy(text: string): BareLogs["sessionsBy"] {
  if (text === "session" || text === "data") return text;
  let lines: readonly string[];
  try {
    lines = readFileSync(text, "utf8").split("\n");
  } catch (cause) {
    throw new LabError("bad-input", `--sessions-by ${text}: the file cannot be read`, {
      hint: "`session`, `data`, or a file of lines `0xSESSION NAME`",
      cause,
    });
  }
  const owners = new Map<SessionId, string>();
  for (const [i, line] of lines.entries()) {
    if (line.trim() === "") continue;
    const [, id = "", name] = MAP_LINE.exec(line.trim()) ?? [];
    const session = parseSession(id);
    if (session === undefined || name === undefined)
      throw new LabError("bad-input", `${text}:${i + 1}: not a line \`0xSESSION NAME\``);
    owners.set(session, name);
  }
  return owners;
}

function propose(
  proposals: readonly Proposal[],
  options: AuditLogsOptions,
  output: Output,
): ExitCode {
  if (options.json === true) output.write(toJson(proposals));
  else if (proposals.length === 0)
    output.write("no znode is named as a known recipe names its own\n");
  else {
    const rows = proposals.map(({ electionPath, recipe, znodes, sessions }) =>
      plain(
        `--election ${electionPath} --recipe ${recipe}   (${znodes} znodes of ${sessions} sessions)`,
      ),
    );
    output.write(
      `elections that the logs may hold, by their znodes' names; which they are, you know:\n${rows.join("\n")}\n`,
    );
  }
  return EXIT.asExpected;
}

function summaryOf(
  evidence: Evidence,
  result: AuditResult,
  out: string | undefined,
  { palette, width }: Output,
): string {
  const paths = out === undefined ? {} : { report: shownPath(join(resolve(out), FILES.report)) };
  return renderSummary({ evidence, result, paths, palette, width });
}

/** The question that was asked; where the logs were is nobody's business who reads the report. */
function commandOf({
  participants,
  election,
  recipe,
  guarded = [],
  sessionsBy: by,
}: AuditLogsOptions): string {
  const vote = participants === undefined ? "" : ` --participants ${participants}`;
  const globs = guarded.map((glob) => `'${glob}'`).join(" ");
  const joined = by === "session" ? "" : ` --sessions-by ${by === "data" ? by : "FILE"}`;
  return `zklab audit --logs …${vote} --election ${election} --recipe ${recipe} --guarded ${globs}${joined}`;
}

function writeReports(options: AuditLogsOptions, evidence: Evidence, result: AuditResult): void {
  const directory = resolve(options.out ?? ".");
  mkdirSync(directory, { recursive: true });
  replaceFile(join(directory, FILES.audit), toJson(result.report));
  replaceFile(
    join(directory, FILES.report),
    renderHtml(evidence, result, { replay: commandOf(options) }),
  );
  const run = { run: evidence.run, report: result.report, expectations: [] };
  replaceFile(join(directory, FILES.junit), renderJunit([run]));
}
