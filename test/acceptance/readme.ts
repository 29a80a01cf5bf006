/** The README's measured section, made from the topics' result files and from nothing else. */

import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";
import type { Result } from "./result.ts";
import type { Table } from "./topic.ts";

const BEGIN = "<!-- figures -->";
const END = "<!-- /figures -->";

/** Every result that is kept with the code, by topic. */
export function readResults(): Result[] {
  const directory = join(packageRoot(), "test", "acceptance");
  return readdirSync(directory)
    .filter((name) => name.endsWith(".json"))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(directory, name), "utf8")) as Result);
}

/** The README with its measured section made anew; throws where the marks are missing. */
export function withFigures(readme: string, results: readonly Result[]): string {
  const begin = readme.indexOf(BEGIN);
  const end = readme.indexOf(END);
  if (begin < 0 || end < begin) throw new Error(`the README lacks ${BEGIN} … ${END}`);
  const body = results.map(figuresOf).join("\n");
  return `${readme.slice(0, begin + BEGIN.length)}\n${body}${readme.slice(end)}`;
}

export function updateReadme(): void {
  const file = join(packageRoot(), "README.md");
  if (!existsSync(file)) return;
  writeFileSync(file, withFigures(readFileSync(file, "utf8"), readResults()));
}

function figuresOf(result: Result): string {
  const { topic, sentence, runs, counts, medians, versions, date, code } = result;
  const verdict = result.passed ? "shown" : result.complete ? "**not shown**" : "**incomplete**";
  const rows = Object.entries(counts)
    .filter(([what]) => what !== "runs")
    .map(([what, count]) => `| ${what} | ${count} of ${result.totals?.[what] ?? runs.done} |`);
  const median = Object.entries(medians).map(([what, value]) => `| median ${what} | ${value} |`);
  return [
    "",
    `**\`npm run acceptance -- ${topic}\`**: ${sentence}: ${verdict}, ${runs.done} of ${runs.promised} runs`,
    `(ZooKeeper ${versions.zookeeper}, Java ${versions.java}, Node ${versions.node}, ${date.slice(0, 10)}, commit ${code.commit.slice(0, 7)}).`,
    "",
    "| what | count |",
    "| --- | --- |",
    ...rows,
    ...median,
    "",
    ...(result.table === undefined ? [] : matrixOf(result.table)),
  ].join("\n");
}

/** What stands in the first column is written once for all rows that share it. */
export function matrixOf({ columns, rows }: Table): readonly string[] {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  const told = rows.map((row, i) => {
    const [first = "", ...others] = row;
    return [rows[i - 1]?.[0] === first ? "" : first, ...others];
  });
  return [line(columns), line(columns.map(() => "---")), ...told.map(line), ""];
}
