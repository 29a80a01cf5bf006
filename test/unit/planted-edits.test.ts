/**
 * Edits planted in the files of a real run (test/fixtures/gc-pause: three groups on three 3.9.5
 * servers): each must give its finding, or unknown where semantics 16 says so, and never holds.
 */

import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { AuditReport, ClaimResult } from "../../lab/audit/types.ts";
import { loadEvidence } from "../../lab/evidence/load.ts";
import { FILES } from "../../lab/evidence/run-directory.ts";
import { parseZxid, type Zxid } from "../../lab/ids.ts";
import { judge, judgeRun } from "../../lab/judge.ts";
import { packageRoot } from "../../lab/package-root.ts";
import { decodeLogFile } from "../../lab/txnlog/decode.ts";
import type { TxnRecord } from "../../lab/txnlog/types.ts";
import { cutFile, removeRecord, replaceRecord } from "../builders/txnlog-writer.ts";

const FIXTURE = join(packageRoot(), "test", "fixtures", "gc-pause");
const SERVERS = ["zk1", "zk2", "zk3"];
const GROUP = "latch-check";

let run = "";
beforeEach(() => {
  run = mkdtempSync(join(tmpdir(), "zklab-planted-"));
  cpSync(FIXTURE, run, { recursive: true });
});
afterEach(() => rmSync(run, { recursive: true, force: true }));

function editLogs(servers: readonly string[], edit: (bytes: Uint8Array) => Uint8Array): void {
  for (const server of servers) {
    const data = join(run, FILES.servers, server, "version-2");
    for (const name of readdirSync(data).filter((file) => file.startsWith("log."))) {
      writeFileSync(join(data, name), edit(readFileSync(join(data, name))));
    }
  }
}

/** Zxids of the group's acknowledged writes, in order. */
function acknowledged(group: string): Zxid[] {
  return loadEvidence(run).history.flatMap(({ event }) => {
    if (event.type !== "contender" || !event.incarnation.startsWith(`${group}/`)) return [];
    const zxid = event.line.type === "op" && event.line.phase === "ok" ? event.line.zxid : "";
    return parseZxid(zxid) ?? [];
  });
}

function claimOf(report: AuditReport, claim: string, group?: string): ClaimResult | undefined {
  return report.claims.find((one) => one.claim === claim && one.group === group);
}

function findingsOf(report: AuditReport): string[] {
  const findings = report.claims.flatMap((claim) => claim.findings);
  return [
    ...new Set(findings.filter((f) => f.group !== "naive").map((finding) => finding.name)),
  ].sort();
}

/** The verdicts of everything but the naive group, which is violated as it stands. */
function verdictsBut(report: AuditReport): string[] {
  return report.claims.filter((claim) => claim.group !== "naive").map((claim) => claim.verdict);
}

describe("a real run, unedited", () => {
  it("is violated by naive alone; everything else holds", () => {
    const { report } = judge(run).result;
    expect(verdictsBut(report).filter((v) => v !== "holds" && v !== "not-applicable")).toEqual([]);
    expect(report.groups.map((group) => [group.group, group.verdict])).toEqual([
      ["naive", "violated"],
      ["latch-check", "holds"],
      ["ephemeral", "holds"],
    ]);
  });

  it("is judged the same byte for byte when it is judged again", () => {
    const first = readFileSync(judgeRun(run).auditFile);
    expect(readFileSync(judgeRun(run).auditFile).equals(first)).toBe(true);
  });
});

describe("an acknowledged write removed", () => {
  it.each([
    ["from one log", ["zk2"]],
    ["from a quorum of logs", ["zk1", "zk3"]],
  ])("%s: a hole that the servers do not share", (_where, servers) => {
    const zxid = acknowledged(GROUP)[5] as Zxid;
    editLogs(servers, (bytes) => removeRecord(bytes, zxid));
    const { report } = judge(run).result;
    expect(findingsOf(report)).toContain("log-hole");
    expect(claimOf(report, "servers-agree")?.verdict).not.toBe("holds");
  });

  it("from all logs: lost, and a gap in the evidence", () => {
    const zxid = acknowledged(GROUP)[5] as Zxid;
    editLogs(SERVERS, (bytes) => removeRecord(bytes, zxid));
    const { report } = judge(run).result;
    expect(findingsOf(report)).toEqual(expect.arrayContaining(["evidence-gap", "lost-write"]));
    expect(claimOf(report, "durability", GROUP)?.verdict).toBe("violated");
    expect(claimOf(report, "complete-evidence")?.verdict).toBe("unknown");
  });
});

