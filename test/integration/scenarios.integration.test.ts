/** One real run of every scenario of the catalogue: as expected, with the exposure it asks for. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditReport } from "../../lab/audit/types.ts";
import { catalogueNames, loadScenario } from "../../lab/scenario/load.ts";
import { buildOnce, RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

interface RunJson {
  readonly directory: string;
  readonly expectations: readonly {
    readonly group: string;
    readonly met: boolean;
    readonly found: string;
  }[];
  readonly cutShort: string | null;
  readonly audit: AuditReport;
}

const RUN_LIMIT_MS = 100_000;
const runs = mkdtempSync(join(tmpdir(), "zklab-scenarios-"));
beforeAll(buildOnce);
afterAll(() => rmSync(runs, { recursive: true, force: true }));

/** Budget: 40 s a scenario. */
describe("every scenario of the catalogue", () => {
  it.each(catalogueNames("scenario"))("%s ends as it expects", async (name) => {
    const { code, stdout, stderr } = await zklab([...RUN_LOCALLY, name, "--json", "--runs", runs], {
      limitMs: RUN_LIMIT_MS,
    });
    expect(stderr).toBe("");
    const [run] = JSON.parse(stdout) as RunJson[];
    expect(run?.cutShort).toBeNull();
    const { scenario } = loadScenario(name);
    for (const [group, { minimums }] of Object.entries(scenario.groups)) {
      const summary = run?.audit.groups.find((one) => one.group === group);
      expect(summary?.exposed, `${group}: exposed`).toBeGreaterThanOrEqual(minimums.exposed ?? 0);
      expect(summary?.otherwise, `${group}: every exposed attempt is accounted for`).toBe(0);
    }
    expect(run?.expectations.filter((one) => !one.met)).toEqual([]);
    expect(code).toBe(0);
  });
});
