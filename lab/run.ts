/**
 * The conductor: the one place that knows all stages of a run and their order.
 *
 *   ensemble → marks (opening) → contenders → steps → heal all → contenders stop → sealing →
 *   servers stop → evidence closed → audit
 *
 * Evidence first, judgement second: nothing is judged before the run directory is closed.
 */

import { readFileSync, writeFileSync } from "node:fs";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { Fleet } from "../contenders/fleet.ts";
import { FaultController } from "../faults/controller.ts";
import { Observed } from "../faults/observed.ts";
import { CLIENT_PORT, DEBUGGED_PROPERTIES, settingsFor } from "./ensemble/config.ts";
import { controlOf, recordEarlierJumps } from "./ensemble/control.ts";
import type { Server } from "./ensemble/ensemble.ts";
import { watchLoss } from "./ensemble/loss.ts";
import { Marks } from "./ensemble/marks.ts";
import type { FindPlace, Place } from "./ensemble/place.ts";
import { watchRoles } from "./ensemble/role-watch.ts";
import { walkTrees } from "./ensemble/tree-walk.ts";
import { LabError } from "./errors.ts";
import { Recorder } from "./evidence/recorder.ts";
import { FILES, makeRunDirectory } from "./evidence/run-directory.ts";
import { RUN_SCHEMA_VERSION, type RunInfo } from "./evidence/run-info.ts";
import { type JudgedRun, judgeRun, writeManifest } from "./judge.ts";
import { zklabVersion } from "./package-root.ts";
import { toJson } from "./report/json.ts";
import type { Progress } from "./report/progress.ts";
import type { LabNode, Runtime } from "./runtime/runtime.ts";
import type { Setup } from "./runtime/setup/setup.ts";
import { startContender, startContenders } from "./scenario/contenders.ts";
import type { TimeBase } from "./scenario/duration.ts";
import { play } from "./scenario/play.ts";
import {
  guardedPath,
  judgedBy,
  needsDebugger,
  resolveGroups,
  runRoot,
  timeBase,
} from "./scenario/resolve.ts";
import type { Scenario } from "./scenario/schema.ts";
import { findServer } from "./scenario/servers.ts";
import type { Stage } from "./scenario/stage.ts";

const STOP_LIMIT_MS = 10_000;
const SEAL_LIMIT_MS = 20_000;

export interface RunOptions {
  readonly scenario: Scenario;
  readonly source: string;
  readonly seed: string;
  readonly runsDirectory: string;
  readonly runtime: Runtime;
  /** A fresh ensemble for this run, or a kept one. */
  readonly findPlace: FindPlace;
  readonly setup: Setup;
  readonly progress: Progress;
  readonly signal: AbortSignal;
  /** Of an ensemble that the lab did not start. */
  readonly attached?: AttachedFacts;
}

/** What cannot be known from the scenario where somebody else started the ensemble. */
export interface AttachedFacts {
  readonly project: string;
  /** ZooKeeper's. */
  readonly version: string;
  readonly roles: ReadonlyMap<string, RunInfo["servers"][number]["role"]>;
}

export interface RunOutcome {
  readonly directory: string;
  readonly judgement: JudgedRun;
  /** What kept the steps from being played to their end: an interrupt or a wait that ran out. */
  readonly failure: unknown;
}

export async function runScenario(options: RunOptions): Promise<RunOutcome> {
  const startedAt = new Date();
  const origin = process.hrtime.bigint();
  const { scenario, progress, runtime, setup, signal } = options;
  const directory = makeRunDirectory(options.runsDirectory, scenario.name, startedAt, options.seed);
  const time = timeBase(scenario);
  const debugged = needsDebugger(scenario);
  const bringUp =
    options.attached === undefined
      ? `Bring up ${scenario.servers} ZooKeeper servers`
      : `Attach to ${options.attached.project}`;
  const place = await progress.stage(bringUp, () =>
    options.findPlace(directory, {
      runtime,
      servers: scenario.servers,
      jars: setup.zookeeper,
      settings: settingsFor(time.tickTimeMs),
      properties: { ...(debugged ? DEBUGGED_PROPERTIES : {}), ...scenario.serverProperties },
      debugged,
      signal,
    }),
  );
  const groups = resolveGroups(scenario, runRoot(place.number));
  const nodes = await runtime.createNodes(
    groups.flatMap((group) => group.contenders.map((name) => `${group.name}/${name}`)),
  );
  const run = describeRun(options, { startedAt, origin, groups, servers: place.ensemble.servers });
  writeFileSync(join(directory, FILES.run), toJson(run));
  const recorder = new Recorder(join(directory, FILES.history), origin);
  const failure = await conduct({ ...options, directory, run, recorder, place, nodes });
  recorder.close();
  await runtime.removeNodes(nodes);
  const judgement = await progress.stage("Audit the servers' logs", () =>
    Promise.resolve(judgeRun(directory)),
  );
  writeManifest(directory);
  return { directory, judgement, failure };
}

