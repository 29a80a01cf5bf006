/** Alert rules for Prometheus and a dashboard for Grafana, over the metrics that `--serve` shows. */

import { stringify } from "yaml";
import type { Thresholds } from "./thresholds.ts";

const DAY_S = 86_400;

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for: string;
  readonly labels: { readonly severity: "warning" | "critical" };
  readonly annotations: { readonly summary: string; readonly description: string };
}

/** The text of a rules file, as `promtool check rules` takes it. */
export function renderRules(t: Thresholds): string {
  const rules: Rule[] = [];
  for (const severity of ["warning", "critical"] as const) {
    const share = severity === "warning" ? t.shareWarning : t.shareCritical;
    const days = severity === "warning" ? t.daysWarning : t.daysCritical;
    const electionS = (severity === "warning" ? t.electionMsWarning : t.electionMsCritical) / 1_000;
    const changes = severity === "warning" ? t.changesWarning : t.changesCritical;
    const add = (
      alert: string,
      expr: string,
      lasting: string,
      summary: string,
      todo: string,
    ): void => {
      const annotations = { summary: `{{ $labels.ensemble }}: ${summary}`, description: todo };
      rules.push({ alert, expr, for: lasting, labels: { severity }, annotations });
    };
    const reElect = "Restart the leader at a quiet hour: a new epoch starts its counter anew.";
    add(
      "ZooKeeperZxidNearlyUsedUp",
      `zklab_zxid_used_ratio >= ${share}`,
      "1m",
      `more than ${share * 100} % of the epoch's zxids are used`,
      reElect,
    );
    add(
      "ZooKeeperZxidOverflowNear",
      `zklab_zxid_overflow_soonest_seconds < ${days * DAY_S}`,
      "1m",
      `the zxid counter runs out within ${days} days`,
      reElect,
    );
    add(
      "ZooKeeperElectionsSlow",
      `zklab_election_seconds >= ${electionS}`,
      "0m",
      `an election took longer than ${electionS} s`,
      "Make session timeouts longer than this; look at disk and network latency.",
    );
    add(
      "ZooKeeperLeaderChanges",
      `increase(zklab_leader_changes_total[1h]) >= ${changes}`,
      "0m",
      `${changes} leader changes within an hour`,
      "Find out what costs the leader its quorum: GC, disk, network.",
    );
  }
  const annotations = {
    summary: "{{ $labels.ensemble }}: {{ $labels.server }} does not serve",
    description: "Bring it back: one more loss may cost the quorum.",
  };
  const labels = { severity: "warning" } as const;
  rules.push({
    alert: "ZooKeeperServerDown",
    expr: "zklab_server_up == 0",
    for: "1m",
    labels,
    annotations,
  });
  return stringify({ groups: [{ name: "zklab-risk", rules }] }, { lineWidth: 0 });
}

/** A dashboard's JSON, to import as it is. */
export function renderDashboard(): object {
  const panels = [
    ["Transactions left in the epoch", "zklab_zxid_left", "short"],
    ["Share of the epoch used", "zklab_zxid_used_ratio", "percentunit"],
    ["Transactions a second", "zklab_zxid_rate", "ops"],
    ["Until the counter runs out, highest rate", "zklab_zxid_overflow_soonest_seconds", "s"],
    ["Epoch", "zklab_zxid_epoch", "none"],
    ["Longest election", "zklab_election_seconds", "s"],
    ["Longest time without service", "zklab_service_gap_seconds", "s"],
    ["Servers that serve", "zklab_server_up", "none"],
  ] as const;
  return {
    title: "ZooKeeper: zxid and elections (zklab risk)",
    uid: "zklab-risk",
    schemaVersion: 39,
    refresh: "30s",
    time: { from: "now-24h", to: "now" },
    templating: { list: [{ name: "datasource", type: "datasource", query: "prometheus" }] },
    panels: panels.map(([title, expr, unit], i) => ({
      id: i + 1,
      title,
      type: "timeseries",
      datasource: { type: "prometheus", uid: "$datasource" },
      gridPos: { h: 8, w: 12, x: (i % 2) * 12, y: Math.floor(i / 2) * 8 },
      fieldConfig: { defaults: { unit }, overrides: [] },
      targets: [{ refId: "A", expr, legendFormat: "{{ensemble}} {{server}}" }],
    })),
  };
}
