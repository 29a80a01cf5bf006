/** Scenario and suite files: YAML, every problem at once, each with its line; and the catalogue. */

import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { LabError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { type Scenario, type Suite, scenarioSchema, suiteSchema } from "./schema.ts";

const FILE_BYTES_MAX = 1024 * 1024;
const ALIASES_MAX = 100;

/** A scenario of the catalogue by name, or a file by path. `source` tells which it was. */
export function loadScenario(nameOrFile: string): { scenario: Scenario; source: string } {
  const file = looksLikeFile(nameOrFile) ? nameOrFile : catalogueFile(nameOrFile, "scenario");
  const source = looksLikeFile(nameOrFile) ? nameOrFile : `catalogue:${nameOrFile}`;
  return { scenario: parseYaml(readText(file), file, scenarioSchema), source };
}

export function loadSuite(name: string): Suite {
  return parseYaml(readText(catalogueFile(name, "suite")), `suite ${name}`, suiteSchema);
}

/** Names of what the catalogue holds. */
export function catalogueNames(kind: "scenario" | "suite"): string[] {
  return readdirSync(catalogueFolder(kind))
    .filter((file) => file.endsWith(".yaml"))
    .map((file) => file.slice(0, -".yaml".length))
    .sort();
}

/** Parses and validates; throws one LabError that names every problem with its line. */
export function parseYaml<T>(text: string, origin: string, schema: z.ZodType<T>): T {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const lineAt = (offset: number): number => lines.linePos(offset).line;
  let problems = document.errors.map(
    (error) => `${origin}:${lineAt(error.pos[0])}: ${withoutPosition(error.message)}`,
  );
  if (problems.length === 0) {
    const parsed = schema.safeParse(expand(document, origin));
    if (parsed.success) return parsed.data;
    problems = parsed.error.issues.flatMap(meant).map((issue) => {
      const where = issue.path.join(".");
      const line = lineAt(offsetOf(document, issue.path));
      return `${origin}:${line}: ${where === "" ? "" : `${where}: `}${issue.message}`;
    });
  }
  throw new LabError(
    "bad-input",
    `read ${origin}: ${problems.length} problem(s)\n${problems.join("\n")}`,
    {
      hint: "`zklab list scenarios` shows working ones",
    },
  );
}

/** The parser's message says the line again, a character further, and then shows the text. */
function withoutPosition(message: string): string {
  return (message.split("\n")[0] ?? message).replace(/ at line \d+, column \d+:?$/, "");
}

function expand(document: Document.Parsed, origin: string): unknown {
  try {
    return document.toJS({ maxAliasCount: ALIASES_MAX });
  } catch (cause) {
    throw new LabError("bad-input", `read ${origin}: its aliases cannot be expanded`, {
      hint: `write out what they stand for; at most ${ALIASES_MAX} nodes may come from aliases`,
      cause,
    });
  }
}

/**
 * A value that fits no branch of a union: "a step: run, await, …" is of no help to who forgot `within`.
 * The branch that was meant is the one whose keys are all there or wrong only further down.
 */
function meant(issue: z.core.$ZodIssue): readonly z.core.$ZodIssue[] {
  if (issue.code !== "invalid_union") return [issue];
  const fitting = issue.errors.filter((branch) =>
    branch.every((one) => one.path.length > 0 && one.code !== "unrecognized_keys"),
  );
  const [branch] = fitting;
  if (branch === undefined || fitting.length > 1) return [issue];
  return branch
    .map((one) => ({ ...one, path: [...issue.path, ...one.path] }))
    .flatMap((one) => meant(one));
}

/** Where the deepest node on the path stands, so that a missing key points at its parent. */
function offsetOf(document: Document.Parsed, path: readonly PropertyKey[]): number {
  for (let depth = path.length; depth > 0; depth -= 1) {
    const node = document.getIn(path.slice(0, depth), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function readText(file: string): string {
  if (!existsSync(file)) {
    throw new LabError("bad-input", `read ${file}: there is no such file`, {
      hint: "`zklab list scenarios` shows the catalogue",
    });
  }
  const found = statSync(file);
  if (!found.isFile()) {
    const what = found.isDirectory() ? "a directory" : "no ordinary file";
    throw new LabError("bad-input", `read ${file}: it is ${what}`, {
      hint: "name the YAML file itself",
    });
  }
  if (found.size > FILE_BYTES_MAX) {
    throw new LabError("bad-input", `read ${file}: ${found.size} bytes, at most ${FILE_BYTES_MAX}`);
  }
  return readFileSync(file, "utf8");
}

function looksLikeFile(text: string): boolean {
  return text.includes("/") || text.endsWith(".yaml") || text.endsWith(".yml");
}

function catalogueFile(name: string, kind: "scenario" | "suite"): string {
  const known = catalogueNames(kind);
  if (known.includes(name)) return join(catalogueFolder(kind), `${name}.yaml`);
  throw new LabError(
    "bad-input",
    `find ${kind} ${JSON.stringify(name)}: the catalogue has ${known.join(", ")}`,
    {
      hint:
        kind === "scenario"
          ? "a file of your own needs a / or .yaml in its name"
          : "`zklab list suites`",
    },
  );
}

function catalogueFolder(kind: "scenario" | "suite"): string {
  const root = join(packageRoot(), "lab", "scenario", "catalogue");
  return kind === "suite" ? join(root, "suites") : root;
}
