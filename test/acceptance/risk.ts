/**
 * Issue "The second seed": `zklab risk` against a real ensemble near the end of its epoch, scraped by a real
 * Prometheus with the rules that zklab prints. The alert must come before the rollover, the forecast must be
 * the arithmetic, and across the rollover nothing may lie.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";
import type { RiskReport } from "../../lab/risk/types.ts";
import { DEFAULT_ZOOKEEPER_VERSION } from "../../lab/runtime/setup/versions.ts";
import { freePorts } from "../builders/loopback-server.ts";
import { until } from "../builders/wait.ts";
import { startDebugged } from "./risk/near-the-end.ts";
import { checkRules, findPrometheus, Prometheus } from "./risk/prometheus.ts";
import { type Silent, silentServers } from "./risk/silent-servers.ts";
import { SteadyWriter } from "./risk/steady-writer.ts";
import { type Context, type CountedRun, median, type Topic } from "./topic.ts";

const PER_SECOND = 50;
/** The alerts must have lasted a minute before they fire; some time more for a loaded machine. */
const LEFT = PER_SECOND * 110;
const WINDOW_S = 10;
const FORECAST_ERROR_MAX = 0.05;
const END = 0xffff_fffe;
const ALERTS = ["ZooKeeperZxidNearlyUsedUp", "ZooKeeperZxidOverflowNear"] as const;
const ALERT_LIMIT_MS = 105_000;
/** On a busy machine a writer that waits for each answer is slower than it means to be. */
const ROLLOVER_LIMIT_MS = 600_000;
const LIMIT_MS = 60_000;

interface RiskRun extends CountedRun {
  readonly promtool: string;
  /** Against the arithmetic of what the writer saw acknowledged; before the rollover and after it. */
  readonly errors: readonly number[];
  /** How far the foretold moment of the rollover was off, as a share of the time until then. */
  readonly foretoldError: number;
  /** From the first look at the counter to both alerts firing. */
  readonly firedAfterMs: number;
  /** The epoch had not yet ended. */
  readonly firedInTime: boolean;
  readonly resolved: boolean;
  readonly leaderChanges: number;
  /** The lowest that Prometheus ever saw, across the rollover. */
  readonly lowest: Readonly<Record<(typeof NEVER_NEGATIVE)[number], number>>;
  readonly silent: Readonly<Record<Silent, string>>;
  readonly othersWentOn: boolean;
}

const NEVER_NEGATIVE = [
  "zklab_zxid_left",
  "zklab_zxid_rate",
  "zklab_zxid_overflow_likely_seconds",
  "zklab_zxid_overflow_soonest_seconds",
] as const;

export const risk: Topic<RiskRun> = {
  name: "risk",
  sentence:
    "zklab risk forecasts within 5 % of the arithmetic before and after a rollover and never goes below zero; its rules pass promtool, and a real Prometheus that scrapes it fires before the rollover and is quiet after it; servers that are down, silent or talk rubbish are named and the others go on",
  runs: 3,
  async run(context) {
    const prometheus = findPrometheus();
    while (context.done.length < context.asked) await countOne(context);
    return { ...judge(context.done), notes: [`Prometheus ${prometheus}`] };
  },
};

async function countOne(context: Context<RiskRun>): Promise<void> {
  const directory = join(context.scratch, `run-${context.done.length + 1}`);
  await using ensemble = await startDebugged(DEFAULT_ZOOKEEPER_VERSION);
  const servers = ensemble.loopback.connectString;
  await using writer = await SteadyWriter.start(servers, PER_SECOND);
  const epoch = await ensemble.leave(LEFT);
  const [page = 0, port = 0] = await freePorts(2);
  const began = performance.now();
  await using _watching = watchRisk(servers, page);
  const { rules, promtool } = await printRules(context);
  await using prometheus = Prometheus.start({
    ...{ directory, rules, port },
    target: `127.0.0.1:${page}`,
  });
  const before = await forecast(context, servers, writer);
  await until("both alerts to fire", ALERT_LIMIT_MS, () => bothFire(prometheus));
  const firedInTime = writer.last?.epoch === epoch;
  const firedAfterMs = Math.round(performance.now() - began);
  context.say(`both alerts fire after ${(firedAfterMs / 1_000).toFixed(0)} s; now the rollover`);
  const rolled = await until("the next epoch", ROLLOVER_LIMIT_MS, async () => {
    const first = writer.acknowledged.find((one) => one.epoch > epoch);
    return first === undefined ? undefined : writer.acknowledged.findLast((x) => x.epoch === epoch);
  });
  await until(
    "the alerts to end",
    LIMIT_MS,
    async () => !(await bothFire(prometheus)) || undefined,
  );
  const after = await forecast(context, servers, writer);
  const entry: RiskRun = {
    versions: ensemble.versions,
    promtool,
    errors: [before.error, after.error],
    foretoldError: Math.abs(before.overflowAt - rolled.at) / (rolled.at - before.at),
    firedAfterMs,
    firedInTime,
    resolved: !(await bothFire(prometheus)),
    leaderChanges: (await prometheus.value("zklab_leader_changes_total")) ?? -1,
    lowest: await lowestOf(prometheus),
    ...(await amongSilent(context, servers)),
  };
  context.record(entry);
  context.say(`${context.done.length} of ${context.asked}: ${isGood(entry) ? "good" : "NOT good"}`);
}

