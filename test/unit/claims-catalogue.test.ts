/** One table of claims: the audit's, `zklab list claims`, README. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLAIMS } from "../../lab/audit/claims/catalogue.ts";
import {
  CLAIM_NAMES,
  FINDING_NAMES,
  FINDINGS,
  WARNING_NAMES,
} from "../../lab/evidence/finding-names.ts";
import { packageRoot } from "../../lab/package-root.ts";
import { MUTATIONS } from "../builders/mutations.ts";
import { seeded, simulate } from "../builders/simulator.ts";

describe("the table of claims", () => {
  it("is README's, row by row", () => {
    const readme = readFileSync(join(packageRoot(), "README.md"), "utf8");
    const rows = CLAIMS.map(
      ({ claim, sentence, findings }) =>
        `| \`${claim}\` | ${sentence} | ${findings.map((name) => `\`${name}\``).join(", ")} |`,
    );
    const table = ["| claim | sentence | findings |", "| --- | --- | --- |", ...rows].join("\n");
    expect(readme).toContain(`${table}\n\n`);
  });

  it("names every claim and every finding once", () => {
    const claims = CLAIMS.map(({ claim }) => claim);
    expect(new Set(claims).size).toBe(claims.length);
    const findings = CLAIMS.flatMap((entry) => entry.findings);
    expect(new Set(findings).size).toBe(findings.length);
  });

  it("is the vocabulary that scenarios name", () => {
    const told = CLAIMS.map(({ claim, findings }) => [claim, [...findings].sort()]);
    const words = CLAIM_NAMES.map((claim) => [
      claim,
      FINDING_NAMES.filter((name) => FINDINGS[name].claim === claim).sort(),
    ]);
    expect(words).toEqual(told);
    const readme = readFileSync(join(packageRoot(), "README.md"), "utf8");
    const warnings = WARNING_NAMES.map((name) => `\`${name}\``);
    const list = `${warnings.slice(0, -1).join(", ")} and ${warnings.at(-1)}`;
    expect(readme).toContain(`\n${list} are warnings:`);
  });

  it("has a mutation that makes each finding", () => {
    const missing = new Set<string>(CLAIMS.flatMap((entry) => entry.findings));
    for (const mutate of Object.values(MUTATIONS)) {
      // One run in which it has a place tells what it makes.
      for (let seed = 1, named = false; seed <= 20 && !named; seed += 1) {
        const mutated = mutate(simulate(seed).evidence, seeded(seed));
        named = mutated !== undefined;
        for (const name of [...(mutated?.violations ?? []), ...(mutated?.also ?? [])])
          missing.delete(name);
      }
    }
    expect([...missing]).toEqual([]);
  });
});
