/** Scenario and suite files: YAML, every problem at once, each with its line; and the catalogue. */

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { type Document, isNode, LineCounter, parseDocument } from "yaml";
import type { z } from "zod";
import { LabError } from "../errors.ts";
import { packageRoot } from "../package-root.ts";
import { type Scenario, type Suite, scenarioSchema, suiteSchema } from "./schema.ts";

const FILE_BYTES_MAX = 1024 * 1024;

/** A scenario of the catalogue by name, or a file by path. `source` tells which it was. */
export function loadScenario(nameOrFile: string): { scenario: Scenario; source: string } {
  const file = looksLikeFile(nameOrFile) ? nameOrFile : catalogueFile(nameOrFile, "scenario");
  const source = looksLikeFile(nameOrFile) ? basename(file) : `catalogue:${nameOrFile}`;
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
    (error) => `${origin}:${lineAt(error.pos[0])}: ${error.message.split("\n")[0]}`,
  );
  if (problems.length === 0) {
    const parsed = schema.safeParse(document.toJS({ maxAliasCount: 100 }));
    if (parsed.success) return parsed.data;
    problems = parsed.error.issues.map((issue) => {
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
  const bytes = readFileSync(file);
  if (bytes.length > FILE_BYTES_MAX) {
    throw new LabError(
      "bad-input",
      `read ${file}: ${bytes.length} bytes, at most ${FILE_BYTES_MAX}`,
    );
  }
  return bytes.toString("utf8");
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
