/**
 * zklab as a library, on one screen. Judging needs nothing but bytes and works on every platform;
 * running needs what `zklab doctor` checks, and happens inside the switch's namespaces:
 *
 *   if (isInside()) { await using runtime = await LocalRuntime.create(); await runScenario({ … }); }
 *   else process.exitCode = await enter(process.argv.slice(2));   // this script again, inside
 */

// Judge: a run directory, or evidence of your own, to verdicts.

export { audit } from "./audit/audit.ts";
export type * from "./audit/types.ts";
export { type BareAudit, bareEvidence, loadBareServers } from "./evidence/bare-logs.ts";
export type { Evidence } from "./evidence/evidence.ts";
export type { HistoryEvent, HistoryLine } from "./evidence/history.ts";
export { loadEvidence } from "./evidence/load.ts";
export type { GroupInfo, RunInfo } from "./evidence/run-info.ts";
export { type JudgedRun, type Judgement, judgeRun } from "./judge.ts";
export { compareExpectations, type Expectation } from "./report/expectation.ts";
export { renderHtml } from "./report/html.ts";
export { type JunitRun, renderJunit } from "./report/junit.ts";

// Read: ZooKeeper's files to records and the committed history.

export { decodeLogFile } from "./txnlog/decode.ts";
export { commitHistory, type HistoryOptions } from "./txnlog/history.ts";
export { readServerLog } from "./txnlog/server-log.ts";
export { decodeSnapshot } from "./txnlog/snapshot.ts";
export type * from "./txnlog/types.ts";

// Talk: the ZooKeeper client, with transactions and 64-bit ids.

export * from "./client/index.ts";

// Run: a scenario on a real ensemble.

export { type Progress as RunProgress, silentProgress } from "./report/progress.ts";
export { type RunOptions, type RunOutcome, runScenario } from "./run.ts";
export { enter, isInside } from "./runtime/local/enter.ts";
export { LocalRuntime } from "./runtime/local/switch.ts";
export type { LabNode, Runtime } from "./runtime/runtime.ts";
export { ensureSetup, type Setup, type SetupOptions } from "./runtime/setup/setup.ts";
export { loadScenario, loadSuite } from "./scenario/load.ts";
export type { Scenario, Suite } from "./scenario/schema.ts";

// Words: identifiers, errors and exit codes.

export { EXIT, type ExitCode, LabError, type LabErrorCode } from "./errors.ts";
export * from "./ids.ts";
export { zklabVersion } from "./package-root.ts";
