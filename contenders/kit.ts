/**
 * The kit for contenders in TypeScript: it speaks the contract, holds at failpoints, obeys commands,
 * and leaves a strategy with what is its own: how to elect, how to guard, when to retry.
 */

import { readFileSync } from "node:fs";
import { Belief } from "./belief.ts";
import { CONTRACT_VERSION, type Command, FAILPOINTS, type Promises } from "./contract.ts";
import { Emitter } from "./emitter.ts";
import { type ContenderEnvironment, readEnvironment } from "./environment.ts";
import { Failpoints } from "./failpoints.ts";

export interface Kit {
  readonly environment: ContenderEnvironment;
  /** `c1#1`: contender and incarnation, the prefix of op ids. */
  readonly incarnation: string;
  /** The one znode that guarded writes go to. */
  readonly statePath: string;
  readonly emitter: Emitter;
  readonly failpoints: Failpoints;
  readonly belief: Belief;
  /** Ends the contender on its own account, e.g. when its session expired. */
  exit(reason: string): void;
}

/** A running contender, as the commands see it. */
export interface Running {
  write(): Promise<void>;
  resign(): Promise<void>;
  stop(): Promise<void>;
}

export interface Strategy {
  readonly promises: Promises;
  /** The ZooKeeper client it runs on, for people. */
  readonly client: string;
  start(kit: Kit): Promise<Running>;
}

export type MakeStrategy = (environment: ContenderEnvironment) => Strategy;

/** Runs one contender until it is told to stop; the whole of a contender's main program. */
export async function runContender(make: MakeStrategy): Promise<void> {
  const environment = readEnvironment(process.env);
  const strategy = make(environment);
  const emitter = new Emitter();
  let running: Running | undefined;
  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await running?.stop();
    process.exit(0);
  };
  const failpoints = new Failpoints(emitter, (command) => {
    const done = obey(command, running, stop);
    done.catch((error: unknown) => process.stderr.write(`${command.verb}: ${String(error)}\n`));
  });
  process.on("SIGTERM", () => void stop());
  emitter.emit({
    type: "hello",
    contract: CONTRACT_VERSION,
    promises: strategy.promises,
    pid: process.pid,
    bootId: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim(),
    failpoints: [...FAILPOINTS],
    client: strategy.client,
  });
  running = await strategy.start({
    environment,
    incarnation: `${environment.name}#${environment.incarnation}`,
    statePath: `${environment.guardedPath}/state`,
    emitter,
    failpoints,
    belief: new Belief(emitter),
    exit: (reason) => {
      process.stderr.write(`${reason}\n`);
      process.exit(0);
    },
  });
}

async function obey(
  command: Command,
  running: Running | undefined,
  stop: () => Promise<void>,
): Promise<void> {
  if (command.verb === "stop") await stop();
  else if (command.verb === "resign") await running?.resign();
  else if (command.verb === "write") await running?.write();
}
