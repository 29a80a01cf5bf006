/** What a fault on a server may do with the ensemble, and what it must tell the run's history. */

import type { Recorder } from "../evidence/recorder.ts";
import type { LabNode } from "../runtime/runtime.ts";
import type { Ensemble, ServerView } from "./ensemble.ts";
import type { Jump } from "./jdwp/jump.ts";
import type { Jvm } from "./jdwp/jvm.ts";
import type { Marks } from "./marks.ts";

export interface EnsembleControl {
  /** Moves of a leader's counter so far, earlier runs on a kept ensemble included. */
  readonly jumps: readonly Jump[];
  readonly nodes: readonly LabNode[];
  /** One look at every server. */
  look(): Promise<readonly ServerView[]>;
  /** Waits until every server serves; rejects naming those that do not. */
  untilServing(limitMs: number): Promise<readonly ServerView[]>;
  /** A server's own log so far. */
  logOf(server: string): string;
  debug(server: string): Promise<Jvm>;
  /** Whether `restart` can start this server again once its process has ended. */
  canRestart(server: string): boolean;
  restart(server: string): Promise<void>;
  /** Resolves when the server's process is gone. */
  exited(server: string): Promise<void>;
  /** Writes the jump into the history, synchronously, before it is made (semantics 20). */
  journalJump(server: string, jump: Jump): void;
  /** One write of the lab's own, outside the guarded paths; false where it was not acknowledged. */
  write(): Promise<boolean>;
}

export function controlOf(ensemble: Ensemble, marks: Marks, recorder: Recorder): EnsembleControl {
  const find = (name: string): Ensemble["servers"][number] | undefined =>
    ensemble.servers.find((server) => server.name === name);
  return {
    jumps: ensemble.jumps,
    nodes: ensemble.servers.map(({ node }) => node),
    look: () => ensemble.look(),
    // A heal has its own deadline and never the run's abort signal.
    untilServing: (limitMs) => ensemble.untilServing(limitMs, new AbortController().signal),
    logOf: (server) => ensemble.logOf(server),
    debug: (server) => ensemble.debug(server),
    canRestart: (server) => find(server)?.start !== undefined,
    restart: (server) => ensemble.restart(server),
    exited: async (server) => {
      await find(server)?.process.exited;
    },
    journalJump: (server, { epoch, from, to }) => {
      recorder.record({ type: "jump", server, epoch, from, to });
      ensemble.jumps.push({ epoch, from, to });
    },
    write: () => marks.write(),
  };
}

/** A kept ensemble's earlier jumps belong to the evidence of this run too: its logs show their holes. */
export function recordEarlierJumps(ensemble: Ensemble, recorder: Recorder): void {
  for (const { epoch, from, to } of ensemble.jumps) {
    recorder.record({ type: "jump", server: "earlier", epoch, from, to });
  }
}
