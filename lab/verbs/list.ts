/** `zklab list`: what zklab has, from the same tables that run it. */

import { STRATEGIES } from "../../contenders/catalogue.ts";
import { FAULTS } from "../../faults/catalogue.ts";
import { CLAIMS } from "../audit/claims/catalogue.ts";
import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { catalogueNames, loadScenario, loadSuite } from "../scenario/load.ts";
import { makeOutput, type OutputOptions } from "./output.ts";

interface Row {
  readonly name: string;
  readonly summary: string;
}

const LISTS: Readonly<Record<string, () => readonly Row[]>> = {
  scenarios: () =>
    catalogueNames("scenario").map((name) => ({
      name,
      summary: loadScenario(name).scenario.description,
    })),
  suites: () =>
    catalogueNames("suite").map((name) => ({ name, summary: loadSuite(name).description })),
  faults: () =>
    FAULTS.map((fault) => {
      const why = fault.unavailable();
      return {
        name: fault.name,
        summary: why === undefined ? fault.summary : `unavailable: ${why}`,
      };
    }),
  contenders: () => STRATEGIES.map(({ name, summary }) => ({ name, summary })),
  claims: () =>
    CLAIMS.map(({ claim, sentence, findings }) => ({
      name: claim,
      summary: `${sentence} (${findings.join(", ")})`,
    })),
};

export function listVerb(what: string, options: OutputOptions): ExitCode {
  const rows = LISTS[what]?.();
  if (rows === undefined) {
    throw new LabError("usage", `list ${what}: zklab lists ${Object.keys(LISTS).join(", ")}`);
  }
  const output = makeOutput(options);
  if (options.json === true) {
    output.write(toJson(rows));
    return EXIT.asExpected;
  }
  const width = Math.max(...rows.map((row) => row.name.length));
  for (const { name, summary } of rows) output.write(`${name.padEnd(width)}  ${summary}\n`);
  return EXIT.asExpected;
}
