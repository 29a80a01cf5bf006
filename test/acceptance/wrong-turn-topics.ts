/** Issue "The slice made whole": every wrong turn is caught, every right one holds, 20 runs each. */

import { join } from "node:path";
import { packageRoot } from "../../lab/package-root.ts";
import { scenarioTopic } from "./scenario-topic.ts";

const file = (name: string): string => join(packageRoot(), "test", "acceptance", `${name}.yaml`);

export const gcPauseRandom = scenarioTopic({
  name: "gc-pause-random",
  sentence:
    "A full GC at a seeded random moment, without a failpoint, makes a loop of sets commit a stale write in at least 16 of 20 runs; option 1 never does",
  scenario: file("gc-pause-random"),
  stale: { "set-loop": 16 },
  guarded: ["latch-check"],
  reported: ["create-loop"],
});

export const gcPauseSender = scenarioTopic({
  name: "gc-pause-sender",
  sentence:
    "When only the sender stalls and the connection drops, delete-and-recreate loses leadership without losing the session: raw and session-bound writes go stale, option 1 does not",
  scenario: "gc-pause-sender",
  stale: { "naive-recreate": 18, "session-bound": 18, "check-then-write": 18 },
  guarded: ["latch-check"],
  caughtBy: { "session-bound": "guard-ineffective", "check-then-write": "guard-missing" },
});

export const pathReuse = scenarioTopic({
  name: "path-reuse",
  sentence:
    "Option 1 on unprotected names passes on a path that came back (guard-ineffective); with a GUID in the name it holds",
  scenario: "path-reuse",
  stale: { unprotected: 20 },
  guarded: ["latch-check"],
  caughtBy: { unprotected: "guard-ineffective" },
});

export const staleTerm = scenarioTopic({
  name: "stale-term",
  sentence:
    "A write decided in an earlier term of the same contender is a stale-term-write when it is sent raw, and is fenced by option 1",
  scenario: "stale-term",
  stale: { raw: 20 },
  guarded: ["latch-check"],
  caughtBy: { raw: "stale-term-write" },
});

export const wrongTurns = scenarioTopic({
  name: "wrong-turns",
  sentence:
    "Guards that look right and are not let a stale write through, each caught by its own finding",
  scenario: "wrong-turns",
  stale: { "latch-check-reread": 18, "ephemeral-renewed": 20, unguarded: 20 },
  guarded: [],
  caughtBy: { "latch-check-reread": "guard-missing", "ephemeral-renewed": "guard-missing" },
});
