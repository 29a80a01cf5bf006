/** The logs that a real run left, as if no lab had watched it. */

import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import { discover } from "../../lab/audit/discover.ts";
import type { AuditReport } from "../../lab/audit/types.ts";
import { bareEvidence, loadBareServers } from "../../lab/evidence/bare-logs.ts";
import type { BareLogs } from "../../lab/evidence/evidence.ts";
import type { RecipeName } from "../../lab/evidence/run-info.ts";
import { type Zxid, zxid } from "../../lab/ids.ts";
import { packageRoot } from "../../lab/package-root.ts";
import { group, op } from "../builders/model-parts.ts";
import { RunModel } from "../builders/run-model.ts";

const SERVERS = ["zk1", "zk2", "zk3"].map((name) =>
  join(packageRoot(), "test", "fixtures", "gc-pause", "servers", name),
);
/** Behind the znodes that the lab made. */
const OPENING = zxid(0x1_0000_0011n);
const loaded = loadBareServers(SERVERS);

function judged(name: string, told: Partial<BareLogs> = {}, from = loaded): AuditReport {
  const recipe: RecipeName = name === "ephemeral" ? "single" : "curator-latch";
  const electionPath = `/zklab/${name}/election`;
  const guarded = [`/zklab/${name}/guarded/**`];
  const bare: BareLogs = {
    ...{ participants: 3, from: OPENING as Zxid, to: undefined, sessionsBy: "session", ...told },
  };
  const asked = {
    ...bare,
    zookeeper: "3.9.5",
    group: group({ name, recipe, electionPath, guarded }),
  };
  return audit(bareEvidence(from, asked)).report;
}

const findings = ({ claims }: AuditReport): string[] =>
  claims.flatMap((claim) => claim.findings.map(({ name }) => name));

describe("the bare logs of gc-pause", () => {
  it("convict raw writes, and nobody who is guarded", () => {
    expect(judged("naive").verdict).toBe("violated");
    expect(findings(judged("naive"))).toEqual(["leaderless-write"]);
    expect(judged("latch-check").verdict).toBe("holds");
    expect(judged("ephemeral").verdict).toBe("holds");
  });

  it("tell whose the stale write was, where the election znodes' data say whose a session is", () => {
    const sessionsBy = new Map<never, string>();
    const byData = judged("naive", { sessionsBy: "data" });
    expect(findings(byData)).toEqual(["stale-leader-write"]);
    const [stale] = byData.claims.flatMap((claim) => claim.findings);
    expect(stale).toMatchObject({ while: "another leads", incarnation: "c2#1" });
    expect(findings(judged("naive", { sessionsBy }))).toEqual(["leaderless-write"]);
  });

  it("judge no further than they are asked to", () => {
    const [stale] = judged("naive").claims.flatMap((claim) => claim.findings);
    const before = zxid(BigInt(stale?.zxid ?? 0) - 1n);
    expect(judged("naive", { to: before }).verdict).toBe("holds");
    expect(judged("naive", { from: zxid(before + 1n) }).verdict).toBe("holds");
  });

  it("of a minority, or of nobody knows how many, are unknown", () => {
    const [first] = SERVERS;
    const one = loadBareServers(first === undefined ? [] : [first]);
    expect(judged("naive", {}, one)).toMatchObject({ verdict: "unknown" });
    const report = judged("latch-check", { participants: undefined });
    expect(report.verdict).toBe("unknown");
    expect(report.reasons.join()).toContain("--participants");
  });

  it("show which elections they hold", () => {
    const found = discover(loaded.servers);
    expect(found.map(({ electionPath, recipe }) => [electionPath, recipe])).toEqual([
      ["/zklab/latch-check/election", "curator-latch"],
      ["/zklab/naive/election", "curator-latch"],
      ["/zklab/ephemeral/election", "single"],
    ]);
  });
});

describe("discover", () => {
  const proposed = (path: string, ephemeral = true): readonly string[] => {
    const model = new RunModel();
    const session = model.connect();
    model.commit({ type: "create2", session, ops: [op.create(path, "x", ephemeral)] });
    return discover(model.evidence().servers).map(({ recipe, electionPath }) => {
      return `${recipe} ${electionPath}`;
    });
  };

  it.each([
    ["/a/_c_1-latch-0000000000", "curator-latch /a"],
    ["/a/_c_1-lock-0000000000", "curator-selector /a"],
    ["/a/1__lock__0000000000", "kazoo-lock /a"],
    ["/a/n_0000000007", "sequential /a"],
    ["/a/leader", "single /a"],
  ])("%s is one of %s", (path, proposal) => {
    expect(proposed(path)).toEqual([proposal]);
  });

  it("takes no leader information and no persistent node for an election", () => {
    expect(proposed("/flink/default/connection_info")).toEqual([]);
    expect(proposed("/queue/item-0000000001", false)).toEqual([]);
  });
});

describe("loadBareServers", () => {
  it("takes a version-2 itself, and names servers apart", () => {
    const [first = ""] = SERVERS;
    const { servers } = loadBareServers([join(first, "version-2"), first]);
    expect(servers.map(({ server, files }) => [server, files.length > 0])).toEqual([
      ["zk1", true],
      ["server-2", true],
    ]);
  });

  it("refuses what is no data directory", () => {
    expect(() => loadBareServers(["/nowhere"])).toThrow(/no version-2 in it/);
  });
});
