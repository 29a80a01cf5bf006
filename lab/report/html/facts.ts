/** The end of the page: how to run it again, on what it ran, and how the history was cut. */

import type { AuditReport } from "../../audit/types.ts";
import type { Evidence } from "../../evidence/evidence.ts";
import { badLinesOf } from "../bad-lines.ts";
import { count } from "../words.ts";
import { html, type Markup, whole } from "./markup.ts";

const REPLAY_CHARS_MAX = 4_000;

export function factsSection(
  { run, servers, history, bare }: Evidence,
  report: AuditReport,
  replay: string,
): Markup {
  const { host, zookeeper, scenario } = run;
  const members = run.servers.map(({ name, role }) => `${name} (${role})`).join(", ");
  const files = servers.reduce((total, server) => total + server.files.length, 0);
  const rows: readonly (readonly [string, Markup | string])[] = [
    ["scenario", html`${scenario.name} <small>${scenario.source}</small>`],
    [
      "seed",
      html`<code>${run.seed}</code> <small>draws the same moments and targets again; zxids, session ids and times differ from run to run</small>`,
    ],
    ["started", run.startedAt],
    ["zklab", run.zklab],
    ["runtime", run.runtime],
    ["ZooKeeper", html`${zookeeper.version} <small>from ${zookeeper.source}</small>`],
    ["servers", members],
    ["tick time, session timeout", `${run.tickTimeMs} ms, ${run.sessionTimeoutMs} ms`],
    ["host", `kernel ${host.kernel}, ${host.cpus} CPUs, ${gib(host.memoryBytes)}`],
    ["Node, Java", `${host.node}, ${host.java}`],
    ...badLinesOf(history).map((line): readonly [string, string] => [
      "printed beside the contract",
      line,
    ]),
    ["evidence", `${count(files, "log file")} of ${count(servers.length, "server")}`],
  ];
  const told = bare === undefined ? rows : rows.filter(([name]) => TOLD_OF_LOGS.includes(name));
  const title = bare === undefined ? "Run it again" : "Judge it again";
  return html`<section aria-labelledby="facts"><h2 id="facts">${title}</h2>
<pre class="replay" tabindex="0">${whole(replay, REPLAY_CHARS_MAX)}</pre>
<h3>${bare === undefined ? "The run" : "The logs"}</h3><table class="facts"><tbody>${told.map(([name, value]) => html`<tr><th scope="row">${name}</th><td>${value}</td></tr>`)}</tbody></table>
${historySection(report, bare === undefined ? ofRun(report) : ofLogs(report))}</section>`;
}

/** What is known of logs that no lab watched. */
const TOLD_OF_LOGS: readonly string[] = ["ZooKeeper", "servers", "evidence"];

function ofRun({ history: { opening, sealing } }: AuditReport): Markup {
  return html`The run lies between the opening write <code>${opening ?? "unknown"}</code> and the sealing write <code>${sealing ?? "unknown"}</code>.`;
}

function ofLogs({ history: { opening, sealing } }: AuditReport): Markup {
  return html`Judged is what lies behind <code>${opening ?? "the beginning"}</code>, up to <code>${sealing ?? "the end"}</code>.`;
}

function gib(bytes: number): string {
  return `${(bytes / 2 ** 30).toFixed(1)} GiB of memory`;
}

/** The logs hold more than the run: what was before its opening write, and after its sealing write. */
function inRun(claims: AuditReport["claims"]): string {
  const whole = claims.find(({ claim }) => claim === "complete-evidence");
  return whole === undefined ? "" : ` in all logs (${whole.examined} within the run)`;
}

function historySection({ history: of, claims }: AuditReport, bounds: Markup): Markup {
  const rows = of.epochs.map(
    (epoch) =>
      html`<tr><th scope="row">${epoch.epoch}</th><td><code>${epoch.first}</code></td><td><code>${epoch.last}</code></td><td>${epoch.decidedBy}</td></tr>`,
  );
  return html`<h3>The committed history</h3><p>${count(of.committed, "transaction")} committed${inRun(claims)}, ${of.undecided} undecided, ${count(of.ghosts, "ghost")} (logged, never committed). ${bounds}</p>
<div class="wide"><table class="facts"><thead><tr><th scope="col">epoch</th><th scope="col">first</th><th scope="col">last</th><th scope="col">what decided its end</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}
