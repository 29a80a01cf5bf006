/** One real run of every scenario of the catalogue: as expected, with the exposure it asks for. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { catalogueNames } from "../../lab/scenario/load.ts";
import { keepOutcome, playScenario } from "../builders/scenario-outcome.ts";
import { buildOnce } from "../builders/zklab-cli.ts";

const RUN_LIMIT_MS = 100_000;
const runs = mkdtempSync(join(tmpdir(), "zklab-scenarios-"));
beforeAll(buildOnce);
afterAll(() => rmSync(runs, { recursive: true, force: true }));

/** Budget: 40 s a scenario. */
describe("every scenario of the catalogue", () => {
  it.each(catalogueNames("scenario"))("%s ends as it expects", async (name) => {
    const run = await playScenario(name, { runtime: "local", runs, limitMs: RUN_LIMIT_MS });
    expect(run.result.stderr).toBe("");
    expect(run.cutShort).toBeNull();
    for (const { group, otherwise } of run.groups) {
      expect(otherwise, `${group}: every exposed attempt is accounted for`).toBe(0);
    }
    for (const { group, minimumsMet } of run.outcome.groups) {
      expect(minimumsMet, `${group}: minimums`).toBe(true);
    }
    expect(run.unmet).toEqual([]);
    expect(run.result.code).toBe(0);
    keepOutcome(name, run.outcome);
  });
});
