/**
 * The conductor: the one place that knows all stages of a run and their order.
 *
 *   ensemble → marks (opening) → contenders → steps → heal all → contenders stop → sealing →
 *   servers stop → evidence closed → audit
 *
 * Evidence first, judgement second: nothing is judged before the run directory is closed. A run that
 * fails on the way is closed and judged too: it says unknown, or what the evidence shows so far.
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
import { type LossWatch, watchLoss } from "./ensemble/loss.ts";
import { Marks } from "./ensemble/marks.ts";
import { type FindPlace, type Place, serverNames } from "./ensemble/place.ts";
import { watchRoles } from "./ensemble/role-watch.ts";
import { walkTrees } from "./ensemble/tree-walk.ts";
import { assert, LabError } from "./errors.ts";
import { Recorder } from "./evidence/recorder.ts";
import { FILES, makeRunDirectory } from "./evidence/run-directory.ts";
import { type GroupInfo, RUN_SCHEMA_VERSION, type RunInfo } from "./evidence/run-info.ts";
import { type JudgedRun, judgeRun, writeManifest } from "./judge.ts";
import { zklabVersion } from "./package-root.ts";
import { toJson } from "./report/json.ts";
import type { Progress } from "./report/progress.ts";
import type { ClockReading, LabNode, Runtime } from "./runtime/runtime.ts";
import type { Setup } from "./runtime/setup/setup.ts";
import { type StartContenders, startContender, startContenders } from "./scenario/contenders.ts";
import { play } from "./scenario/play.ts";
import {
  faultsIn,
  guardedPath,
  judgedBy,
  needsDebugger,
  needsNetwork,
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
  /** What kept the run from being played and sealed: an interrupt, or a wait that ran out. */
  readonly failure: unknown;
  /** False where the environment could not be made: no step was played. */
  readonly begun: boolean;
}

/** Plays, seals and judges. Whatever fails on the way, the evidence is closed and judged as far as it goes. */
export async function runScenario(options: RunOptions): Promise<RunOutcome> {
  const startedAt = new Date();
  const origin = process.hrtime.bigint();
  const { scenario, progress } = options;
  const directory = makeRunDirectory(options.runsDirectory, scenario.name, startedAt, options.seed);
  const found = await findPlace(options, directory);
  const { place } = found;
  const groups = resolveGroups(scenario, runRoot(place?.number ?? 1));
  const servers = serversOf(place, scenario);
  const run = describeRun(options, { startedAt, origin, groups, servers });
  writeFileSync(join(directory, FILES.run), toJson(run));
  const recorder = new Recorder(join(directory, FILES.history), origin);
  const ended =
    place === undefined
      ? { failure: found.failure, begun: false }
      : await conduct({ ...options, directory, run, recorder, place });
  recorder.close();
  const judgement = await progress.stage("Audit the servers' logs", () =>
    Promise.resolve(judgeRun(directory)),
  );
  writeManifest(directory);
  return { directory, judgement, ...ended };
}

/** The ensemble, or why there is none. */
async function findPlace(
  { scenario, progress, runtime, setup, signal, attached, ...options }: RunOptions,
  directory: string,
): Promise<{ readonly place?: Place; readonly failure?: unknown }> {
  const debugged = needsDebugger(scenario);
  const spec = {
    ...{ runtime, debugged, signal, servers: scenario.servers, jars: setup.zookeeper },
    settings: settingsFor(timeBase(scenario).tickTimeMs),
    properties: { ...(debugged ? DEBUGGED_PROPERTIES : {}), ...scenario.serverProperties },
  };
  try {
    const title =
      attached === undefined
        ? `Bring up ${scenario.servers} ZooKeeper servers`
        : `Attach to ${attached.project}`;
    return { place: await progress.stage(title, () => options.findPlace(directory, spec)) };
  } catch (failure) {
    return { failure };
  }
}

interface Conduct extends RunOptions {
  readonly directory: string;
  readonly run: RunInfo;
  readonly recorder: Recorder;
  readonly place: Place;
}

/** What of a run has to be ended again, as far as it came. */
interface Begun {
  readonly fleet: Fleet;
  readonly stopWatching: () => Promise<void>;
  /** The servers ended though nobody asked them to. */
  readonly loss: LossWatch;
  nodes: readonly LabNode[];
  marks: Marks | undefined;
  sealed: boolean;
}

