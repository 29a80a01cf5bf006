/** The acceptance topics by name; each is loaded only when it is asked for. */

import type { Topic } from "./topic.ts";

export const TOPICS: Readonly<Record<string, () => Promise<Topic>>> = {
  "gc-pause": async () => erased((await import("./gc-pause.ts")).gcPause),
  "gc-pause-docker": async () => erased((await import("./gc-pause.ts")).gcPauseDocker),
  "bare-machine": async () => erased((await import("./bare-machine.ts")).bareMachine),
  "gc-pause-random": async () => erased((await import("./wrong-turn-topics.ts")).gcPauseRandom),
  "gc-pause-sender": async () => erased((await import("./wrong-turn-topics.ts")).gcPauseSender),
  partition: async () => erased((await import("./partition-topics.ts")).partition),
  "partition-docker": async () => erased((await import("./partition-topics.ts")).partitionDocker),
  "path-reuse": async () => erased((await import("./wrong-turn-topics.ts")).pathReuse),
  "stale-term": async () => erased((await import("./wrong-turn-topics.ts")).staleTerm),
  "wrong-turns": async () => erased((await import("./wrong-turn-topics.ts")).wrongTurns),
  rollover: async () => erased((await import("./rollover-topics.ts")).rollover39),
  risk: async () => erased((await import("./risk.ts")).risk),
  "rollover-3.8": async () => erased((await import("./rollover-topics.ts")).rollover38),
  "rollover-3.4": async () => erased((await import("./rollover-topics.ts")).rollover34),
  revocations: async () => erased((await import("./revocations.ts")).revocations),
  "rollover-3.4.6": async () => erased((await import("./rollover-topics.ts")).rolloverLong),
  calm: async () => erased((await import("./calm.ts")).calm),
};

/** The harness gives a topic back only the entries that it recorded itself. */
function erased<Entry>(topic: Entry): Topic {
  return topic as unknown as Topic;
}
