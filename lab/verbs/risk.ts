/** `zklab risk`: what an operator should know before an epoch's zxids run out. It only reads. */

import { readFileSync } from "node:fs";
import { setTimeout as delay } from "node:timers/promises";
import type { ConnectionOptions } from "node:tls";
import { parseConnectString } from "../client/servers.ts";
import { EXIT, type ExitCode, LabError } from "../errors.ts";
import { toJson } from "../report/json.ts";
import { renderMetrics } from "../risk/metrics.ts";
import { serveMetrics } from "../risk/metrics-server.ts";
import { renderRisk } from "../risk/render.ts";
import { renderDashboard, renderRules } from "../risk/rules.ts";
import { parseThresholds } from "../risk/thresholds.ts";
import type { RiskReport, Severity } from "../risk/types.ts";
import { Watch } from "../risk/watch.ts";
import { makeOutput, type Output, type OutputOptions } from "./output.ts";

const HOUR_MS = 3_600_000;
const ADMIN_PORT = 8080;
const METRICS_PORT = 9180;

export interface RiskVerbOptions extends OutputOptions {
  /** Seconds. */
  readonly window: number;
  readonly interval: number;
  /** Hours that stored samples count for. */
  readonly horizon: number;
  readonly timeout: number;
  readonly threshold: readonly string[];
  readonly watch?: true;
  readonly history?: string;
  /** `[host:]port`, or true for the default. */
  readonly serve?: string | true;
  /** False with --no-admin. */
  readonly admin: number | boolean;
  readonly tls?: true;
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly authFile?: string;
  readonly dashboard?: true;
}

export async function riskVerb(
  target: string,
  options: RiskVerbOptions,
  env: NodeJS.ProcessEnv,
): Promise<ExitCode | number> {
  const output = makeOutput(options);
  const thresholds = parseThresholds(options.threshold);
  if (target === "rules") {
    output.write(options.dashboard === true ? toJson(renderDashboard()) : renderRules(thresholds));
    return EXIT.asExpected;
  }
  const watch = new Watch({
    servers: parseConnectString(target).servers,
    thresholds,
    horizonMs: options.horizon * HOUR_MS,
    history: options.history,
    look: {
      adminPort: adminPort(options.admin),
      tls: tlsOf(options),
      auth: authOf(options.authFile, env["ZKLAB_ADMIN_AUTH"]),
      limitMs: options.timeout * 1_000,
      now: () => performance.timeOrigin + performance.now(),
    },
  });
  if (watch.badLines > 0) output.say(`${options.history}: ${watch.badLines} lines are no samples`);
  const interrupted = interruptSignal();
  const period = options.interval * 1_000;
  try {
    if (options.watch !== true && options.serve === undefined) {
      const report = await watch.over(options.window * 1_000, period, interrupted);
      tell(report, output, options);
      return exitCodeOf(report.severity);
    }
    return await keepWatching(watch, output, { ...options, period, interrupted });
  } catch (error) {
    if (interrupted.aborted) return EXIT.interrupted;
    throw error;
  }
}

/** Until it is interrupted; then the exit code is that of the last report. */
async function keepWatching(
  watch: Watch,
  output: Output,
  options: RiskVerbOptions & { readonly period: number; readonly interrupted: AbortSignal },
): Promise<number> {
  await watch.look();
  const render = (): string =>
    renderMetrics({
      ensemble: watch.ensemble,
      report: watch.report(),
      changesSeen: watch.changesSeen,
    });
  const [host, port] = placeOf(options.serve);
  await using server =
    options.serve === undefined ? undefined : await serveMetrics(host, port, render);
  if (server !== undefined) output.say(`metrics on http://${server.address}/metrics`);
  while (!options.interrupted.aborted) {
    if (options.watch === true) tell(watch.report(), output, options);
    const { interrupted: signal } = options;
    const isOver = await delay(options.period, false, { signal }).catch(() => true);
    if (!isOver) await watch.look();
  }
  return exitCodeOf(watch.report().severity);
}

function tell(report: RiskReport, output: Output, options: RiskVerbOptions): void {
  // With --watch each look is a document on a line of its own.
  if (options.json === true) {
    output.write(options.watch === true ? `${JSON.stringify(report)}\n` : toJson(report));
  } else if (options.quiet === true) output.write(`${report.severity}\n`);
  else output.write(renderRisk(report, output.palette));
}

/** 0 ok, 1 warning, 2 critical, 3 not measurable. */
function exitCodeOf(severity: Severity): number {
  return { ok: 0, warning: 1, critical: 2, unknown: 3 }[severity];
}

function adminPort(admin: number | boolean): number | undefined {
  if (admin === false) return undefined;
  return admin === true ? ADMIN_PORT : admin;
}

function placeOf(serve: string | true | undefined): readonly [string, number] {
  if (serve === undefined || serve === true) return ["127.0.0.1", METRICS_PORT];
  const [, host = "127.0.0.1", port = ""] = /^(?:(.+):)?(\d{1,5})$/.exec(serve) ?? [];
  if (port === "" || Number(port) > 65_535) {
    throw new LabError("usage", `serve on ${JSON.stringify(serve)}: not a port, or host:port`);
  }
  return [host, Number(port)];
}

function tlsOf({ tls, ca, cert, key }: RiskVerbOptions): ConnectionOptions | undefined {
  if (tls !== true && ca === undefined && cert === undefined) return undefined;
  return {
    ...(ca === undefined ? {} : { ca: readPem(ca) }),
    ...(cert === undefined ? {} : { cert: readPem(cert) }),
    ...(key === undefined ? {} : { key: readPem(key) }),
  };
}

/** Never on the command line, which every process of the machine can read. */
function authOf(file: string | undefined, told: string | undefined): string | undefined {
  const where = file ?? "ZKLAB_ADMIN_AUTH";
  const auth = file === undefined ? told : readSecret(file).toString("utf8").trim();
  if (auth === undefined || /^[^:\s]+:\S+$/.test(auth)) return auth;
  throw new LabError("usage", `read digest authentication from ${where}: not user:password`);
}

function readSecret(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new LabError("bad-input", `read ${file} for digest authentication`, { cause });
  }
}

function readPem(file: string): Buffer {
  try {
    return readFileSync(file);
  } catch (cause) {
    throw new LabError("bad-input", `read ${file} for TLS`, { cause });
  }
}

function interruptSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => controller.abort());
  }
  return controller.signal;
}