/** Plays the run and closes the evidence whatever happened; gives what cut it short, if anything did. */
async function conduct(options: Conduct): Promise<Pick<RunOutcome, "failure" | "begun">> {
  const { recorder, run, directory, place } = options;
  const log = labLog(directory, run);
  const observed = new Observed();
  recorder.subscribe(observed.see);
  recorder.subscribe((event) => tell(event, (line) => log.info({ at: event.at }, line)));
  const begun: Begun = {
    fleet: new Fleet({ recorder, directory: join(directory, FILES.contenders) }),
    stopWatching: watchRoles(place.ensemble, recorder),
    loss: watchLoss(place.ensemble, recorder),
    ...{ nodes: [], marks: undefined, sealed: false },
  };
  const signal = AbortSignal.any([options.signal, begun.loss.signal]);
  const failures: unknown[] = [];
  const attempt = async (what: string, work: () => Promise<void>): Promise<void> => {
    try {
      await work();
    } catch (error) {
      failures.push(error);
      log.warn({ err: error }, what);
    }
  };
  await attempt("the run could not begin", async () => {
    const stage = await open({ ...options, signal }, begun, observed);
    await attempt("the steps were cut short", () => playSteps(options, begun, stage));
    await attempt("the run could not be sealed", () =>
      options.progress.stage("Heal, stop and seal", () => seal(options, begun, { stage, log })),
    );
  });
  begun.loss.stop();
  await attempt("the run could not be closed", () => close(options, begun));
  // What could not be written cannot be judged.
  if (recorder.failure !== undefined) throw recorder.failure;
  // What came first is the cause; the others followed from it, and stand in lab.log.
  const [failure] = failures;
  log.info({ failure: failure === undefined ? "none" : String(failure) }, "run closed");
  return { failure, begun: begun.marks !== undefined };
}

/** The run's znodes, its opening write, and a node for every contender. */
async function open(options: Conduct, begun: Begun, observed: Observed): Promise<Stage> {
  const { recorder, run, scenario, place, signal, runtime } = options;
  const { ensemble } = place;
  const time = timeBase(scenario);
  checkFaults(options);
  begun.fleet.clock = await readClock(options);
  begun.nodes = await runtime.createNodes(
    run.groups.flatMap(({ name, contenders }) => contenders.map((each) => `${name}/${each}`)),
  );
  if (needsNetwork(scenario)) await runtime.network.prepare();
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
  begun.marks = marks;
  recordEarlierJumps(ensemble, recorder);
  const serverAddresses = place.nodes.map((node) => node.address);
  const faults = new FaultController(recorder, {
    ...{ serverAddresses, clientPort: ensemble.servers[0]?.clientPort ?? CLIENT_PORT },
    ensemble: controlOf(ensemble, marks, recorder),
    network: runtime.network,
    members: () => ({ servers: place.nodes, contenders: begun.nodes }),
  });
  const contenders = contendersOf(options, begun, { observed, marks });
  const electionPath = (group: string): string =>
    run.groups.find((one) => one.name === group)?.electionPath ?? "/";
  return {
    ...{ recorder, observed, fleet: begun.fleet, faults, time, signal, seed: run.seed },
    servers: place.nodes.map((node) => node.name),
    startContenders: () => startContenders(contenders),
    startContender: (group, name) => startContender(contenders, group, name),
    electionExists: (group) => marks.exists(electionPath(group)),
    serverLog: (server) => ensemble.logOf(server),
    findServer: (word, how) => findServer(ensemble, word, how),
  };
}

/** What cannot be caused where the servers run is said before anybody waits for it. */
function checkFaults({ scenario, runtime }: RunOptions): void {
  const why = runtime.whyNoNodeNetwork?.();
  const fault = [...faultsIn(scenario)].find(({ needs }) => needs === "node-network");
  if (why === undefined || fault === undefined) return;
  throw new LabError("environment", `play ${scenario.name}: ${fault.name} is unavailable: ${why}`, {
    hint: "--runtime local can cause it on this machine",
  });
}