interface Conduct extends RunOptions {
  readonly directory: string;
  readonly run: RunInfo;
  readonly recorder: Recorder;
  readonly place: Place;
  /** The contenders'. */
  readonly nodes: readonly LabNode[];
}

/** Plays the run and closes the evidence whatever happened; gives what cut it short, if anything did. */
async function conduct(options: Conduct): Promise<unknown> {
  const { recorder, run, directory, progress, scenario, place } = options;
  const { ensemble } = place;
  const loss = watchLoss(ensemble);
  const signal = AbortSignal.any([options.signal, loss.signal]);
  const log = labLog(directory, run);
  const observed = new Observed();
  recorder.subscribe(observed.see);
  recorder.subscribe((event) => tell(event, (line) => log.info({ at: event.at }, line)));
  const fleet = new Fleet({ recorder, directory: join(directory, FILES.contenders) });
  const time = timeBase(scenario);
  const serverAddresses = place.nodes.map((node) => node.address);
  const stopWatching = watchRoles(ensemble, recorder);
  const marks = await Marks.open(ensemble, {
    ...time,
    root: runRoot(place.number),
    groups: run.groups.map((group) => ({
      ...group,
      guardedPath: guardedPath(group),
      electionParent: scenario.groups[group.name]?.electionParent ?? "persistent",
    })),
    recorder,
  });
  recordEarlierJumps(ensemble, recorder);
  const faults = new FaultController(recorder, {
    ...{ serverAddresses, clientPort: ensemble.servers[0]?.clientPort ?? CLIENT_PORT },
    ensemble: controlOf(ensemble, marks, recorder),
    network: options.runtime.network,
    members: () => ({ servers: place.nodes, contenders: options.nodes }),
  });
  const contenders = { ...options, signal, fleet, connect: ensemble.connectString, time, observed };
  const stage: Stage = {
    ...{ recorder, observed, fleet, faults, time, signal, seed: run.seed },
    servers: place.nodes.map((node) => node.name),
    startContender: (group, name) => startContender(contenders, group, name),
    electionExists: (group) =>
      marks.exists(run.groups.find((one) => one.name === group)?.electionPath ?? "/"),
    serverLog: (server) => ensemble.logOf(server),
    findServer: (word, how) => findServer(ensemble, word, how),
  };
  let failure: unknown;
  try {
    await progress.stage(`Start ${options.nodes.length} contenders`, () =>
      startContenders(contenders),
    );
    await progress.stage(`Play ${scenario.name}`, (say) => {
      const unsubscribe = recorder.subscribe((event) => tell(event, say));
      return play(scenario, stage).finally(unsubscribe);
    });
  } catch (error) {
    failure = error;
    log.warn({ err: error }, "the steps were cut short");
  }
  await progress
    .stage("Heal, stop and seal", async () => {
      recorder.record({ type: "stage", stage: "stop" });
      loss.stop();
      await faults.healAll();
      await stopContenders(fleet);
      // Nobody is left to seal with: what there is becomes evidence without, and unknown at best.
      if (loss.signal.aborted) await marks.close();
      else await seal(options, { marks, time, stopWatching, log });
      await stopWatching();
      await place.collect();
      if (recorder.failure !== undefined) throw recorder.failure;
    })
    .catch((error: unknown) => {
      throw recorder.failure ?? (failure === undefined ? error : twoFailures(failure, error));
    });
  log.info({ failure: failure === undefined ? "none" : String(failure) }, "run closed");
  return failure;
}

/** The second one alone would hide what it came from. */
function twoFailures(first: unknown, second: unknown): LabError {
  const [said, then] = [first, second].map((one) =>
    one instanceof Error ? one.message : `${one}`,
  );
  const hint = second instanceof LabError ? second.hint : undefined;
  return new LabError("evidence", `${said}; then: ${then}`, {
    ...(hint === undefined ? {} : { hint }),
    cause: new AggregateError([first, second], "the steps and their evidence"),
  });
}

