/**
 * Issue "The second seed": the scenario `rollover`, three forced rollovers a run, line by line of
 * ZooKeeper. What is counted is read from audit.json and from the history's jumps, never from the console.
 */

import type { AuditReport, ReElectionView } from "../../lab/audit/types.ts";
import { loadEvidence } from "../../lab/evidence/load.ts";
import { counterOf, parseZxid } from "../../lab/ids.ts";
import { countRunsWith, type LabRun } from "./lab-runs.ts";
import { median, type Topic } from "./topic.ts";

const PER_RUN = 3;
const COUNTER_END = 0xffff_fffe;
/** The claims that a rollover could break: order, uniqueness and durability. */
const CLAIMS = ["order", "zxids", "durability"] as const;

/** One forced rollover as the evidence has it. */
export interface CountedRollover {
  readonly epoch: number;
  /** A server's own log says that it rolled over, and the audit found all of semantics 19. */
  readonly proven: boolean;
  readonly endedAtTheEnd: boolean;
  readonly nextBeganAtOne: boolean;
  /** The longest time that a group went without an acknowledgement. */
  readonly feltMs: number | null;
  readonly sessions: ReElectionView["sessions"];
  readonly ephemerals: ReElectionView["ephemerals"];
  readonly voteMs: number | null;
  readonly lookingToBroadcastMs: number | null;
  readonly withoutLeaderMs: number | null;
}

export interface RolloverRun extends LabRun {
  readonly sessionTimeoutMs: number;
  readonly rollovers: readonly CountedRollover[];
  /** Of the claims above that were judged, those that do not hold. */
  readonly broken: readonly string[];
}

type More = Omit<RolloverRun, keyof LabRun>;

export function rolloverTopic(spec: {
  readonly name: string;
  readonly runs: number;
  /** Undefined: the newest 3.9 that can be had. */
  readonly zookeeper?: string;
}): Topic<RolloverRun> {
  const args = spec.zookeeper === undefined ? [] : ["--zookeeper", spec.zookeeper];
  const line = spec.zookeeper ?? "the newest 3.9";
  return {
    name: spec.name,
    sentence: `Every forced rollover on ${line} is one: the server's own line, the epoch's last counter 0xfffffffe as configured, the next established epoch begun at counter 1, no session lost or new where the gap was shorter than the timeout; order, uniqueness and durability hold`,
    runs: spec.runs,
    async run(context) {
      await countRunsWith<More>(context, "rollover", { args, more: moreOf, isGood });
      return judge(context.done);
    },
  };
}

function moreOf(audit: AuditReport, directory: string): More {
  const { history, run } = loadEvidence(directory);
  const jumps = history.flatMap(({ event }) => (event.type === "jump" ? [event] : []));
  return {
    sessionTimeoutMs: run.sessionTimeoutMs,
    rollovers: jumps.map(({ epoch }) => countRollover(audit, epoch)),
    broken: audit.claims
      .filter(({ claim }) => CLAIMS.some((one) => one === claim))
      .filter(({ verdict }) => verdict !== "holds")
      .map(({ claim, group, verdict }) => `${group ?? "ensemble"}: ${claim} ${verdict}`),
  };
}

function countRollover(audit: AuditReport, epoch: number): CountedRollover {
  const cost = audit.reElections.find(({ from }) => from === epoch);
  const ended = audit.history.epochs.find((one) => one.epoch === epoch);
  const next = audit.history.epochs.find((one) => one.epoch === cost?.to);
  const felt = cost?.felt.map(({ ms }) => ms) ?? [];
  return {
    epoch,
    proven: cost?.cause === "rollover",
    endedAtTheEnd: counter(ended?.last) === COUNTER_END,
    nextBeganAtOne: counter(next?.first) === 1,
    feltMs: felt.length === 0 ? null : Math.max(...felt),
    sessions: cost?.sessions ?? { open: 0, lost: 0, opened: 0 },
    ephemerals: cost?.ephemerals ?? { open: 0, lost: 0 },
    voteMs: cost?.voteMs ?? null,
    lookingToBroadcastMs: cost?.lookingToBroadcastMs ?? null,
    withoutLeaderMs: cost?.withoutLeaderMs ?? null,
  };
}

