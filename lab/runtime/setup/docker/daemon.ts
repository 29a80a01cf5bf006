/**
 * Starting an engine, and ending exactly the one that was started. With systemd it is the system's
 * service and none of ours. Without (a container, a CI machine) it is a process of its own session,
 * recorded by pid and start time, since pids are reused: only what is in that record is ever ended.
 */

import { spawn } from "node:child_process";
import {
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { z } from "zod";
import { LabError } from "../../../errors.ts";
import { childrenOf, startTimeOf } from "../../process-identity.ts";
import { cacheDirectory } from "../cache.ts";
import { howItEnded, succeeded, tailOf } from "../command.ts";
import { findProgram } from "../java.ts";
import type { Machine } from "../requirements.ts";
import { type Engine, lookAtDocker } from "./look.ts";

const START_LIMIT_MS = 30_000;
const STOP_LIMIT_MS = 30_000;
const POLL_MS = 100;
/** Where the package's init script has dockerd write its pid. */
const PID_FILE = "/var/run/docker.pid";
const LOG_TAIL_LINES = 12;

const processSchema = z.object({ pid: z.int().positive(), start: z.string() });
/** The engine, and the containerd that it started for itself. */
const recordSchema = z.object({ engine: processSchema, helpers: z.array(processSchema) });
type DaemonRecord = z.infer<typeof recordSchema>;

/** Starts the installed engine and waits until it answers. */
export async function startEngine(machine: Machine, say: (line: string) => void): Promise<Engine> {
  if (existsSync("/run/systemd/system")) {
    const result = await machine.run("systemctl", ["start", "docker"], {
      timeoutMs: START_LIMIT_MS,
    });
    if (!succeeded(result)) throw failed(`systemctl ${howItEnded(result)}\n${tailOf(result)}`);
    return untilAnswers(machine, () => undefined);
  }
  const dockerd = await findProgram("dockerd", machine.env);
  if (dockerd === undefined) throw failed("there is no dockerd");
  // No engine answers: what is left of one that we started (a killed one's containerd) would only
  // make the next one hang.
  await stopEngine(machine.env);
  const directory = engineDirectory(machine.env);
  mkdirSync(directory, { recursive: true });
  const logFile = join(directory, "dockerd.log");
  const pidFile = join(directory, "dockerd.pid");
  // A pid file that an earlier engine left makes it refuse, or hang; ours says only what we know.
  rmSync(pidFile, { force: true });
  const log = openSync(logFile, "w");
  const child = spawn(dockerd, ["--pidfile", pidFile], {
    detached: true,
    stdio: ["ignore", log, log],
    env: machine.env,
  });
  closeSync(log);
  child.on("error", () => undefined);
  const { pid } = child;
  if (pid === undefined) throw failed(`${dockerd} did not start`);
  record(machine.env, pid);
  say(`started an engine: dockerd, pid ${pid}, its log is ${logFile}`);
  let code: number | undefined;
  child.once("exit", (status) => {
    code = status ?? -1;
  });
  const engine = await untilAnswers(machine, () =>
    code === undefined ? undefined : `dockerd ended with ${code}\n${tailOfFile(logFile)}`,
  );
  // Its containerd is there only now.
  record(machine.env, pid);
  child.unref();
  return engine;
}

/**
 * Installing the package may have started an engine by its init script, where there is no service
 * manager that would own it. Then it is ours to end: nobody else started it.
 */
export function adoptEngine(env: NodeJS.ProcessEnv): void {
  if (existsSync("/run/systemd/system")) return;
  try {
    mkdirSync(engineDirectory(env), { recursive: true });
    record(env, Number(readFileSync(PID_FILE, "utf8")));
  } catch {
    // No init script started one.
  }
}

/** Ends the engine that `startEngine` started here, if it still runs; gives its pid, if it did. */
export async function stopEngine(env: NodeJS.ProcessEnv): Promise<number | undefined> {
  const file = recordFile(env);
  const known = readRecord(file);
  if (known === undefined) return undefined;
  const { engine, helpers } = known;
  const ran = isRunning(engine);
  if (ran) process.kill(engine.pid, "SIGTERM");
  await untilGone(engine);
  // dockerd ends its containerd; a killed one's stays, and would make the next engine hang.
  for (const helper of helpers) {
    if (isRunning(helper)) process.kill(helper.pid, "SIGTERM");
    await untilGone(helper);
  }
  rmSync(file, { force: true });
  return ran ? engine.pid : undefined;
}

async function untilAnswers(machine: Machine, problem: () => string | undefined): Promise<Engine> {
  const deadline = performance.now() + START_LIMIT_MS;
  for (;;) {
    const { engine, engineProblem } = await lookAtDocker(machine);
    if (engine !== undefined) return engine;
    const ended = problem();
    if (ended !== undefined) throw failed(ended);
    if (performance.now() > deadline) {
      throw failed(`no answer within ${START_LIMIT_MS / 1000} s: ${engineProblem ?? "unknown"}`);
    }
    await delay(POLL_MS);
  }
}

async function untilGone(one: DaemonRecord["engine"]): Promise<void> {
  const deadline = performance.now() + STOP_LIMIT_MS;
  while (isRunning(one)) {
    if (performance.now() > deadline) process.kill(one.pid, "SIGKILL");
    await delay(POLL_MS);
  }
}

function isRunning({ pid, start }: DaemonRecord["engine"]): boolean {
  return startTimeOf(pid) === start;
}

function record(env: NodeJS.ProcessEnv, pid: number): void {
  const identify = (of: number): DaemonRecord["engine"][] => {
    const start = startTimeOf(of);
    return start === undefined ? [] : [{ pid: of, start }];
  };
  const [engine] = identify(pid);
  if (engine === undefined) return;
  const entry: DaemonRecord = { engine, helpers: childrenOf(pid).flatMap(identify) };
  writeFileSync(recordFile(env), `${JSON.stringify(entry)}\n`);
}

function readRecord(file: string): DaemonRecord | undefined {
  try {
    return recordSchema.safeParse(JSON.parse(readFileSync(file, "utf8"))).data;
  } catch {
    return undefined;
  }
}

function engineDirectory(env: NodeJS.ProcessEnv): string {
  return join(cacheDirectory(env), "engine");
}

function recordFile(env: NodeJS.ProcessEnv): string {
  return join(engineDirectory(env), "started.json");
}

function tailOfFile(file: string): string {
  const lines = readFileSync(file, "utf8").trimEnd().split("\n");
  return lines
    .slice(-LOG_TAIL_LINES)
    .map((line) => `    ${line}`)
    .join("\n");
}

function failed(found: string): LabError {
  return new LabError("environment", `start the Docker engine: ${found}`, {
    hint: "start it by hand, or run without it: --runtime local",
  });
}
