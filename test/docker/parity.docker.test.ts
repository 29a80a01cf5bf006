/**
 * Every scenario of the catalogue in containers, without a word changed: the same verdicts, the same
 * violations by name and the same minimums met as on the local runtime, and nothing left behind. And
 * other ZooKeepers there.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { catalogueNames } from "../../lab/scenario/load.ts";
import { builtFirst } from "../builders/docker-lab.ts";
import { labelled, needsEngine } from "../builders/engine.ts";
import { keptOutcome, playScenario } from "../builders/scenario-outcome.ts";

const RUN_LIMIT_MS = 120_000;
const IMAGES_LIMIT_MS = 180_000;
const runs = mkdtempSync(join(tmpdir(), "zklab-parity-"));
afterAll(() => rmSync(runs, { recursive: true, force: true }));

/** Budget: 25 s a scenario, and once more where the local suite kept no outcome. */
describe.skipIf(needsEngine().skip)("in containers", () => {
  builtFirst();

  it.each(catalogueNames("scenario"))("%s comes out as on the local runtime", async (name) => {
    const options = { runs, limitMs: RUN_LIMIT_MS };
    const inContainers = await playScenario(name, { ...options, runtime: "docker" });
    expect(inContainers.cutShort).toBeNull();
    expect(inContainers.unmet).toEqual([]);
    expect(inContainers.result).toEqual({ code: 0, stderr: "" });
    expect(inContainers.runtime).toBe("docker");
    expect(labelled(inContainers.owner), "what it left").toEqual([]);
    const locally =
      keptOutcome(name) ?? (await playScenario(name, { ...options, runtime: "local" })).outcome;
    expect(inContainers.outcome).toEqual(locally);
    expect(inContainers.outcome.groups.map((group) => group.minimumsMet)).not.toContain(false);
  });

  it.each(["3.8.6", "3.4.14"])("gc-pause on ZooKeeper %s ends as it expects", async (zookeeper) => {
    const options = { runs, limitMs: IMAGES_LIMIT_MS, zookeeper };
    const run = await playScenario("gc-pause", { ...options, runtime: "docker" });
    expect(run.cutShort).toBeNull();
    expect(run.unmet).toEqual([]);
    expect(run.result).toEqual({ code: 0, stderr: "" });
  });
});
