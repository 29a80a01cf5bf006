/**
 * The verdict depends on the evidence alone: judged again elsewhere, by another user, a day later by
 * the clock (a preload moves Date), a run gives the same audit.json byte for byte.
 */

import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { decodeLogFile } from "../../lab/txnlog/decode.ts";
import type { TxnOp } from "../../lab/txnlog/types.ts";
import { BOTH_KINDS } from "../builders/scenario-files.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { replaceRecord } from "../builders/txnlog-writer.ts";
import { buildOnce, type CliResult, RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

const A_DAY_LATER = `data:text/javascript,${encodeURIComponent(`
const Real = Date;
const later = () => Real.now() + 86_400_000;
globalThis.Date = class extends Real {
  constructor(...given) { given.length === 0 ? super(later()) : super(...given); }
  static now() { return later(); }
};`)}`;

const scratch = new ScratchFolder();
afterAll(() => scratch[Symbol.dispose]());

let original: string;
let main: string;
beforeAll(async () => {
  buildOnce();
  const runs = join(scratch.path, "runs");
  const file = scratch.file("both-kinds.yaml", BOTH_KINDS);
  const run = await zklab([...RUN_LOCALLY, file, "--runs", runs, "--quiet"], {
    env: scratch.ownCache(),
  });
  expect(run).toEqual({ code: 0, signal: null, stdout: "both-kinds: violated\n", stderr: "" });
  original = join(runs, "both-kinds", "latest");
  main = scratch.installZklab("installed");
});

/** A copy of the run with what can be made again taken away, owned by nobody. */
function moved(name: string): string {
  const to = join(scratch.path, "elsewhere", name);
  cpSync(original, to, { recursive: true, dereference: true });
  for (const made of ["audit.json", "report.html", "junit.xml", "manifest.json"]) {
    rmSync(join(to, made));
  }
  execFileSync("chown", ["--recursive", "65534:65534", to]);
  return to;
}

/** Audits as nobody, a day later, with a zklab that is installed elsewhere. */
function auditElsewhere(run: string): Promise<CliResult> {
  return zklab(["audit", run, "--quiet"], {
    main,
    cwd: "/",
    node: ["--import", A_DAY_LATER],
    through: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"],
    env: { HOME: "/nonexistent" },
  });
}

describe("a run judged again elsewhere, by another user, a day later", () => {
  it("gives the same audit.json, byte for byte", async () => {
    const copy = moved("same");
    const audit = await auditElsewhere(copy);
    expect(audit).toEqual({ code: 1, signal: null, stdout: "both-kinds: violated\n", stderr: "" });
    const again = readFileSync(join(copy, "audit.json"));
    expect(again.equals(readFileSync(join(original, "audit.json")))).toBe(true);
  });

  it("gives another one where one record of one log is changed", async () => {
    const copy = moved("changed");
    const log = firstLog(join(copy, "servers", "zk1", "version-2"));
    const bytes = readFileSync(log);
    const { records } = decodeLogFile(bytes, { server: "zk1", file: "log" });
    const write = records.find(({ ops }) => ops.some(isGuardedWrite));
    if (write === undefined) throw new Error("the run wrote nothing");
    const other = new TextEncoder().encode("somebody else's");
    const changed = replaceRecord(bytes, write.zxid, (record) => ({
      ...record,
      ops: record.ops.map((op) => (isGuardedWrite(op) ? { ...op, data: other } : op)),
    }));
    writeFileSync(log, changed);
    const audit = await auditElsewhere(copy);
    expect(audit).toMatchObject({ code: 1, stdout: "both-kinds: violated\n", stderr: "" });
    const [before, after] = [original, copy].map((run) => claimsOf(run));
    expect(before?.["servers-agree"]).toBe("holds");
    expect(after?.["servers-agree"]).toBe("violated");
  });
});

function firstLog(directory: string): string {
  const name = readdirSync(directory).find((entry) => entry.startsWith("log."));
  return join(directory, name ?? "log.none");
}

function isGuardedWrite(op: TxnOp): op is Extract<TxnOp, { op: "setData" }> {
  return op.op === "setData" && op.path.includes("/guarded/");
}

function claimsOf(run: string): Record<string, string> {
  const report = JSON.parse(readFileSync(join(run, "audit.json"), "utf8")) as {
    claims: { claim: string; group?: string; verdict: string }[];
  };
  const ofRun = report.claims.filter(({ group }) => group === undefined);
  return Object.fromEntries(ofRun.map(({ claim, verdict }) => [claim, verdict]));
}