describe("a write moved past its term", () => {
  it("is a stale write where it stands now, and a lost one where it stood", () => {
    const { report: before } = judge(run).result;
    const [first] = before.terms.filter((term) => term.group === GROUP);
    const end = parseZxid((first?.to ?? "").split("/")[0] ?? "") as Zxid;
    const moved = acknowledged(GROUP)[3] as Zxid;
    const probe = loadEvidence(run).history.flatMap(({ event }) =>
      event.type === "probe" ? (parseZxid(event.zxid) ?? []) : [],
    );
    const after = probe.find((zxid) => zxid > end) as Zxid;
    editLogs(SERVERS, (bytes) => {
      let write: TxnRecord | undefined;
      let other: TxnRecord | undefined;
      replaceRecord(bytes, moved, (record) => {
        write = record;
        return record;
      });
      replaceRecord(bytes, after, (record) => {
        other = record;
        return record;
      });
      const swapped = replaceRecord(bytes, moved, (r) => ({ ...(other ?? r), zxid: moved }));
      return replaceRecord(swapped, after, (r) => ({ ...(write ?? r), zxid: after }));
    });
    const { report } = judge(run).result;
    expect(findingsOf(report)).toEqual(
      expect.arrayContaining(["lost-write", "stale-leader-write"]),
    );
    expect(claimOf(report, "leader-writes", GROUP)?.verdict).toBe("violated");
  });
});

describe("one record changed", () => {
  /** Another op id in the data, with a good checksum. */
  const turn = (bytes: Uint8Array, zxid: Zxid): Uint8Array =>
    replaceRecord(bytes, zxid, (record) => ({
      ...record,
      ops: record.ops.map((op) =>
        op.op === "setData" ? { ...op, data: new TextEncoder().encode("c9#9:999") } : op,
      ),
    }));

  it("on one server: the servers disagree", () => {
    const zxid = acknowledged(GROUP)[5] as Zxid;
    editLogs(["zk3"], (bytes) => turn(bytes, zxid));
    const { report } = judge(run).result;
    expect(findingsOf(report)).toContain("replica-divergence");
    expect(claimOf(report, "servers-agree")?.verdict).toBe("violated");
  });

  it("on all servers: the acknowledged write is not what was committed", () => {
    const zxid = acknowledged(GROUP)[5] as Zxid;
    editLogs(SERVERS, (bytes) => turn(bytes, zxid));
    const { report } = judge(run).result;
    const verdicts = verdictsBut(report);
    expect(verdicts.some((verdict) => verdict === "violated" || verdict === "unknown")).toBe(true);
  });

  it("without a new checksum: the log is corrupt there and what follows is unknown", () => {
    const zxid = acknowledged(GROUP)[5] as Zxid;
    editLogs(SERVERS, (bytes) => {
      const turned = Uint8Array.from(bytes);
      // Behind checksum and length: a byte of the transaction header.
      const at = offsetOf(bytes, zxid) + 20;
      turned[at] = (turned[at] ?? 0) ^ 0x01;
      return turned;
    });
    const { report } = judge(run).result;
    expect(claimOf(report, "complete-evidence")?.verdict).toBe("unknown");
    expect(claimOf(report, "leader-writes", GROUP)?.verdict).not.toBe("holds");
  });
});

describe("a log cut short", () => {
  it.each([
    ["inside a record", 5],
    ["between two records", 0],
  ])("%s on one server: the evidence is not complete", (_where, more) => {
    const zxid = acknowledged(GROUP)[8] as Zxid;
    editLogs(["zk1"], (bytes) => cutFile(bytes, offsetOf(bytes, zxid) + more));
    const { report } = judge(run).result;
    expect(claimOf(report, "complete-evidence")?.verdict).toBe("unknown");
  });

  it("on all servers: nothing holds that was judged from what is gone", () => {
    const zxid = acknowledged(GROUP)[8] as Zxid;
    editLogs(SERVERS, (bytes) => cutFile(bytes, offsetOf(bytes, zxid)));
    const { report } = judge(run).result;
    expect(claimOf(report, "leader-writes", GROUP)?.verdict).not.toBe("holds");
    expect(claimOf(report, "durability", GROUP)?.verdict).not.toBe("holds");
  });
});

/** Where the record of this zxid begins. */
function offsetOf(bytes: Uint8Array, zxid: Zxid): number {
  const { records } = decodeLogFile(bytes, { server: "edited", file: "log" });
  return records.find((record) => record.zxid === zxid)?.source.offset ?? Number.NaN;
}
