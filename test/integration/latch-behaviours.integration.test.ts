/**
 * What a latch does when its connection is cut for a moment and its session lives on: the behaviours of
 * zklab's own LeaderLatch, each as its options say, and Curator's own under both of its error policies.
 */

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { AuditReport } from "../../lab/audit/types.ts";
import { type HistoryEvent, historyEventSchema } from "../../lab/evidence/history.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

const RUN_LIMIT_MS = 100_000;

/** Who believes, and why no longer; names of contenders are drawn by the race for the first place. */
const KEEPS = ["elected one"];
const GIVES_UP = ["elected one", "revoked one: disconnected", "elected one"];
const MOVES = ["elected one", "revoked one: disconnected", "elected other"];

const BEHAVIOURS: Readonly<Record<string, { strategy: string; options: object; told: string[] }>> =
  {
    recheck: own({ onSuspended: "revoke", onReconnected: "recheck" }, GIVES_UP),
    recreate: own({ onSuspended: "revoke", onReconnected: "recreate" }, MOVES),
    resume: own({ onSuspended: "revoke", onReconnected: "keep" }, GIVES_UP),
    "patient-recheck": own({ onSuspended: "keep", onReconnected: "recheck" }, KEEPS),
    "patient-keep": own({ onSuspended: "keep", onReconnected: "keep" }, KEEPS),
    "curator-standard": curator({ errorPolicy: "standard" }, GIVES_UP),
    "curator-session": curator({ errorPolicy: "session" }, KEEPS),
  };

function own(options: object, told: string[]): (typeof BEHAVIOURS)[string] {
  return { strategy: "latch-check", options, told };
}

function curator(options: object, told: string[]): (typeof BEHAVIOURS)[string] {
  return { strategy: "curator-latch", options: { guard: "path", ...options }, told };
}

const CUT = "{ fault: reset, target: leader, until: { passed: 300 ms }, limit: 5 s }";
const SCENARIO = `
name: latch-behaviours
description: The leader's connection is cut for a moment, its session lives on.
sessionTimeout: 8 s
groups: ${JSON.stringify(
  Object.fromEntries(
    Object.entries(BEHAVIOURS).map(([name, { strategy, options }]) => [
      name,
      { strategy, options, contenders: 2, expect: { verdict: "holds" } },
    ]),
  ),
)}
steps:
  - each-group:
      - { await: { elected: any }, within: 20 s }
      - { await: { writes: 5 }, within: 10 s }
      - inject: ${CUT}
      - { await: { moreWrites: 10 }, within: 12 s }
`;

const scratch = new ScratchFolder();
afterAll(() => scratch[Symbol.dispose]());

let audit: AuditReport;
let history: readonly HistoryEvent[];

/** Budget: 25 s; fourteen contenders start, four of them JVMs. */
beforeAll(async () => {
  buildOnce();
  const runs = join(scratch.path, "runs");
  const file = scratch.file("latch-behaviours.yaml", SCENARIO);
  const run = await zklab([...RUN_LOCALLY, file, "--runs", runs, "--quiet"], {
    limitMs: RUN_LIMIT_MS,
  });
  expect(run).toMatchObject({ code: 0, stdout: "latch-behaviours: holds\n", stderr: "" });
  const directory = join(runs, "latch-behaviours", "latest");
  audit = JSON.parse(readFileSync(join(directory, "audit.json"), "utf8")) as AuditReport;
  const lines = readFileSync(join(directory, "history.jsonl"), "utf8").trim().split("\n");
  history = lines.map((line) => historyEventSchema.parse(JSON.parse(line)));
}, RUN_LIMIT_MS + 10_000);

describe.each(Object.entries(BEHAVIOURS))("%s", (group, { told }) => {
  it("believes and gives up as it should", () => {
    expect(beliefsOf(group)).toEqual(told);
  });

  it("is told from the others by needless revocations", () => {
    const claim = audit.claims.find(
      (one) => one.group === group && one.claim === "needed-revocations",
    );
    expect(claim?.warnings).toBe(told.length > 1 ? 1 : 0);
  });
});

describe("the JVMs", () => {
  it("say nothing that is no contract line, and end in order when they are told to", () => {
    expect(history.filter(({ type }) => type === "bad-line")).toEqual([]);
    const exits = history.flatMap((event) =>
      event.type === "process" && event.state === "exited" && /^curator/.test(event.incarnation)
        ? [event.code]
        : [],
    );
    expect(exits).toEqual([0, 0, 0, 0]);
  });

  it("stamp what they say by the lab's clock and number it", () => {
    const seqs = new Map<string, number>();
    const curators = history.flatMap((event) =>
      event.type === "contender" && /^curator/.test(event.incarnation) ? [event] : [],
    );
    for (const { incarnation, line } of curators) {
      expect(line.seq).toBe((seqs.get(incarnation) ?? -1) + 1);
      seqs.set(incarnation, line.seq);
    }
    expect(curators.length).toBeGreaterThan(0);
  });
});

/** Until the lab began to stop everybody. */
function beliefsOf(group: string): readonly string[] {
  const stop = history.findIndex((event) => event.type === "stage" && event.stage === "stop");
  let first: string | undefined;
  return history.slice(0, stop).flatMap((event) => {
    if (event.type !== "contender" || event.line.type !== "belief") return [];
    if (!event.incarnation.startsWith(`${group}/`)) return [];
    first ??= event.incarnation;
    const who = event.incarnation === first ? "one" : "other";
    const { line } = event;
    return [line.state === "elected" ? `elected ${who}` : `revoked ${who}: ${line.reason}`];
  });
}
