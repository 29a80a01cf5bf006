/** A risk report for a terminal: servers, position, forecast, risks with advice. Pure. */

import type { Palette } from "../report/palette.ts";
import { plain } from "../report/untrusted.ts";
import type { Look, RiskReport, Severity } from "./types.ts";
import { lengthInWords, percentUsed } from "./words.ts";

const WHY_CHARS_MAX = 160;

export function renderRisk(report: RiskReport, palette: Palette): string {
  const { forecast, rate } = report;
  const lines = report.servers.map((look) => `  ${lineOf(look)}`);
  const position =
    report.epoch === undefined || report.counter === undefined
      ? ["no server tells its zxid"]
      : [`epoch ${report.epoch}, counter ${report.counter} (0x${report.counter.toString(16)})`];
  const used =
    forecast === undefined
      ? []
      : [
          `${percentUsed(forecast.share, 4)} of the epoch used, ${forecast.transactionsLeft} transactions left`,
        ];
  const measured =
    rate === undefined
      ? ["rate not known: no two samples of one epoch"]
      : [
          `rate ${rate.likely.toFixed(1)}/s over ${duration(rate.seconds)}, highest ${rate.pessimistic.toFixed(1)}/s${rate.dropped > 0 ? ` (${rate.dropped} pairs dropped: epoch changed or counter went back)` : ""}`,
          `runs out: likely ${date(report.at, forecast?.likelyAt)}; soonest ${date(report.at, forecast?.pessimisticAt)}`,
        ];
  const width = Math.max(...report.risks.map(({ name }) => name.length));
  const risks = report.risks.map(({ name, severity, found, advice }) => {
    const todo = severity === "ok" ? "" : `; ${advice}`;
    return `  ${painted(severity, palette)} ${name.padEnd(width)}  ${plain(found)}${todo}`;
  });
  const verdict = `${painted(report.severity, palette)} score ${report.score} of 100`;
  return `${[verdict, ...lines, ...position, ...used, ...measured, ...risks].join("\n")}\n`;
}

function lineOf(look: Look): string {
  if ("why" in look) return `${look.server}  ${plain(look.why).slice(0, WHY_CHARS_MAX)}`;
  const version = look.version === undefined ? "" : `, ZooKeeper ${plain(look.version)}`;
  return `${look.server}  ${look.mode}, epoch ${look.epoch}, counter ${look.counter} (${look.via}${version})`;
}

function painted(severity: Severity, palette: Palette): string {
  const { good, bad, unsure } = palette;
  const word = severity.padEnd("critical".length);
  if (severity === "ok") return good(word);
  return severity === "critical" ? bad(word) : unsure(word);
}

function duration(seconds: number): string {
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${(seconds / 3_600).toFixed(2)} h`;
}

/** Past year 9999 a date is of no use, and cannot be written everywhere. */
function date(now: number, at: number | undefined): string {
  if (at === undefined) return "never at this rate";
  const when = `in ${lengthInWords(at - now)}`;
  return at > Date.UTC(9999, 0) ? when : `${new Date(at).toISOString().slice(0, 16)}Z (${when})`;
}
