/** suite.json: the runs of one suite, repeat or night. The suite's reports are made from it alone. */

import { join } from "node:path";
import { z } from "zod";
import { LabError } from "../errors.ts";
import { readFileIfThere } from "./files.ts";
import { FILES } from "./run-directory.ts";

export const SUITE_SCHEMA_VERSION = 1;

const verdict = z.enum(["holds", "violated", "unknown", "not-applicable"]);
const ms = z.number().nonnegative().optional();
const costSchema = z.object({
  cause: z.string().optional(),
  voteMs: ms,
  lookingToBroadcastMs: ms,
  withoutLeaderMs: ms,
  feltMs: ms,
});
export const suiteFileSchema = z.object({
  schema: z.literal(SUITE_SCHEMA_VERSION),
  suite: z.string(),
  /** How many were to be played; fewer runs than that: it was interrupted. */
  planned: z.int().nonnegative(),
  runs: z.array(
    z.object({
      /** The run's directory, relative to this file. */
      run: z.string(),
      scenario: z.string(),
      seed: z.string(),
      verdict,
      asExpected: z.boolean(),
      /** On which version; runs made before it was kept have none. */
      zookeeper: z.string().optional(),
      /** What its re-elections cost, in ms; what is not known is left out. */
      reElections: z.array(costSchema).optional(),
      expectations: z.array(
        z.object({
          group: z.string(),
          met: z.boolean(),
          expected: z.string(),
          found: z.string(),
          verdict,
        }),
      ),
    }),
  ),
});
export type SuiteFile = z.infer<typeof suiteFileSchema>;

/** True where the directory is a suite's and not a run's. */
export function isSuiteDirectory(directory: string): boolean {
  const has = (name: string): boolean => readFileIfThere(join(directory, name)) !== undefined;
  return has(FILES.suite) && !has(FILES.run);
}

/** Throws LabError("bad-input") where suite.json is not one. */
export function loadSuiteFile(directory: string): SuiteFile {
  const file = join(directory, FILES.suite);
  let value: unknown;
  try {
    value = JSON.parse(readFileIfThere(file)?.toString("utf8") ?? "");
  } catch (cause) {
    throw new LabError("bad-input", `read ${file}: not JSON`, { cause });
  }
  const parsed = suiteFileSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const where = parsed.error.issues.map((i) => `${i.path.join(".") || "(root)"}: ${i.message}`);
  throw new LabError("bad-input", `read ${file}: ${where.slice(0, 5).join("; ")}`, {
    hint: "was it written by a newer zklab?",
  });
}
