/**
 * A report as OpenMetrics text, for Prometheus to scrape. What is not known is left out: a gauge of 0
 * would say that all is well, or that the epoch ends now.
 */

import type { RiskReport } from "./types.ts";

export const OPENMETRICS_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8";

export interface MetricsInput {
  readonly ensemble: string;
  readonly report: RiskReport;
  /** Changes of epoch since the watch began: only ever more, as a counter must be. */
  readonly changesSeen: number;
}

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter";
  readonly unit?: "seconds" | "ratio";
  readonly help: string;
  readonly values: readonly {
    readonly labels?: Readonly<Record<string, string>>;
    readonly value: number;
  }[];
}

/** Names end with their unit; a counter's sample has `_total`, as the format wants it. */
export function renderMetrics({ ensemble, report, changesSeen }: MetricsInput): string {
  const lines = metricsOf(report, changesSeen).flatMap((metric) => {
    const values = metric.values.filter(({ value }) => Number.isFinite(value));
    if (values.length === 0) return [];
    const suffix = metric.type === "counter" ? "_total" : "";
    return [
      `# TYPE ${metric.name} ${metric.type}`,
      ...(metric.unit === undefined ? [] : [`# UNIT ${metric.name} ${metric.unit}`]),
      `# HELP ${metric.name} ${metric.help}`,
      ...values.map(({ labels = {}, value }) => {
        const text = Object.entries({ ensemble, ...labels }).map(
          ([key, content]) => `${key}="${escapeLabel(content)}"`,
        );
        return `${metric.name}${suffix}{${text.join(",")}} ${value}`;
      }),
    ];
  });
  return `${lines.join("\n")}\n# EOF\n`;
}

function metricsOf(report: RiskReport, changesSeen: number): readonly Metric[] {
  const { forecast, rate } = report;
  const gauge = (
    name: string,
    help: string,
    value: number | undefined,
    unit?: Metric["unit"],
  ): Metric => ({
    ...{ name: `zklab_${name}`, type: "gauge", help },
    ...(unit === undefined ? {} : { unit }),
    values: value === undefined ? [] : [{ value }],
  });
  const until = (at: number | undefined): number | undefined =>
    at === undefined ? undefined : Math.max(0, (at - report.at) / 1_000);
  const elections = report.servers.flatMap((look) => {
    if (!("mode" in look) || look.election === undefined) return [];
    const { voteMaxMs, unavailableMaxMs } = look.election;
    const longest = unavailableMaxMs ?? voteMaxMs;
    if (longest === undefined) return [];
    return [{ labels: { server: look.server }, value: longest / 1_000 }];
  });
  return [
    gauge("zxid_epoch", "Epoch of the ensemble", report.epoch),
    gauge("zxid_counter", "Transactions of this epoch so far", report.counter),
    gauge("zxid_used_ratio", "Share of the epoch that is used", forecast?.share, "ratio"),
    gauge("zxid_left", "Transactions left before the epoch ends", forecast?.transactionsLeft),
    gauge("zxid_rate", "Transactions a second over the window", rate?.likely),
    gauge("zxid_rate_highest", "Highest rate of a second or longer", rate?.pessimistic),
    gauge(
      "zxid_overflow_likely_seconds",
      "Until the epoch ends at the rate of the window",
      until(forecast?.likelyAt),
      "seconds",
    ),
    gauge(
      "zxid_overflow_soonest_seconds",
      "Until the epoch ends at the highest rate",
      until(forecast?.pessimisticAt),
      "seconds",
    ),
    {
      name: "zklab_leader_changes",
      type: "counter",
      help: "Changes of epoch seen",
      values: [{ value: changesSeen }],
    },
    {
      name: "zklab_election_seconds",
      type: "gauge",
      unit: "seconds",
      help: "Longest time without a leader, or longest vote, that the server tells of",
      values: elections,
    },
    gauge(
      "service_gap_seconds",
      "Longest time without any server that served, as felt from here",
      report.gapMs / 1_000,
      "seconds",
    ),
    {
      name: "zklab_server_up",
      type: "gauge",
      help: "1 where the server answers and serves",
      values: report.servers.map((look) => ({
        labels: { server: look.server },
        value: "mode" in look ? 1 : 0,
      })),
    },
    gauge("risk_score", "100: nothing to do", report.score),
  ];
}

function escapeLabel(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
