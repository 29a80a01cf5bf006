/**
 * Issue "The second seed": the matrix {Curator 5.9.0 under both error policies, zklab's own behaviours} x
 * {rollover, leader killed, no server for 3 sessions}. All behaviours run side by side on one ensemble, so a
 * row is compared with its neighbours under the very same fault.
 */

import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadEvidence } from "../../lab/evidence/load.ts";
import { type LabRun, makeRunWith } from "./lab-runs.ts";
import { type LeaderChanges, leaderChanges } from "./leader-changes.ts";
import {
  BEHAVIOURS,
  IMITATIONS,
  MATRIX_FAULTS,
  type MatrixFault,
  scenarioOf,
} from "./revocation-scenarios.ts";
import { median, type Outcome, type Table, type Topic } from "./topic.ts";

const RUNS_PER_FAULT = 10;

interface More {
  readonly fault: string;
  readonly changes: readonly LeaderChanges[];
}
type RevocationRun = LabRun & More;

export const revocations: Topic<RevocationRun> = {
  name: "revocations",
  sentence:
    "A re-election by rollover or by the leading server's death makes every latch that gives up on disconnection give up for nothing, and none that waits for the session's end; Curator 5.9.0 and its imitation agree in what is given up and whether it moves; nobody leads twice",
  runs: RUNS_PER_FAULT * MATRIX_FAULTS.length,
  async run(context) {
    const files = new Map(
      MATRIX_FAULTS.map((fault) => {
        const file = join(context.scratch, `revocations-${fault.name}.yaml`);
        writeFileSync(file, scenarioOf(fault));
        return [fault.name, file];
      }),
    );
    while (context.done.length < context.asked) {
      // In turns, so that a machine that grows slower does so for all.
      const fault = MATRIX_FAULTS[context.done.length % MATRIX_FAULTS.length];
      const file = files.get(fault?.name ?? "") ?? "";
      const { run, outcome } = await makeRunWith<More>(context, file, "local", {
        more: (audit, directory) => ({
          fault: fault?.name ?? "",
          changes: leaderChanges(
            audit,
            loadEvidence(directory).history.map(({ event }) => event),
          ),
        }),
      });
      context.record(run);
      const seconds = (run.wallMs / 1000).toFixed(1);
      const count = `${context.done.length} of ${context.asked}`;
      context.say(`${count}: ${run.fault}, ${outcome}, ${seconds} s`);
    }
    return judge(context.done);
  },
};

function judge(done: readonly RevocationRun[]): Outcome {
  const rows = MATRIX_FAULTS.flatMap((fault) => rowsOf(fault, done));
  const elections = rows.filter(({ fault }) => fault.sessionsLive);
  const givesUp = elections.filter(({ behaviour }) => /^(curator-standard|revoke)/.test(behaviour));
  // Deleting its own node on reconnection is giving up, whatever was kept until then.
  const waits = elections.filter(({ behaviour }) =>
    /^(curator-session|keep-(recheck|keep))/.test(behaviour),
  );
  const agree = MATRIX_FAULTS.flatMap(({ name }) =>
    IMITATIONS.map(([real, imitation]) => {
      const [one, other] = [real, imitation].map((behaviour) =>
        rows.find((row) => row.fault.name === name && row.behaviour === behaviour),
      );
      return one !== undefined && other !== undefined && areAlike(one, other);
    }),
  );
  const counted = [
    ["runs played to their end", done.filter(({ cutShort }) => cutShort === null).length],
    ["runs in which nobody believed twice", done.filter(isSingle).length],
    [
      "re-elections x behaviours: given up on disconnection, needlessly",
      givesUp.filter(({ needless }) => needless >= 1).length,
      givesUp.length,
    ],
    [
      "re-elections x behaviours: waited for the session's end, gave up nothing",
      waits.filter(({ needless }) => needless === 0).length,
      waits.length,
    ],
    [
      "faults x policies: Curator and its imitation agree",
      agree.filter((yes) => yes).length,
      agree.length,
    ],
  ] as const;
  return {
    passed: counted.every(([, count, of = done.length]) => count === of && of > 0),
    counts: {
      runs: done.length,
      ...Object.fromEntries(counted.map(([what, count]) => [what, count])),
    },
    totals: Object.fromEntries(counted.map(([what, , of = done.length]) => [what, of])),
    medians: { wallMs: median(done.map(({ wallMs }) => wallMs)) },
    table: tableOf(rows),
  };
}

function isSingle({ changes }: RevocationRun): boolean {
  return changes.every(({ dual }) => dual === 0);
}

interface Row {
  readonly fault: MatrixFault;
  readonly behaviour: string;
  readonly runs: number;
  /** In how many of them leadership moved. */
  readonly moved: number;
  /** Medians. */
  readonly needless: number;
  readonly withoutLeaderMs: number;
  readonly withoutWriteMs: number;
}

function rowsOf(fault: MatrixFault, done: readonly RevocationRun[]): readonly Row[] {
  const runs = done.filter((run) => run.fault === fault.name);
  if (runs.length === 0) return [];
  return BEHAVIOURS.map(({ name }) => {
    const own = runs.flatMap(({ changes }) => changes.filter(({ group }) => group === name));
    const of = (value: (one: LeaderChanges) => number): number => median(own.map(value));
    return {
      ...{ fault, behaviour: name, runs: own.length },
      moved: own.filter(({ moved }) => moved > 0).length,
      needless: of((one) => one.needless),
      withoutLeaderMs: of((one) => one.withoutLeaderMs),
      withoutWriteMs: of((one) => one.withoutWriteMs),
    };
  });
}

/** Where sessions were lost, whoever comes first leads: then it is chance whether leadership moves. */
function areAlike(real: Row, imitated: Row): boolean {
  const isByChance = !real.fault.sessionsLive;
  return (
    real.needless === imitated.needless && (isByChance || real.moved > 0 === imitated.moved > 0)
  );
}

function tableOf(rows: readonly Row[]): Table {
  const seconds = (ms: number): string => (ms / 1000).toFixed(2);
  return {
    columns: [
      ...["fault", "behaviour", "needless revocations", "runs in which leadership moved"],
      ...["s without a leader", "s without a write"],
    ],
    rows: rows.map((row) => [
      row.fault.title,
      BEHAVIOURS.find(({ name }) => name === row.behaviour)?.title ?? row.behaviour,
      String(row.needless),
      `${row.moved} of ${row.runs}`,
      seconds(row.withoutLeaderMs),
      seconds(row.withoutWriteMs),
    ]),
  };
}
