/** Issue "A walking skeleton": from a bare Debian to the seeds' verdicts by the README's two lines. */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { availableParallelism, loadavg } from "node:os";
import { join } from "node:path";
import type { AuditReport } from "../../lab/audit/types.ts";
import { LabError } from "../../lab/errors.ts";
import { JAVA_AND_MAVEN, makeDebianRoot } from "./bare/debian-root.ts";
import { leftovers, tracesOf } from "./bare/leftovers.ts";
import { BareMachine, type Done, REPOSITORY } from "./bare/machine.ts";
import { proveSight } from "./bare/sight.ts";
import { type Context, type CountedRun, median, type Topic, versionsOf } from "./topic.ts";

/** The issue sets downloads aside; here they count, so what passes here passes there. */
const LIMIT_MS = 180_000;
const STEP_LIMIT_MS = 10 * 60_000;

const VARIANTS = ["nothing", "Java and Maven"] as const;
type Variant = (typeof VARIANTS)[number];

interface BareRun extends CountedRun {
  /** What was on the machine beside Node, npm and git. */
  readonly had: Variant;
  readonly cloneMs: number;
  readonly ciMs: number;
  /** The first `npm start -- --yes`, with all that it downloads, installs and builds. */
  readonly startMs: number;
  readonly totalMs: number;
  /** `npm start` again, all cached. */
  readonly againMs: number;
  /** The host's load average a processor meanwhile; above 1 the times are those of a busy machine. */
  readonly load: number;
  readonly codes: { readonly first: number; readonly again: number };
  readonly groups: Readonly<Record<string, string>>;
  readonly left: readonly string[];
}

export const bareMachine: Topic<BareRun> = {
  name: "bare-machine",
  sentence:
    "On a bare Debian with Node, npm and git, as root, with Java and Maven or without, `git clone … && cd … && npm ci && npm start -- --yes` ends in under 3 minutes, shows naive violated by stale-leader-write and both guarded groups holding, exits 0 and leaves nothing behind",
  runs: VARIANTS.length,
  async run(context) {
    const base = join(context.scratch, "base");
    for (let n = context.done.length; n < context.asked; n += 1) {
      if (n === context.done.length && !made(base)) {
        context.say("making a minimal Debian (mmdebstrap, some 80 s)");
        makeDebianRoot(base, context.scratch);
      }
      await countOne(context, base, VARIANTS[n % VARIANTS.length] ?? "nothing");
    }
    const { done } = context;
    return {
      passed: VARIANTS.every((had) => done.some((run) => run.had === had)) && done.every(good),
      counts: {
        runs: done.length,
        ...Object.fromEntries(VARIANTS.map((had) => [`had ${had}: good runs`, goodOf(done, had)])),
        "processes, namespaces, links and tables left": done.flatMap((run) => run.left).length,
      },
      medians: {
        totalMs: median(done.map((run) => run.totalMs)),
        againMs: median(done.map((run) => run.againMs)),
      },
      notes: [
        "mmdebstrap's minbase with git, pivoted into; the times include every download",
        ...done.map(tell),
      ],
    };
  },
};

function made(base: string): boolean {
  try {
    return readdirSync(base).includes("usr");
  } catch {
    return false;
  }
}

async function countOne(context: Context<BareRun>, base: string, had: Variant): Promise<void> {
  const root = join(context.scratch, `machine-${context.done.length + 1}`);
  // fs.cp keeps neither owners nor device files.
  execFileSync("cp", ["-a", base, root]);
  await using machine = await BareMachine.boot(root);
  if (had === "Java and Maven") {
    const line = `export DEBIAN_FRONTEND=noninteractive; ${JAVA_AND_MAVEN}`;
    demand(await machine.run(line, STEP_LIMIT_MS));
  }
  await proveSight(machine);
  const before = tracesOf(machine.processTable);
  const clone = demand(await machine.run(`git clone ${REPOSITORY} zklab`, STEP_LIMIT_MS));
  const ci = demand(await machine.run("cd zklab && npm ci", STEP_LIMIT_MS));
  const start = await machine.run("cd zklab && npm start -- --yes", STEP_LIMIT_MS);
  const left = leftovers(before, tracesOf(machine.processTable));
  const again = await machine.run("cd zklab && npm start", STEP_LIMIT_MS);
  if (start.code !== 0) context.say(start.output);
  else if (again.code !== 0) context.say(again.output);
  const latest = realpathSync(join(root, "root", "zklab", "runs", "gc-pause", "latest"));
  context.record({
    versions: versionsOf(latest),
    had,
    cloneMs: Math.round(clone.wallMs),
    ciMs: Math.round(ci.wallMs),
    startMs: Math.round(start.wallMs),
    totalMs: Math.round(clone.wallMs + ci.wallMs + start.wallMs),
    againMs: Math.round(again.wallMs),
    load: Math.round(((loadavg()[1] ?? 0) / availableParallelism()) * 10) / 10,
    codes: { first: start.code, again: again.code },
    groups: groupsOf(latest),
    left: [...left, ...leftovers(before, tracesOf(machine.processTable))],
  });
  context.say(tell(context.done.at(-1) as BareRun));
}

function demand(done: Done): Done {
  if (done.code === 0) return done;
  throw new LabError("environment", `bare machine: exit ${done.code}\n${done.output.slice(-4000)}`);
}

/** `naive` → `violated: stale-leader-write`, from the audit of the last run. */
function groupsOf(runDirectory: string): Record<string, string> {
  const file = join(runDirectory, "audit.json");
  const { groups, claims } = JSON.parse(readFileSync(file, "utf8")) as AuditReport;
  return Object.fromEntries(
    groups.map(({ group, verdict }) => {
      const found = claims
        .filter((claim) => claim.group === group && claim.verdict === "violated")
        .flatMap((claim) => claim.findings.map((finding) => finding.name));
      return [group, [verdict, ...new Set(found)].join(": ")];
    }),
  );
}

const EXPECTED: Readonly<Record<string, string>> = {
  naive: "violated: stale-leader-write",
  "latch-check": "holds",
  ephemeral: "holds",
};

function good(run: BareRun): boolean {
  const asExpected = Object.entries(EXPECTED).every(
    ([group, found]) => run.groups[group] === found,
  );
  const inTime = run.totalMs < LIMIT_MS && run.left.length === 0;
  return asExpected && inTime && run.codes.first === 0 && run.codes.again === 0;
}

function goodOf(runs: readonly BareRun[], had: Variant): number {
  return runs.filter((run) => run.had === had && good(run)).length;
}

function tell(run: BareRun): string {
  const s = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  const parts = `clone ${s(run.cloneMs)}, npm ci ${s(run.ciMs)}, npm start ${s(run.startMs)}`;
  const left = run.left.length === 0 ? "nothing left" : `left: ${run.left.join(", ")}`;
  const times = `${s(run.totalMs)} (${parts}), again ${s(run.againMs)}`;
  return `had ${run.had}: ${times}, at load ${run.load} a processor, ${left}`;
}