interface Sealing {
  readonly marks: Marks;
  readonly time: TimeBase;
  readonly stopWatching: () => Promise<void>;
  readonly log: pino.Logger;
}

/** The sealing write, and every server's tree at that moment. */
async function seal(options: Conduct, { marks, time, stopWatching, log }: Sealing): Promise<void> {
  const { recorder, run, directory, place } = options;
  await marks.untilElectionsEmpty(run.groups, STOP_LIMIT_MS + 2 * time.sessionTimeoutMs);
  const sealing = await marks.seal(SEAL_LIMIT_MS);
  await marks.close();
  const sealed = await place.ensemble.untilEverywhere(sealing, SEAL_LIMIT_MS);
  recorder.record({ type: "sealed", servers: [...sealed] });
  await stopWatching();
  const walk = { root: runRoot(place.number), directory, recorder };
  for (const reason of await walkTrees(place.ensemble, walk)) log.warn(reason);
}

/** `stop` to all, then SIGKILL to whoever has not gone within the limit. */
async function stopContenders(fleet: Fleet): Promise<void> {
  await Promise.all(
    fleet.contenders.map(async (contender) => {
      contender.send({ verb: "release" });
      contender.send({ verb: "stop" });
      const kill = setTimeout(() => void contender.node.signal("SIGKILL"), STOP_LIMIT_MS);
      await contender.exited;
      clearTimeout(kill);
    }),
  );
}

/** One line for what a person wants to see happen: faults as they take effect, leaders, sudden deaths. */
function tell(event: Parameters<Observed["see"]>[0], say: (line: string) => void): void {
  if (event.type === "fault" && ["in-force", "healed", "ineffective"].includes(event.phase)) {
    const resolved = event.resolved?.join(", ") ?? event.target;
    say(`${event.fault} ${event.phase.replace("-", " ")} on ${resolved}: ${event.proof ?? ""}`);
  } else if (
    event.type === "contender" &&
    event.line.type === "belief" &&
    event.line.state === "elected"
  ) {
    say(`${event.incarnation} elected (${event.line.token.czxid})`);
  } else if (event.type === "process" && event.state === "exited") {
    if (event.signal) say(`${event.incarnation} ended, killed by ${event.signal}`);
    else if (event.code !== 0) say(`${event.incarnation} ended with exit code ${event.code}`);
  }
}

function labLog(directory: string, run: RunInfo): pino.Logger {
  const destination = pino.destination({ dest: join(directory, FILES.labLog), sync: true });
  const base = { run: run.scenario.name, seed: run.seed };
  // A log of its own full disk: the history ends there too, and says so.
  destination.on("error", () => undefined);
  return pino({ base, level: "info" }, destination);
}

function describeRun(
  options: RunOptions,
  facts: {
    startedAt: Date;
    origin: bigint;
    groups: RunInfo["groups"];
    servers: readonly Server[];
  },
): RunInfo {
  const { scenario, setup, attached } = options;
  const { zookeeper } = setup;
  const time = timeBase(scenario);
  return {
    schema: RUN_SCHEMA_VERSION,
    zklab: zklabVersion(),
    scenario: { name: scenario.name, description: scenario.description, source: options.source },
    seed: options.seed,
    startedAt: facts.startedAt.toISOString(),
    monotonicOrigin: facts.origin.toString(),
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    runtime: options.runtime.name,
    host: {
      kernel: readFileSync("/proc/sys/kernel/osrelease", "utf8").trim(),
      cpus: availableParallelism(),
      memoryBytes: totalmem(),
      node: process.version,
      java: attached === undefined ? zookeeper.javaVersion : "the attached servers' own",
    },
    zookeeper:
      attached === undefined
        ? { version: zookeeper.version, source: zookeeper.source }
        : { version: attached.version, source: `attached: ${attached.project}` },
    ...(attached === undefined ? {} : { attached: attached.project }),
    tickTimeMs: time.tickTimeMs,
    sessionTimeoutMs: time.sessionTimeoutMs,
    ...judgedBy(scenario),
    servers: facts.servers.map(({ name, id, node }) => ({
      ...{ name, id, address: node.address },
      role: attached?.roles.get(name) ?? "participant",
    })),
    groups: facts.groups,
  };
}
