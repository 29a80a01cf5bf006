/** Small scenarios for tests from outside: quick, on our own client, each for one question. */

/** The leader stays paused until somebody ends the lab. */
export const STALLED = `
name: stalled
description: The leader is paused for as long as the lab lives.
writesPerSecond: 40
groups:
  checked:
    strategy: latch-check
    contenders: 2
    expect: { verdict: holds }
steps:
  - each-group:
      - await: { elected: any }
        within: 20 s
      - await: { writes: 5 }
        within: 20 s
      - inject: { fault: pause, target: leader, until: { writes: 100000 }, limit: 50 s }
`;

/** The leader is paused until another leads, who then goes on. */
export const ROBBED = `
name: robbed
description: The leader is paused, and somebody takes its container away.
writesPerSecond: 40
groups:
  checked:
    strategy: latch-check
    contenders: 2
    minimums: { terms: 2 }
    expect: { verdict: holds }
steps:
  - each-group:
      - await: { elected: any }
        within: 20 s
      - await: { writes: 5 }
        within: 20 s
      - inject: { fault: pause, target: leader, until: { elected: other }, limit: 20 s }
      - await: { moreWrites: 20 }
        within: 20 s
`;

/** One group writes and hands over once, undisturbed. */
export function calm(options: { readonly name: string; readonly servers?: 1 | 3 }): string {
  return `
name: ${options.name}
description: One group writes and hands leadership over once, undisturbed.
servers: ${options.servers ?? 3}
writesPerSecond: 60
groups:
  checked:
    strategy: latch-check
    contenders: 2
    minimums: { committedWrites: 30, terms: 2 }
    expect: { verdict: holds }
steps:
  - each-group:
      - await: { elected: any }
        within: 20 s
      - await: { writes: 15 }
        within: 20 s
      - resign: leader
      - await: { elected: other }
        within: 5 sessions
      - await: { writes: 40 }
        within: 20 s
`;
}

/** The seed's scenario on our own client: the unguarded group must be caught, the guarded one not. */
export const BOTH_KINDS = `
name: both-kinds
description: The leader is paused between deciding a write and sending it.
writesPerSecond: 40
groups:
  naive:
    strategy: naive
    options: { client: own }
    contenders: 2
    minimums: { exposed: 1 }
    expect: { verdict: violated, findings: [stale-leader-write] }
  checked:
    strategy: latch-check
    contenders: 2
    minimums: { exposed: 1 }
    expect: { verdict: holds }
steps:
  - each-group:
      - await: { elected: any }
        within: 20 s
      - await: { writes: 10 }
        within: 20 s
      - hold: { target: leader, at: before-send, how: whole, within: 10 s }
      - inject: { fault: pause, target: held, until: { elected: other }, limit: 8 sessions }
      - release: held
      - await: { settled: held }
        within: 8 sessions
      - run: 300 ms
`;

/** The same, with its contenders there until others have looked at it, also on a busy machine. */
export const BOTH_KINDS_LOOKED_AT = `${BOTH_KINDS}  - run: 15 s
`;

/** Three contenders that nobody disturbs; of the servers the parts say what is wrong. */
const undisturbed = (parts: string): string => `${parts}
groups:
  checked:
    strategy: latch-check
    expect: { verdict: holds }
steps:
  - each-group:
      - run: 1 s
`;

/** The servers end before they serve: there is no such class. */
export const STILLBORN = undisturbed(`
name: stillborn
description: The servers end before they serve.
serverProperties:
  zookeeper.serverCnxnFactory: no.such.Factory`);

/** The ensemble serves, and refuses the lab's own first request. */
export const LOCKED = undisturbed(`
name: locked
description: The server refuses whoever has not authenticated.
servers: 1
serverProperties:
  zookeeper.enforce.auth.enabled: true
  zookeeper.enforce.auth.schemes: digest`);
