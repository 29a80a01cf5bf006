/** Bare logs: judged as the run that they are of, as far as logs tell; over a snapshot as over the whole log. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import type { AuditReport, ClaimResult } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import type { Zxid } from "../../lab/ids.ts";
import { bare, openingOf, purged, recordsOf, snapshotAt } from "../builders/bare.ts";
import { MUTATIONS } from "../builders/mutations.ts";
import { seeded, simulate } from "../builders/simulator.ts";

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function violations({ claims }: AuditReport): string[] {
  const found = claims.flatMap(({ findings }) =>
    findings.filter(({ grade }) => grade === "violation").map(({ name }) => name),
  );
  return [...new Set(found)];
}

function leaderWrites({ claims }: AuditReport): readonly ClaimResult[] {
  return claims.filter(({ claim }) => claim === "leader-writes");
}

/** A position in the middle of the run, with the record there and one some records before it. */
function middle(evidence: Evidence, share: number): { readonly at: Zxid; readonly name: Zxid } {
  const run = recordsOf(evidence).filter(({ zxid }) => zxid > openingOf(evidence));
  const i = Math.floor(share * (run.length - 8)) + 4;
  return { at: run[i]?.zxid ?? (0n as Zxid), name: run[i - 3]?.zxid ?? (0n as Zxid) };
}

describe("the bare logs of a correct run", () => {
  it("hold, and what only contenders could tell is not applicable", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { evidence } = simulate(seed);
        const { report } = audit(bare(evidence, { from: openingOf(evidence) }));
        expect(report.reasons).toEqual([]);
        expect(report.verdict).toBe("holds");
        const told = ["single-belief", "certain-failures", "needed-revocations", "order"];
        for (const { claim, verdict } of report.claims)
          if (told.includes(claim)) expect(verdict).toBe("not-applicable");
        const agree = report.claims.find(({ claim }) => claim === "servers-agree");
        expect(agree?.numbers["treesWalked"]).toBe(3);
      }),
      { numRuns: 20 },
    );
  });

  it("hold over a fuzzy snapshot too, with the terms that the whole log gives", () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
        const { evidence } = simulate(seed);
        const { at, name } = middle(evidence, share);
        const cut = purged(evidence, name, snapshotAt(evidence, at, name));
        const { report } = audit(bare(cut));
        // Purged to less than a run, nothing may be left to examine; nothing else may be in doubt.
        expect(violations(report)).toEqual([]);
        const doubts = report.reasons.filter((reason) => !/nothing was examined/.test(reason));
        expect(doubts).toEqual([]);
        const whole = audit(bare(evidence, { from: at })).report.terms.map(({ token }) => token);
        expect(report.terms.map(({ token }) => token)).toEqual(whole);
      }),
      { numRuns: 20 },
    );
  });

  it("are unknown from a purge on where no snapshot tells the state", () => {
    fc.assert(
      fc.property(seeds, fc.double({ min: 0, max: 1, noNaN: true }), (seed, share) => {
        const { evidence } = simulate(seed);
        const { report } = audit(bare(purged(evidence, middle(evidence, share).name, undefined)));
        expect(report.verdict).toBe("unknown");
        expect(leaderWrites(report).map(({ verdict }) => verdict)).not.toContain("holds");
      }),
      { numRuns: 10 },
    );
  });

  it("are unknown where nobody says how many vote", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { evidence } = simulate(seed, { failOvers: 0 });
        const { report } = audit(bare(evidence, { participants: undefined }));
        expect(report.verdict).toBe("unknown");
        expect(violations(report)).toEqual([]);
      }),
      { numRuns: 5 },
    );
  });
});

describe("the bare logs of a wrong run", () => {
  it("show a stale write, as of a session that never led", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const mutate = MUTATIONS["a write moved past the end of its term"];
        const mutated = mutate?.(simulate(seed).evidence, seeded(seed));
        fc.pre(mutated !== undefined);
        const { evidence } = mutated;
        const { report } = audit(bare(evidence, { from: openingOf(evidence) }));
        expect(violations(report)).toEqual(["leaderless-write"]);
      }),
      { numRuns: 10 },
    );
  });

  it("pass over a snapshot that holds a ghost", () => {
    const { evidence } = simulate(1);
    const { at } = middle(evidence, 0.5);
    const snapshot = snapshotAt(evidence, at);
    const haunted = snapshot.nodes.map((node, i) =>
      i === 0 ? { ...node, mzxid: (at | 0xffff_fff0n) as Zxid } : node,
    );
    const { report } = audit(bare(purged(evidence, at, { ...snapshot, nodes: haunted })));
    expect(report.verdict).toBe("unknown");
    expect(report.reasons.join()).toContain("no snapshot tells the state before");
  });

  it("show a server whose snapshot lacks what the others hold", () => {
    const { evidence } = simulate(1);
    const { at } = middle(evidence, 0.5);
    const cut = purged(evidence, at, snapshotAt(evidence, at));
    const path = evidence.run.groups[0]?.guarded[0]?.replace("**", "state");
    const servers = cut.servers.map((server) => ({
      ...server,
      snapshots: server.snapshots.map((snapshot) => ({
        ...snapshot,
        nodes: snapshot.nodes.filter((node) => server.server !== "zk2" || node.path !== path),
      })),
    }));
    const { report } = audit(bare({ ...cut, servers }));
    expect(violations(report)).toEqual(["replica-divergence"]);
  });
});
