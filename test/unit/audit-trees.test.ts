/** What the servers hold, one test per rule: semantics 13, 16, 21. */

import { crc32 as zlibCrc32 } from "node:zlib";
import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import type { ClaimName, ClaimResult } from "../../lab/audit/types.ts";
import { crc32 } from "../../lab/evidence/crc32.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import { ackedInside, appended, onServers, without } from "../builders/evidence-edits.ts";
import { C1, claimIn, judgedClaim, ledByC1, names, PATH } from "../builders/judged.ts";
import { bytes, group, op } from "../builders/model-parts.ts";
import { RunModel } from "../builders/run-model.ts";
import { onTree, withTrees } from "../builders/trees.ts";

function judged(evidence: Evidence, name: ClaimName): ClaimResult {
  return claimIn(audit(evidence).report, name);
}

/** Five acknowledged writes of c1 to a znode that the lab made. */
function walked(): Evidence {
  const model = new RunModel([group()]);
  for (const info of model.groups) model.makeZnodes(info);
  model.open();
  const session = model.connect(C1);
  const token = model.elect(C1, session, "/run/naive/latch/_c_1-latch-0000000000");
  for (let n = 1; n <= 5; n += 1) model.write(C1, `c1#1:${n}`, { session, path: PATH, token });
  model.close(session, { by: "client" });
  return withTrees(model.seal().evidence());
}

/** The third write is taken out of zk2's log. */
function holed(evidence: Evidence, version: string): Evidence {
  const written = ackedInside(evidence)[2];
  if (written === undefined) throw new Error("the model has no acknowledged writes");
  const run = { ...evidence.run, zookeeper: { version, source: "model" } };
  return onServers({ ...evidence, run }, ["zk2"], without(written.zxid));
}

describe("servers-agree, with trees (semantics 13, 16)", () => {
  it("holds where every server holds what was committed", () => {
    const result = judged(walked(), "servers-agree");
    expect(result).toMatchObject({ verdict: "holds", numbers: { treesWalked: 3 } });
  });

  it.each(["3.4.13", "3.8.0"])(
    "a hole on %s, known for holes, is a warning where the tree agrees",
    (version) => {
      const result = judged(holed(walked(), version), "servers-agree");
      expect(result).toMatchObject({ verdict: "holds", warnings: 1 });
      expect(names(result)).toEqual(["log-hole"]);
    },
  );

  it.each(["3.9.5", "3.9.3", "3.8.4"])(
    "a hole on %s, whose tree has the write, is an altered log: never plain holds",
    (version) => {
      const result = judged(holed(walked(), version), "servers-agree");
      expect(result).toMatchObject({ verdict: "unknown", warnings: 1, violations: 0 });
      expect(result.reasons.join()).toContain("its log was altered");
    },
  );

  it("a hole that the tree shares is part of the divergence, on any version", () => {
    const lacking = onTree(holed(walked(), "3.8.0"), "zk2", (nodes) =>
      nodes.map((node) => (node.path === PATH ? { ...node, mzxid: node.czxid } : node)),
    );
    const result = judged(lacking, "servers-agree");
    expect(result.verdict).toBe("violated");
    expect(names(result)).toEqual(["replica-divergence", "log-hole"]);
  });

  it("a server whose tree was not walked is in doubt", () => {
    const evidence = walked();
    const trees = (evidence.trees ?? []).slice(1);
    expect(judged({ ...evidence, trees }, "servers-agree").verdict).toBe("unknown");
  });

  it("trees that the history tells of and that are gone are missing evidence", () => {
    const { trees: _gone, ...evidence } = walked();
    expect(judged(evidence, "servers-agree").verdict).toBe("holds");
    const event = { type: "stage", at: 0, stage: "trees" } as const;
    expect(judged(appended(evidence, event), "servers-agree").verdict).toBe("unknown");
  });

  it("the data count, not the Stat alone", () => {
    const rotten = onTree(walked(), "zk3", (nodes) =>
      nodes.map((node) => (node.path === PATH ? { ...node, crc32: node.crc32 ^ 1 } : node)),
    );
    expect(names(judged(rotten, "servers-agree"))).toEqual(["replica-divergence"]);
  });

  it("what a server did after the seal is no difference: an empty container is reaped at any time", () => {
    const evidence = walked();
    const path = "/run/naive/latch";
    const reaped = onTree(evidence, "zk1", (nodes) => nodes.filter((node) => node.path !== path));
    expect(judged(reaped, "servers-agree").verdict).toBe("violated");
    const last = evidence.servers[0]?.files[0]?.records.at(-1);
    if (last === undefined) throw new Error("the model has no records");
    const zxid = (last.zxid + 1n) as typeof last.zxid;
    const reap = { ...last, zxid, type: "deleteContainer" as const, ops: [op.remove(path)] };
    const told = onServers(reaped, ["zk1"], (all) => [...all, reap]);
    expect(judged(told, "servers-agree").verdict).toBe("holds");
  });

  it("where the history is not whole the trees are compared with each other", () => {
    const evidence = walked();
    const written = ackedInside(evidence)[4];
    const gap = onServers(evidence, undefined, without(written?.zxid ?? (0n as never)));
    expect(names(judged(gap, "servers-agree"))).toEqual([]);
    const differing = onTree(gap, "zk2", (nodes) => nodes.slice(0, -1));
    expect(names(judged(differing, "servers-agree"))).toEqual(["replica-divergence"]);
  });
});

describe("ephemerals, with trees (semantics 21)", () => {
  it("a node that a tree lacks while its session lives was lost", () => {
    const model = ledByC1(() => undefined);
    const evidence = withTrees(model.evidence());
    expect(judgedClaim(model, "ephemerals", { evidence }).verdict).toBe("holds");
    const lost = onTree(evidence, "zk2", (nodes) => nodes.filter((node) => node.owner === "0x0"));
    expect(names(judgedClaim(model, "ephemerals", { evidence: lost }))).toEqual(["ephemeral-lost"]);
  });

  it("a delete by anybody ends it, and the session's end does, listed or not", () => {
    for (const paths of [["/run/e"], undefined]) {
      const model = ledByC1((run) => {
        const session = run.connect();
        const made = { type: "create2", session, ops: [op.create("/run/e", "", true)] } as const;
        run.commit(made);
        run.commit({ type: "delete", session: run.lab, ops: [op.remove("/run/e")] });
        run.commit(made);
        run.close(session, paths === undefined ? {} : { paths });
        run.commit({ ...made, session: run.lab });
      });
      expect(judgedClaim(model, "ephemerals")).toMatchObject({ verdict: "holds", examined: 4 });
    }
  });
});

describe("crc32", () => {
  it.each(["", "a", "c1#1:17", "ä".repeat(1_000)])("of %j is zlib's", (text) => {
    expect(crc32(bytes(text))).toBe(zlibCrc32(bytes(text)));
  });
});