/** Recorded where the contenders' clock is not ours; at both ends of a run, which bounds its drift. */
async function readClock({ runtime, recorder }: Conduct): Promise<ClockReading | undefined> {
  const reading = await runtime.readClock?.();
  if (reading === undefined) return undefined;
  const { aheadNs, errorNs, bootId } = reading;
  recorder.record({ type: "clock", aheadNs: aheadNs.toString(), errorNs, bootId });
  return reading;
}

function contendersOf(
  options: Conduct,
  { fleet, nodes }: Begun,
  lab: { readonly observed: Observed; readonly marks: Marks },
): StartContenders {
  const connect = options.place.ensemble.connectString;
  const campaigning = (group: GroupInfo): Promise<boolean> =>
    lab.marks.campaigning(group.electionPath).then((count) => count > 0);
  const time = timeBase(options.scenario);
  return { ...options, ...{ fleet, nodes, connect, time, campaigning }, observed: lab.observed };
}

async function playSteps(options: Conduct, { nodes }: Begun, stage: Stage): Promise<void> {
  const { progress, scenario, recorder } = options;
  await progress.stage(`Start ${nodes.length} contenders`, () => stage.startContenders());
  await progress.stage(`Play ${scenario.name}`, (say) => {
    const unsubscribe = recorder.subscribe((event) => tell(event, say));
    return play(scenario, stage).finally(unsubscribe);
  });
}

async function seal(
  options: Conduct,
  begun: Begun,
  { stage, log }: { readonly stage: Stage; readonly log: pino.Logger },
): Promise<void> {
  const { recorder, run, place, directory } = options;
  const { marks, fleet } = begun;
  assert(marks !== undefined, "a run is sealed that was never opened");
  recorder.record({ type: "stage", stage: "stop" });
  begun.loss.stop();
  await stage.faults.healAll();
  await stopContenders(fleet);
  await readClock(options);
  // Nobody is left to seal with: what there is becomes evidence without, and unknown at best.
  if (begun.loss.signal.aborted) return;
  const endLimitMs = STOP_LIMIT_MS + 2 * stage.time.sessionTimeoutMs;
  await marks.untilElectionsEmpty(run.groups, endLimitMs);
  const sealing = await marks.seal(SEAL_LIMIT_MS);
  await marks.close();
  const sealed = await place.ensemble.untilEverywhere(sealing, SEAL_LIMIT_MS);
  recorder.record({ type: "sealed", servers: [...sealed] });
  const walk = { root: runRoot(place.number), directory, recorder };
  for (const reason of await walkTrees(place.ensemble, walk)) log.warn(reason);
  begun.sealed = true;
}

/** Ends what still runs; then the servers' files are in the run directory, and nobody writes to it. */
async function close({ place, runtime }: Conduct, begun: Begun): Promise<void> {
  const living = begun.fleet.contenders.filter((contender) => contender.alive());
  for (const { node } of living) await node.signal("SIGKILL");
  await Promise.all(living.map(({ exited }) => exited));
  if (!begun.sealed) begun.marks?.abandon();
  await begun.stopWatching();
  try {
    await (begun.sealed ? place.collect() : place.abandon());
  } finally {
    await runtime.removeNodes(begun.nodes);
  }
}

/** `stop` to all, then SIGKILL to whoever has not gone within the limit. */
async function stopContenders(fleet: Fleet): Promise<void> {
  await Promise.all(
    fleet.contenders.map(async (contender) => {
      contender.send({ verb: "release" });
      contender.stop();
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
  // Where its disk is full the history ends, too, and says so.
  destination.on("error", () => undefined);
  const base = { run: run.scenario.name, seed: run.seed };
  return pino({ base, level: "info" }, destination);
}

/** Those that never came have no address. */
function serversOf(
  place: Place | undefined,
  scenario: Scenario,
): readonly Omit<RunInfo["servers"][number], "role">[] {
  if (place === undefined)
    return serverNames(scenario.servers).map((name, i) => ({ name, id: i + 1, address: "" }));
  return place.ensemble.servers.map(({ name, id, node }) => ({ name, id, address: node.address }));
}

function describeRun(
  options: RunOptions,
  facts: {
    startedAt: Date;
    origin: bigint;
    groups: RunInfo["groups"];
    servers: readonly Omit<RunInfo["servers"][number], "role">[];
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
    servers: facts.servers.map((server) => ({
      ...server,
      role: attached?.roles.get(server.name) ?? "participant",
    })),
    groups: facts.groups,
  };
}
