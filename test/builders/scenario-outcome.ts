/**
 * What one run of a catalogue scenario came to, on either runtime, in the words that both must share:
 * verdicts, violations by name, minimums met. The suite of the local runtime keeps what it saw, so that
 * the docker suite of the same `npm test` has something to compare with and need not run it again.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AuditReport, GroupSummary } from "../../lab/audit/types.ts";
import { FILES } from "../../lab/evidence/run-directory.ts";
import { packageRoot } from "../../lab/package-root.ts";
import type { RuntimeName } from "../../lab/runtime/choose.ts";
import { loadScenario } from "../../lab/scenario/load.ts";
import { ownerOf } from "./engine.ts";
import { type CliResult, startZklab } from "./zklab-cli.ts";

export interface ScenarioRun {
  readonly result: Pick<CliResult, "code" | "stderr">;
  /** As run.json has it. */
  readonly runtime: string;
  /** The label by which whatever it made in an engine is known. */
  readonly owner: string;
  readonly cutShort: string | null;
  readonly unmet: readonly { readonly group: string; readonly found: string }[];
  readonly groups: readonly GroupSummary[];
  readonly outcome: Outcome;
}

export interface Outcome {
  readonly verdict: string;
  readonly ensemble: readonly string[];
  readonly groups: readonly {
    readonly group: string;
    readonly verdict: string;
    readonly violations: readonly string[];
    readonly minimumsMet: boolean;
  }[];
}

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

/** Plays it once, at a seed that both runtimes share. */
export async function playScenario(
  name: string,
  options: { runtime: RuntimeName; runs: string; limitMs: number; zookeeper?: string },
): Promise<ScenarioRun> {
  const { runtime, runs, limitMs, zookeeper } = options;
  const version = zookeeper === undefined ? [] : ["--zookeeper", zookeeper];
  const args = ["run", name, "--runtime", runtime, "--json", "--runs", runs, ...version];
  // Another version than the default may have to be fetched first.
  const env = zookeeper === undefined ? {} : { ZKLAB_SETUP: "yes" };
  const lab = startZklab([...args, "--seed", SEED], { limitMs, env });
  const owner = `zklab.owner=${ownerOf(lab.pid)}`;
  const { code, stdout, stderr } = await lab.result;
  const [run] = stdout === "" ? [] : (JSON.parse(stdout) as RunJson[]);
  if (run === undefined) throw new Error(`zklab ${args.join(" ")}: ${code}\n${stderr}`);
  const info = readFileSync(join(packageRoot(), run.directory, FILES.run), "utf8");
  return {
    result: { code, stderr },
    runtime: (JSON.parse(info) as { runtime: string }).runtime,
    owner,
    cutShort: run.cutShort,
    unmet: run.expectations.filter((one) => !one.met),
    groups: run.audit.groups,
    outcome: outcomeOf(name, run.audit),
  };
}

/** Any will do, as long as both runtimes draw the same. */
const SEED = "5eed0004";

function outcomeOf(name: string, { verdict, claims, groups }: AuditReport): Outcome {
  const { scenario } = loadScenario(name);
  const violationsOf = (group: string | undefined): string[] => {
    const findings = claims.flatMap((claim) => claim.findings);
    const names = findings
      .filter((finding) => finding.grade === "violation" && finding.group === group)
      .map((finding) => finding.name);
    return [...new Set(names)].sort();
  };
  return {
    verdict,
    ensemble: violationsOf(undefined),
    groups: groups.map((one) => {
      const wanted = scenario.groups[one.group]?.minimums ?? {};
      return {
        group: one.group,
        verdict: one.verdict,
        violations: violationsOf(one.group),
        minimumsMet:
          one.exposed >= (wanted.exposed ?? 0) &&
          one.committedWrites >= (wanted.committedWrites ?? 0) &&
          one.terms >= (wanted.terms ?? 0),
      };
    }),
  };
}

/** Where this `npm test` keeps what its suites saw; undefined where a suite runs alone. */
const KEPT = process.env["ZKLAB_TEST_OUTCOMES"];

export function keepOutcome(name: string, outcome: Outcome): void {
  if (KEPT === undefined) return;
  mkdirSync(KEPT, { recursive: true });
  writeFileSync(join(KEPT, `${name}.json`), JSON.stringify(outcome));
}

/** What the local suite saw a moment ago; undefined where it did not run. */
export function keptOutcome(name: string): Outcome | undefined {
  try {
    return JSON.parse(readFileSync(join(KEPT ?? "", `${name}.json`), "utf8")) as Outcome;
  } catch {
    return undefined;
  }
}