function counter(text: string | undefined): number | undefined {
  const id = text === undefined ? undefined : parseZxid(text);
  return id === undefined ? undefined : counterOf(id);
}

/** Sessions are promised to live only where the gap was shorter than their timeout (semantics 19). */
function keptSessions({ feltMs, sessions }: CountedRollover, timeoutMs: number): boolean {
  if (feltMs === null || sessions.open === 0) return false;
  return feltMs >= timeoutMs || sessions.opened + sessions.lost === 0;
}

function isGood(run: LabRun & More): boolean {
  const { rollovers, broken, sessionTimeoutMs } = run;
  const whole = rollovers.filter(
    (one) =>
      one.proven && one.endedAtTheEnd && one.nextBeganAtOne && keptSessions(one, sessionTimeoutMs),
  );
  return whole.length === PER_RUN && rollovers.length === PER_RUN && broken.length === 0;
}

function judge(done: readonly RolloverRun[]): Awaited<ReturnType<Topic["run"]>> {
  const all = done.flatMap((run) => run.rollovers.map((one) => ({ run, one })));
  const having = (is: (one: CountedRollover, run: RolloverRun) => boolean): number =>
    all.filter(({ run, one }) => is(one, run)).length;
  const rollovers = {
    "rollovers forced": all.length,
    "rollovers with the server's line": having((one) => one.proven),
    "rollovers that ended at counter 0xfffffffe": having((one) => one.endedAtTheEnd),
    "rollovers after which the next epoch began at 1": having((one) => one.nextBeganAtOne),
    "rollovers without a lost or new session, or with a longer gap than the timeout": having(
      (one, run) => keptSessions(one, run.sessionTimeoutMs),
    ),
  };
  const holding = done.filter(({ broken }) => broken.length === 0).length;
  const ms = (of: (one: CountedRollover) => number | null): number[] =>
    all.flatMap(({ one }) => of(one) ?? []);
  const longer = having((one, run) => (one.feltMs ?? 0) >= run.sessionTimeoutMs);
  const spread = (what: string, values: readonly number[]): string =>
    values.length === 0
      ? `${what}: not told`
      : `${what}: ${Math.min(...values)} to ${Math.max(...values)} ms, median ${median(values)}`;
  return {
    passed:
      holding === done.length &&
      Object.values(rollovers).every((count) => count === PER_RUN * done.length),
    counts: {
      runs: done.length,
      ...rollovers,
      "runs in which order, zxids and durability hold": holding,
    },
    totals: Object.fromEntries(Object.keys(rollovers).map((what) => [what, PER_RUN * done.length])),
    medians: {
      wallMs: median(done.map((run) => run.wallMs)),
      ...medianOf(
        "voteMs",
        ms((one) => one.voteMs),
      ),
      ...medianOf(
        "lookingToBroadcastMs",
        ms((one) => one.lookingToBroadcastMs),
      ),
      ...medianOf(
        "withoutLeaderMs",
        ms((one) => one.withoutLeaderMs),
      ),
      ...medianOf(
        "feltMs",
        ms((one) => one.feltMs),
      ),
    },
    notes: [
      spread(
        "without a leader, by the servers' logs",
        ms((one) => one.withoutLeaderMs),
      ),
      spread(
        "felt by the group that waited longest",
        ms((one) => one.feltMs),
      ),
      `${longer} of ${all.length} gaps were longer than the session timeout`,
    ],
  };
}

function medianOf(name: string, values: readonly number[]): Record<string, number> {
  return values.length === 0 ? {} : { [name]: median(values) };
}
