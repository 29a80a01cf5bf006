/**
 * Notices that the ensemble is gone though nobody asked for it: the engine was restarted, its disk is
 * full, somebody removed the containers. Then nothing can be played or sealed any more, and waiting for
 * one step's limit after the other would only hide why.
 */

import { setTimeout as delay } from "node:timers/promises";
import { LabError } from "../errors.ts";
import type { Recorder } from "../evidence/recorder.ts";
import type { ProcessExit, StartedProcess } from "../runtime/runtime.ts";
import type { Ensemble, Server } from "./ensemble.ts";

const LOOK_MS = 250;
const GRACE_MS = 4_000;

export interface LossWatch {
  /** Aborted, with a LabError that says how each ended, when no quorum is left. */
  readonly signal: AbortSignal;
  stop(): void;
}

export function watchLoss(ensemble: Ensemble, recorder: Recorder): LossWatch {
  const lost = new AbortController();
  const faults = faultsOnServers(ensemble, recorder);
  const exits = new Map<StartedProcess, ProcessExit | undefined>();
  let watching = true;
  const exitOf = ({ process }: Server): ProcessExit | undefined => {
    if (!exits.has(process)) {
      exits.set(process, undefined);
      process.exited.then(
        (exit) => exits.set(process, exit),
        () => undefined,
      );
    }
    return exits.get(process);
  };
  const watch = async (): Promise<void> => {
    let since: number | undefined;
    while (watching) {
      const gone = !faults.inForce() && isLost(ensemble.servers.map(exitOf));
      since = gone ? (since ?? performance.now()) : undefined;
      if (since !== undefined && performance.now() - since > GRACE_MS) {
        lost.abort(lossOf(ensemble, exitOf));
        return;
      }
      await delay(LOOK_MS, undefined, { ref: false });
    }
  };
  void watch();
  return {
    signal: lost.signal,
    stop: () => {
      watching = false;
      faults.stop();
    },
  };
}

/** A fault may end all servers at once, for as long as the scenario says, and start them again. */
function faultsOnServers(
  ensemble: Ensemble,
  recorder: Recorder,
): { inForce(): boolean; stop(): void } {
  const names = new Set(ensemble.servers.map(({ name }) => name));
  const injections = new Set<string>();
  const stop = recorder.subscribe((event) => {
    if (event.type !== "fault") return;
    if (event.phase === "healed") injections.delete(event.injection);
    else if (event.resolved?.some((one) => names.has(one))) injections.add(event.injection);
  });
  return { inForce: () => injections.size > 0, stop };
}

/** Too few run for a quorum. */
function isLost(exits: readonly (ProcessExit | undefined)[]): boolean {
  return exits.filter((exit) => exit === undefined).length <= exits.length / 2;
}

function lossOf(ensemble: Ensemble, exitOf: (server: Server) => ProcessExit | undefined): LabError {
  const endings = ensemble.servers.map((server) => {
    const exit = exitOf(server);
    if (exit === undefined) return `${server.name} still runs`;
    const how = exit.signal === null ? `exit code ${exit.code}` : `by ${exit.signal}`;
    // The one reason that a server's own log tells for sure.
    const full = /No space left on device/.test(logOf(ensemble, server.name));
    return `${server.name} ${how}${full ? ", no space left on device" : ""}`;
  });
  const attempted = "servers ended though nobody asked them to, and no quorum is left";
  return new LabError("ensemble", `${attempted}: ${endings.join("; ")}`, {
    hint: "was the container engine restarted, or a disk full? the servers' logs are in the run directory",
  });
}

function logOf(ensemble: Ensemble, server: string): string {
  try {
    return ensemble.logOf(server);
  } catch {
    return "";
  }
}
