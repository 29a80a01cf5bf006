/**
 * The JSON Schemas that zklab publishes, generated from the zod schemas that it validates with. What a
 * schema cannot say (exactly one condition a step, options that fit a strategy) only zklab checks.
 */

import { z } from "zod";
import { contractLineSchema } from "../../contenders/contract.ts";
import { scenarioSchema } from "../scenario/schema.ts";

/** Each as a value, by its path in the package. */
export function publishedSchemas(): Readonly<Record<string, object>> {
  return {
    "contenders/contract.schema.json": {
      title: "A line of a zklab contender (contract version 1)",
      description: "One JSON object a line on stdout, of at most 64 KiB, UTF-8, `seq` rising.",
      ...z.toJSONSchema(contractLineSchema, { reused: "ref" }),
    },
    "lab/scenario/scenario.schema.json": {
      title: "A zklab scenario",
      description: "What `zklab run FILE.yaml` plays.",
      ...z.toJSONSchema(scenarioSchema, { io: "input", reused: "ref" }),
    },
  };
}
