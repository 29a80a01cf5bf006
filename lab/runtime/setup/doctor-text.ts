/** The doctor's report as text. Every mark is a word too, so nothing is told by colour alone. */

import { stripVTControlCharacters, styleText } from "node:util";
import type { DoctorReport } from "./doctor.ts";
import type { Requirement } from "./requirements.ts";

type Word = "ok" | "missing" | "warning" | "can" | "cannot";
const COLOUR_OF = {
  ok: "green",
  can: "green",
  missing: "red",
  cannot: "red",
  warning: "yellow",
} as const satisfies Record<Word, string>;
const WORD_WIDTH = 8;

/** Lines for a person, without a final newline. */
export function renderDoctor(report: DoctorReport, colours: boolean): string {
  const mark = (word: Word): string => {
    const padded = word.padEnd(WORD_WIDTH);
    // Whether to colour was decided by the caller (NO_COLOR, no TTY), not by styleText's own look.
    return colours ? styleText(COLOUR_OF[word], padded, { validateStream: false }) : padded;
  };
  const lines = [`zklab on Node ${report.node}, cache in ${report.cacheDirectory}`, ""];
  const width = Math.max(...report.requirements.map(({ name }) => name.length));
  for (const requirement of report.requirements) {
    const found = plain(requirement.found ?? "not found");
    lines.push(`  ${mark(wordFor(requirement))} ${requirement.name.padEnd(width)}  ${found}`);
    if (requirement.ok) continue;
    const indent = " ".repeat(WORD_WIDTH + width + 5);
    lines.push(`${indent}needed for ${requirement.neededFor}: ${requirement.remedy}`);
  }
  lines.push("", "In the cache:");
  for (const { name, good, detail } of report.zookeepers) {
    lines.push(`  ${mark(good ? "ok" : "warning")} ZooKeeper ${name}: ${plain(detail)}`);
  }
  if (report.zookeepers.length === 0) lines.push("  no ZooKeeper yet: `zklab setup` fetches it");
  lines.push(nativeClientLine(report, mark), curatorLine(report, mark));
  lines.push("", "This machine:");
  for (const { name, can, lacks } of report.abilities) {
    const why = can ? "" : ` (lacks ${lacks.join(", ")})`;
    lines.push(`  ${mark(can ? "can" : "cannot")} ${name}${why}`);
  }
  if (report.command !== undefined) {
    lines.push("", `What packages can bring: ${report.command}`);
    lines.push("(or `zklab setup --yes` as root on Debian or Ubuntu)");
  }
  return lines.join("\n");
}

function nativeClientLine(report: DoctorReport, mark: (word: Word) => string): string {
  return report.nativeClient === undefined
    ? "  no native client yet: `zklab setup` builds it"
    : `  ${mark("ok")} native client ${report.nativeClient.version}`;
}

function curatorLine(report: DoctorReport, mark: (word: Word) => string): string {
  return report.curator === undefined
    ? "  no curator-latch yet: `zklab setup` builds it"
    : `  ${mark("ok")} curator-latch on ${plain(report.curator.version)}`;
}

function wordFor(requirement: Requirement): Word {
  if (requirement.ok) return "ok";
  return requirement.kind === "required" ? "missing" : "warning";
}

/** What other programs printed must not steer the terminal. */
function plain(text: string): string {
  return stripVTControlCharacters(text).replace(/\p{Cc}/gu, " ");
}
