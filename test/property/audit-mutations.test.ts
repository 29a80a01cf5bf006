/** Altered evidence is found by the claim responsible; deleted evidence moves verdicts towards unknown only. */

import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { audit } from "../../lab/audit/audit.ts";
import type { AuditReport, ClaimResult } from "../../lab/audit/types.ts";
import type { Evidence } from "../../lab/evidence/evidence.ts";
import { deleteSome, MUTATIONS } from "../builders/mutations.ts";
import { seeded, simulate } from "../builders/simulator.ts";

/** Runs that the mutation found a place in. */
const MUTATED_RUNS = 10;

const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

function violationsIn(report: AuditReport): string[] {
  const found = report.claims.flatMap((claim) =>
    claim.findings.filter((finding) => finding.grade === "violation"),
  );
  return [...new Set(found.map((finding) => finding.name))].sort();
}

/** All findings by name; that something cannot be settled (`evidence-gap`) only where it is asked for. */
function namesIn(report: AuditReport, asked: readonly string[]): string[] {
  const found = report.claims.flatMap((claim) => claim.findings.map((finding) => finding.name));
  const told = found.filter((name) => name !== "evidence-gap" || asked.includes(name));
  return [...new Set(told)].sort();
}

describe("a mutation", () => {
  it.each(Object.entries(MUTATIONS))("%s is found, and nothing else", (_name, mutate) => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const mutated = mutate(simulate(seed).evidence, seeded(seed));
        // A run that has no place for it counts for nothing; another one is drawn.
        fc.pre(mutated !== undefined);
        const { report } = audit(mutated.evidence);
        const { violations, also = [], verdict = "unknown" } = mutated;
        expect(violationsIn(report)).toEqual([...violations].sort());
        expect(namesIn(report, also)).toEqual([...new Set([...violations, ...also])].sort());
        expect(report.verdict).toBe(violations.length > 0 ? "violated" : verdict);
      }),
      { numRuns: MUTATED_RUNS },
    );
  });
});

/** A run from which something is gone: of all draws one in many would delete nothing. */
function deleted(evidence: Evidence, seed: number): Evidence {
  const left = deleteSome(evidence, seeded(seed));
  fc.pre(recordsIn(left) < recordsIn(evidence));
  return left;
}

function recordsIn({ servers }: Evidence): number {
  return servers.flatMap(({ files }) => files.flatMap(({ records }) => records)).length;
}

describe("deleting whole files and tails", () => {
  it("of a correct run leaves every claim holding or unknown", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { report } = audit(deleted(simulate(seed).evidence, seed));
        expect(violationsIn(report)).toEqual([]);
        expect(["holds", "unknown"]).toContain(report.verdict);
      }),
      { numRuns: 30 },
    );
  });

  it.each([1, 2])("of a run with a stale write never makes leader-writes hold (%i of 2)", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const mutate = MUTATIONS["a write moved past the end of its term"];
        const mutated = mutate?.(simulate(seed).evidence, seeded(seed));
        fc.pre(mutated !== undefined);
        const isStale = ({ claim, verdict }: ClaimResult): boolean =>
          claim === "leader-writes" && verdict === "violated";
        const before = audit(mutated.evidence).report.claims.find(isStale);
        const after = audit(deleted(mutated.evidence, seed + 1)).report.claims.find(
          ({ claim, group }) => claim === "leader-writes" && group === before?.group,
        );
        expect([before?.verdict, after?.verdict]).toEqual([
          "violated",
          expect.stringMatching(/^(violated|unknown)$/),
        ]);
      }),
      { numRuns: 10 },
    );
  });
});
