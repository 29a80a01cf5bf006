/** Correct runs: never violated, and with their minimums met they hold. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import type { AuditReport, Verdict } from "../../lab/audit/types.ts";
import { mergeVerdicts } from "../../lab/audit/verdict.ts";
import { simulate } from "../builders/simulator.ts";
import { withTrees } from "../builders/trees.ts";

const RUNS = 10;
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** audit.json's text: bigints must already be text in it. */
function text(report: AuditReport): string {
  return JSON.stringify(report);
}

/** Frozen values throw when they are written to; bytes cannot be frozen and are compared nowhere. */
function deepFreeze(value: unknown): void {
  if (typeof value !== "object" || value === null || ArrayBuffer.isView(value)) return;
  if (Object.isFrozen(value)) return;
  Object.freeze(value);
  for (const each of Object.values(value)) deepFreeze(each);
}

describe("a correct run", () => {
  it.each([1, 2, 3, 4])("holds, exposed as often as it was in danger (%i of 4)", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { evidence, exposed } = simulate(seed);
        const { report } = audit(evidence);
        expect(report.reasons).toEqual([]);
        expect(report.verdict).toBe("holds");
        expect(report.claims.flatMap(({ findings }) => findings)).toEqual([]);
        for (const { group, ...ends } of report.groups) {
          expect(ends.exposed).toBe(exposed.get(group));
          expect(ends.committedStale + ends.otherwise).toBe(0);
          expect(ends.fencedByServer + ends.refusedByClient).toBe(ends.exposed);
        }
        for (const claim of report.claims)
          if (claim.verdict === "holds") expect(claim.examined).toBeGreaterThan(0);
      }),
      { numRuns: RUNS },
    );
  });

  it("holds with the servers' trees walked, and every node of them was compared", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const evidence = withTrees(simulate(seed).evidence);
        const { report } = audit(evidence);
        expect(report.reasons).toEqual([]);
        expect(report.claims.flatMap(({ findings }) => findings)).toEqual([]);
        const nodes = (evidence.trees ?? []).reduce((sum, tree) => sum + tree.nodes.length, 0);
        const agree = report.claims.find((claim) => claim.claim === "servers-agree");
        expect(agree?.numbers).toEqual({ treesWalked: 3, nodesCompared: nodes });
      }),
      { numRuns: 10 },
    );
  });

  it("is audited the same in any order of servers, and is not changed by it", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { evidence } = simulate(seed);
        deepFreeze(evidence);
        const first = text(audit(evidence).report);
        const reversed = { ...evidence, servers: [...evidence.servers].reverse() };
        expect(text(audit(reversed).report)).toBe(first);
      }),
      { numRuns: 10 },
    );
  });

  it("with a minimum that was not met is unknown", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { evidence } = simulate(seed);
        const groups = evidence.run.groups.map((info) => ({
          ...info,
          minimums: { ...info.minimums, exposed: 1_000 },
        }));
        const { report } = audit({ ...evidence, run: { ...evidence.run, groups } });
        expect(report.verdict).toBe("unknown");
      }),
      { numRuns: 10 },
    );
  });
});

describe("mergeVerdicts", () => {
  const verdicts = fc.constantFrom<Verdict>("holds", "violated", "unknown", "not-applicable");

  it("is associative, commutative and idempotent, and not-applicable is its identity", () => {
    fc.assert(
      fc.property(verdicts, verdicts, verdicts, (a, b, c) => {
        const merge = (...each: Verdict[]): Verdict => mergeVerdicts(each);
        expect(merge(a, merge(b, c))).toBe(merge(merge(a, b), c));
        expect(merge(a, b)).toBe(merge(b, a));
        expect(merge(a, a)).toBe(a);
        expect(merge(a, "not-applicable")).toBe(a);
      }),
    );
  });
});
