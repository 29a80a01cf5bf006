/** Who is compared in the matrix of revocations, under which faults; and the scenario of each fault. */

import type { LatchOptions } from "../../contenders/options.ts";

export interface Behaviour {
  /** The group's name. */
  readonly name: string;
  /** For people. */
  readonly title: string;
  readonly strategy: string;
  readonly options: Readonly<Record<string, string>>;
}

/** Curator itself first under each of its policies, then what imitates it, then what else one might do. */
export const BEHAVIOURS: readonly Behaviour[] = [
  curator("standard"),
  latch("revoke", "recheck", "leave"),
  latch("revoke", "recheck", "wait"),
  latch("revoke", "recreate", "wait"),
  latch("revoke", "keep", "wait"),
  curator("session"),
  latch("keep", "recheck", "leave"),
  latch("keep", "recheck", "wait"),
  latch("keep", "recreate", "wait"),
  latch("keep", "keep", "wait"),
];

/** Which of zklab's latches does what Curator does. */
export const IMITATIONS: readonly (readonly [real: string, imitation: string])[] = [
  ["curator-standard", "revoke-recheck-leave"],
  ["curator-session", "keep-recheck-leave"],
];

function curator(errorPolicy: "standard" | "session"): Behaviour {
  return {
    name: `curator-${errorPolicy}`,
    title: `Curator 5.9.0, ${errorPolicy} error policy`,
    strategy: "curator-latch",
    options: { errorPolicy, guard: "path" },
  };
}

function latch(
  onSuspended: LatchOptions["onSuspended"],
  onReconnected: LatchOptions["onReconnected"],
  onSilence: LatchOptions["onSilence"],
): Behaviour {
  return {
    name: `${onSuspended}-${onReconnected}-${onSilence}`,
    title: `zklab: ${onSuspended}, ${onReconnected}, ${onSilence}`,
    strategy: "latch-check",
    options: { onSuspended, onReconnected, onSilence },
  };
}

export interface MatrixFault {
  readonly name: string;
  readonly title: string;
  /** Whether leadership can only move by what the latch itself does; else the first to come wins. */
  readonly sessionsLive: boolean;
  readonly sessionTimeout: string;
  readonly inject: object;
}

/** Sessions outlast a re-election, and no session timeout outlasts the outage. */
export const MATRIX_FAULTS: readonly MatrixFault[] = [
  {
    name: "rollover",
    title: "zxid rollover",
    sessionsLive: true,
    sessionTimeout: "8 s",
    inject: { fault: "rollover", target: "leader-server", until: { epoch: "next" }, limit: "20 s" },
  },
  {
    name: "leader-killed",
    title: "leading server killed",
    sessionsLive: true,
    sessionTimeout: "8 s",
    inject: { fault: "re-elect", target: "leader-server", until: { epoch: "next" }, limit: "20 s" },
  },
  {
    name: "zk-outage",
    title: "no server for 3 sessions",
    sessionsLive: false,
    sessionTimeout: "2 s",
    inject: {
      fault: "outage",
      target: "all-servers",
      until: { passed: "3 sessions" },
      limit: "5 sessions",
    },
  },
];

/** YAML, as JSON is. */
export function scenarioOf(fault: MatrixFault): string {
  const groups = BEHAVIOURS.map(({ name, strategy, options }) => {
    const expect = { verdict: "holds" };
    return [name, { strategy, options, contenders: 2, expect }] as const;
  });
  return JSON.stringify({
    name: `revocations-${fault.name}`,
    description: `What is given up for nothing: ${fault.title}.`,
    sessionTimeout: fault.sessionTimeout,
    writesPerSecond: 10,
    groups: Object.fromEntries(groups),
    steps: [
      {
        "each-group": [
          { await: { elected: "any" }, within: "30 s" },
          { await: { writes: 5 }, within: "15 s" },
        ],
      },
      { inject: fault.inject },
      { "each-group": [{ await: { moreWrites: 10 }, within: "20 s" }] },
      // What comes late, as the expiry of a session that its client has left, belongs to the cost.
      { run: "2 s" },
    ],
  });
}
