/** `zklab audit RUN`: judge a run directory again, from its evidence alone. */

import { existsSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Verdict } from "../audit/types.ts";
import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { judgeRun, replayCommand } from "../judge.ts";
import { toJson } from "../report/json.ts";
import { renderSummary } from "../report/terminal.ts";
import { makeOutput, type OutputOptions, shownPath } from "./output.ts";

export function auditVerb(run: string, options: OutputOptions): ExitCode {
  const directory = resolve(run);
  if (!existsSync(directory) || !statSync(directory).isDirectory()) {
    const found = existsSync(directory) ? "it is no directory" : "there is no such directory";
    throw new LabError("bad-input", `audit ${run}: ${found}`, {
      hint: "name a run directory, e.g. runs/gc-pause/latest",
    });
  }
  const output = makeOutput(options);
  const { evidence, result, expectations, reportFile } = judgeRun(directory);
  const { verdict } = result.report;
  if (options.json === true) output.write(toJson(result.report));
  else if (options.quiet === true) output.write(`${evidence.run.scenario.name}: ${verdict}\n`);
  else {
    const paths = { report: shownPath(reportFile) };
    const { palette, width } = output;
    output.write(
      renderSummary({
        ...{ evidence, result, expectations, paths, palette, width },
        replay: replayCommand(evidence),
      }),
    );
  }
  return exitCodeOfVerdict(verdict);
}

/** A re-audit, as an audit of bare logs, has no expectation but that all holds. */
export function exitCodeOfVerdict(verdict: Verdict): ExitCode {
  if (verdict === "holds") return EXIT.asExpected;
  return verdict === "violated" ? EXIT.notAsExpected : EXIT.unknown;
}