/** `zklab risk --serve`, as an operator would have it run. */
function watchRisk(servers: string, port: number): AsyncDisposable {
  const main = join(packageRoot(), "dist", "lab", "main.js");
  const args = ["risk", servers, "--no-admin", "--serve", String(port)];
  const child: ChildProcess = spawn(process.execPath, [main, ...args], { stdio: "ignore" });
  const endWithUs = (): boolean => child.kill("SIGKILL");
  process.once("exit", endWithUs);
  child.once("exit", () => process.off("exit", endWithUs));
  return {
    [Symbol.asyncDispose]: async () => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = once(child, "exit");
      child.kill("SIGTERM");
      await exited;
    },
  };
}

async function printRules(context: Context<RiskRun>): Promise<{ rules: string; promtool: string }> {
  const { stdout } = await context.runCli(["risk", "rules"]);
  const rules = join(context.scratch, "zklab-rules.yml");
  writeFileSync(rules, stdout);
  return { rules, promtool: checkRules(rules).split("\n").at(-1)?.trim() ?? "" };
}

interface Foretold {
  /** Of the rate and of the moment, whichever is further from the arithmetic. */
  readonly error: number;
  readonly at: number;
  readonly overflowAt: number;
}

/** What the one-shot foretells, against what the writer saw acknowledged in the same seconds. */
async function forecast(
  context: Context<RiskRun>,
  servers: string,
  writer: SteadyWriter,
): Promise<Foretold> {
  const args = ["risk", servers, "--no-admin", "--json", "--window", String(WINDOW_S)];
  const { stdout } = await context.runCli(args);
  const report = JSON.parse(stdout) as RiskReport;
  const { at, rate, counter = 0, forecast: told } = report;
  const measured = writer.rateIn(at - (rate?.seconds ?? 0) * 1_000, at);
  const overflowAt = told?.likelyAt ?? Number.NaN;
  const wanted = (END - counter) / measured;
  const errors = [(rate?.likely ?? 0) / measured, (overflowAt - at) / 1_000 / wanted];
  return { error: Math.max(...errors.map((ratio) => Math.abs(ratio - 1))), at, overflowAt };
}

async function bothFire(prometheus: Prometheus): Promise<true | undefined> {
  const firing = await Promise.all(ALERTS.map((name) => prometheus.isFiring(name, "critical")));
  return firing.every((one) => one) || undefined;
}

async function lowestOf(prometheus: Prometheus): Promise<RiskRun["lowest"]> {
  const values = NEVER_NEGATIVE.map(async (name) => {
    const value = await prometheus.value(`min_over_time(${name}[10m])`);
    return [name, value ?? Number.NaN] as const;
  });
  return Object.fromEntries(await Promise.all(values)) as RiskRun["lowest"];
}

/** The ensemble with three addresses beside it at which nobody, a mute and a liar are. */
async function amongSilent(
  context: Context<RiskRun>,
  servers: string,
): Promise<Pick<RiskRun, "silent" | "othersWentOn">> {
  await using bad = await silentServers();
  const all = [servers, ...Object.values(bad.addresses)].join(",");
  const args = ["risk", all, "--no-admin", "--json", "--window", "1", "--timeout", "0.5"];
  const { stdout } = await context.runCli(args);
  const report = JSON.parse(stdout) as RiskReport;
  const why = (address: string): string => {
    const look = report.servers.find(({ server }) => server === address);
    return look !== undefined && "why" in look ? look.why : "";
  };
  const others = report.servers.filter(({ server }) => servers.split(",").includes(server));
  return {
    silent: {
      down: why(bad.addresses.down),
      mute: why(bad.addresses.mute),
      liar: why(bad.addresses.liar),
    },
    othersWentOn: others.length === 3 && others.every((look) => "mode" in look),
  };
}

function isGood(run: RiskRun): boolean {
  return isPromtoolContent(run) && Object.values(failuresOf(run)).every((failed) => !failed);
}

function isPromtoolContent({ promtool }: RiskRun): boolean {
  return /^SUCCESS: \d+ rules found$/.test(promtool);
}

function failuresOf(run: RiskRun): Readonly<Record<string, boolean>> {
  const { down, mute, liar } = run.silent;
  return {
    forecast: run.errors.some((error) => !(error <= FORECAST_ERROR_MAX)),
    alert: !run.resolved || !run.firedInTime,
    negative: Object.values(run.lowest).some((value) => !(value >= 0)),
    changes: run.leaderChanges < 1,
    silent: !/ECONNREFUSED/.test(down) || !/no whole answer/.test(mute) || !/is none/.test(liar),
    others: !run.othersWentOn,
  };
}

function judge(done: readonly RiskRun[]): Omit<Awaited<ReturnType<Topic["run"]>>, "notes"> {
  const without = (failure: string): number =>
    done.filter((run) => !failuresOf(run)[failure]).length;
  const counts = {
    runs: done.length,
    "runs in which promtool accepts the rules": done.filter(isPromtoolContent).length,
    "runs whose forecasts are within 5 % of the arithmetic": without("forecast"),
    "runs in which both alerts fire before the rollover and end after it": without("alert"),
    "runs in which no left, rate or date is ever below zero": without("negative"),
    "runs in which the change of leader is counted": without("changes"),
    "runs in which a server that is down, mute or a liar is named with the reason":
      without("silent"),
    "runs in which the other servers are judged all the same": without("others"),
  };
  return {
    passed: Object.values(counts).every((count) => count === done.length),
    counts,
    medians: {
      forecastErrorPercent: percent(median(done.flatMap(({ errors }) => errors))),
      foretoldMomentErrorPercent: percent(median(done.map(({ foretoldError }) => foretoldError))),
      alertAfterMs: median(done.map(({ firedAfterMs }) => firedAfterMs)),
    },
  };
}

function percent(share: number): number {
  return Math.round(share * 10_000) / 100;
}
