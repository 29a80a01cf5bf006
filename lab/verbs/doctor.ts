/** `zklab doctor`: what this machine can and cannot do, with the remedy. */

import { EXIT, type ExitCode } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { diagnose, renderDoctor } from "../runtime/setup/doctor.ts";
import { makeOutput, type OutputOptions } from "./output.ts";

export async function doctorVerb(options: OutputOptions): Promise<ExitCode> {
  const output = makeOutput(options);
  const report = await diagnose();
  if (options.json === true) output.write(toJson(report));
  else if (options.quiet !== true) output.write(`${renderDoctor(report, output.colors)}\n`);
  return report.ok ? EXIT.asExpected : EXIT.environment;
}
