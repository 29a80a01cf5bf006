/** Programs without the contract: started, stopped, and audited from the servers' logs alone. */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { blackBox, blackBoxScenario } from "../builders/black-boxes.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, type CliResult, RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

const scratch = new ScratchFolder();
afterAll(() => scratch[Symbol.dispose]());

interface Claim {
  readonly claim: string;
  readonly group?: string;
  readonly verdict: string;
  readonly examined: number;
  readonly findings: readonly { readonly message: string }[];
}

let run: string;
let result: CliResult;
beforeAll(async () => {
  buildOnce();
  const files = {
    honest: scratch.file("honest.mjs", blackBox({ elects: true })),
    rogue: scratch.file("rogue.mjs", blackBox({ elects: false })),
  };
  const file = scratch.file("black-boxes.yaml", blackBoxScenario(files, process.execPath));
  const runs = join(scratch.path, "runs");
  result = await zklab([...RUN_LOCALLY, file, "--runs", runs], { env: scratch.ownCache() });
  run = join(runs, "black-boxes", "latest");
});

function claimOf(group: string, name: string): Claim | undefined {
  const report = JSON.parse(readFileSync(join(run, "audit.json"), "utf8")) as { claims: Claim[] };
  return report.claims.find((one) => one.group === group && one.claim === name);
}

describe("a run of black boxes", () => {
  it("goes to its end at once, and comes out as expected", () => {
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).not.toContain("cut short");
  });

  it("judges who led by session, and finds who wrote without leading", () => {
    const honest = claimOf("honest", "leader-writes");
    expect(honest).toMatchObject({ verdict: "holds", findings: [] });
    expect(honest?.examined).toBeGreaterThan(20);
    const [found] = claimOf("rogue", "leader-writes")?.findings ?? [];
    expect(found?.message).toMatch(/^0x[0-9a-f]+ had never led when .* \(judged by session\)$/);
  });

  it("does not judge what only the contender could tell", () => {
    for (const name of ["single-belief", "needed-revocations", "durability", "certain-failures"])
      expect(claimOf("honest", name)?.verdict).toBe("not-applicable");
  });

  it("keeps what they print, and takes none of it for a line of the contract", () => {
    const said = readFileSync(join(run, "contenders", "honest.c1#1.stdout"), "utf8");
    expect(said).toContain("like any program");
    expect(readFileSync(join(run, "history.jsonl"), "utf8")).not.toContain("bad-line");
  });

  it("ends them by SIGTERM, and not by waiting for an answer", () => {
    const exits = readFileSync(join(run, "history.jsonl"), "utf8")
      .split("\n")
      .filter((line) => line.includes('"state":"exited"'));
    expect(exits).toHaveLength(4);
    for (const exit of exits) expect(exit).toContain('"signal":"SIGTERM"');
  });
});
