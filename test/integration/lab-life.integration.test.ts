/**
 * The life of a lab, looked at from outside: what it leaves behind (nothing), however it ends, and that
 * two of them do not meet. Real servers, the built command line, /proc. Needs root, as CI has it.
 */

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { LabWatch, machineState, type SeenProcess, ticksNow } from "../builders/lab-watch.ts";
import {
  BOTH_KINDS_LOOKED_AT,
  calm,
  LOCKED,
  STALLED,
  STILLBORN,
} from "../builders/scenario-files.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { until } from "../builders/wait.ts";
import {
  buildOnce,
  type CliResult,
  killLeftOver,
  RUN_LOCALLY,
  type RunningCli,
  startZklab,
  zklab,
} from "../builders/zklab-cli.ts";

const GONE_LIMIT_MS = 5_000;
const START_LIMIT_MS = 40_000;

let scratch: ScratchFolder;
beforeAll(buildOnce);
beforeEach(() => {
  scratch = new ScratchFolder();
});
afterEach(() => {
  killLeftOver();
  scratch[Symbol.dispose]();
});

interface Lab extends RunningCli {
  readonly watch: LabWatch;
  readonly runs: string;
}

/** Starts a run of this scenario with a run directory of its own. */
function startRun(yaml: string, folder = "runs"): Lab {
  const name = /^name: (.*)$/m.exec(yaml)?.[1] ?? "";
  const runs = join(scratch.path, folder);
  const file = scratch.file(`${folder}-${name}.yaml`, yaml);
  const running = startZklab([...RUN_LOCALLY, file, "--runs", runs], { env: scratch.ownCache() });
  return { ...running, watch: new LabWatch(running.pid), runs: join(runs, name) };
}

/** The run's history so far; empty while there is none. */
function historyOf(lab: Lab): string {
  const file = join(lab.runs, "latest", "history.jsonl");
  return existsSync(file) ? readFileSync(file, "utf8") : "";
}

/** Waits for a text in the history; gives up as soon as the lab has ended without it. */
async function untilSaid(lab: Lab, what: string, text: string): Promise<void> {
  await until(
    what,
    START_LIMIT_MS,
    () => {
      if (historyOf(lab).includes(text)) return true;
      if (lab.ended() === undefined) return undefined;
      throw new Error(`wait for ${what}: the lab ended: ${JSON.stringify(lab.ended())}`);
    },
    () => historyOf(lab).slice(-500) || "no history",
  );
}

const IN_FORCE = '"phase":"in-force"';

/** Waits until a fault is in force, and so until all of the lab runs; remembers its processes. */
async function untilPaused(lab: Lab): Promise<void> {
  await untilSaid(lab, "a pause in force", IN_FORCE);
  const stopped = lab.watch.look().filter((process) => process.state === "T");
  expect(stopped.map((process) => process.command)).toEqual([expect.stringContaining("main.js")]);
}

/** Waits until nothing of the lab runs or stands stopped, and says what does where that never comes. */
async function untilNothingIsLeft(lab: Lab, limitMs = GONE_LIMIT_MS): Promise<void> {
  const endedAt = ticksNow();
  const left = (): readonly SeenProcess[] => lab.watch.left(endedAt);
  await until(
    "nothing of the lab to be left",
    limitMs,
    () => (left().length === 0 ? true : undefined),
    () => JSON.stringify(left(), undefined, 1),
  );
}

function verdictOf(lab: Lab): unknown {
  const report = readFileSync(join(lab.runs, "latest", "audit.json"), "utf8");
  return (JSON.parse(report) as { verdict: unknown }).verdict;
}

function expectNoStack(result: CliResult): void {
  expect(`${result.stdout}\n${result.stderr}`).not.toMatch(/^\s+at .*:\d+:\d+/m);
}

describe("a run of gc-pause", () => {
  it("is as expected, runs its nodes as nobody, and leaves nothing", async () => {
    const before = machineState();
    const runs = join(scratch.path, "runs");
    const lab: Lab = {
      ...startZklab([...RUN_LOCALLY, "gc-pause", "--runs", runs], { env: scratch.ownCache() }),
      runs: join(runs, "gc-pause"),
      get watch() {
        return watch;
      },
    };
    const watch = new LabWatch(lab.pid);
    await untilSaid(lab, "a pause in force", IN_FORCE);
    expectOrdinaryNodes(watch);
    const result = await lab.result;
    expect(result).toMatchObject({ code: 0, stderr: "" });
    expect(result.stdout).toMatch(/naive: violated \(stale-leader-write\), as expected/);
    await untilNothingIsLeft(lab);
    expect(machineState()).toEqual(before);
    expect(readdirSync(join(scratch.ownCache().ZKLAB_CACHE, "labs"))).toEqual([]);
    expectOwn(runs);
  });
});

/** What nobody wrote is given back to the lab's own user. */
function expectOwn(directory: string): void {
  const owners = execFileSync("find", [directory, "-printf", "%U\\n"], { encoding: "utf8" });
  expect(new Set(owners.trim().split("\n"))).toEqual(new Set([String(process.getuid?.())]));
}

/** A run that was not sealed is closed all the same: judged, told, and the lab's own. */
function expectClosed(lab: Lab, { stdout }: CliResult): void {
  const directory = realpathSync(join(lab.runs, "latest"));
  expect(verdictOf(lab)).toBe("unknown");
  expect(readdirSync(directory)).toEqual(
    expect.arrayContaining(["report.html", "junit.xml", "manifest.json", "servers"]),
  );
  expect(stdout).toMatch(/UNKNOWN/);
  expect(stdout).toContain("The run was cut short: ");
  expectOwn(lab.runs);
}

/** Servers and contenders: nobody's, without capabilities, blind and powerless towards the lab. */
function expectOrdinaryNodes(watch: LabWatch): void {
  const parts = watch.parts();
  const all = watch.look();
  const nodes = all.filter(({ command }) => /QuorumPeerMain|contenders\/main\.js/.test(command));
  expect(nodes).toHaveLength(3 + 9);
  for (const { pid, command } of nodes) {
    const status = readFileSync(`/proc/${pid}/status`, "utf8");
    const field = (name: string): string | undefined =>
      new RegExp(`^${name}:[ \\t]*(.*)$`, "m").exec(status)?.[1];
    expect({
      command,
      uid: field("Uid"),
      gid: field("Gid"),
      groups: field("Groups")?.trim(),
    }).toEqual({
      command,
      uid: "65534\t65534\t65534\t65534",
      gid: "65534\t65534\t65534\t65534",
      groups: "",
    });
    for (const set of ["CapInh", "CapPrm", "CapEff", "CapAmb"]) {
      expect({ command, [set]: field(set) }).toEqual({ command, [set]: "0000000000000000" });
    }
    expect(field("NoNewPrivs")).toBe("1");
    const environment = readFileSync(`/proc/${pid}/environ`, "latin1");
    expect(environment).not.toMatch(/ZKLAB_LIFELINE_FD|ZKLAB_OWNER_PID/);
  }
  // The same user, in the same namespaces, with a shell: what can it see, whom can it signal?
  const inside = `--target=${parts?.inside}`;
  const asNode = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"];
  const script =
    "ls /proc; readlink /proc/[0-9]*/exe; kill -0 1 2>/dev/null && echo signalled; true";
  const said = execFileSync(
    "nsenter",
    [inside, "--pid", "--mount", "--", ...asNode, "--no-new-privs", "sh", "-c", script],
    { encoding: "utf8" },
  ).split("\n");
  expect(said).not.toContain("1");
  expect(said).not.toContain("signalled");
  expect(said.filter((exe) => exe.endsWith("/node"))).toHaveLength(9);
}

describe("kill -9 in the middle of a pause", () => {
  it.each([
    { what: "the outer process", whom: (lab: Lab) => lab.pid, end: { signal: "SIGKILL" } },
    {
      what: "process 1 of the switch",
      whom: (lab: Lab) => lab.watch.parts()?.inside,
      end: { code: 3 },
    },
    {
      what: "unshare between the two",
      whom: (lab: Lab) => lab.watch.parts()?.child,
      end: { code: 3 },
    },
  ])("of $what leaves nothing stopped or running within 5 s", async ({ whom, end }) => {
    const before = machineState();
    const lab = startRun(STALLED);
    await untilPaused(lab);
    const pid = whom(lab);
    expect(pid).toBeTypeOf("number");
    process.kill(pid ?? lab.pid, "SIGKILL");
    await untilNothingIsLeft(lab);
    const result = await lab.result;
    expect(result).toMatchObject(end);
    if ("code" in end) expect(result.stderr).toMatch(/the lab was ended from outside/);
    expectNoStack(result);
    expect(machineState()).toEqual(before);
  });
});

describe("an interrupt in mid-run", () => {
  it.each(["SIGINT", "SIGTERM"] as const)(
    "once (%s): heals, collects, audits what there is, prints the verdict and exits with 130",
    async (signal) => {
      const lab = startRun(STALLED);
      await untilPaused(lab);
      process.kill(lab.pid, signal);
      const result = await lab.result;
      expect(result).toMatchObject({ code: 130, signal: null });
      expect(historyOf(lab)).toContain('"phase":"healed"');
      expect(historyOf(lab)).toContain('"type":"sealing"');
      expect(verdictOf(lab)).toMatch(/^(holds|unknown)$/);
      expect(result.stdout).toMatch(/stalled · seed .*(HOLDS|UNKNOWN)/);
      expect(result.stdout).toContain("The run was cut short: interrupted");
      expectNoStack(result);
      await untilNothingIsLeft(lab);
    },
  );

  it("twice: ends at once with 130", async () => {
    const lab = startRun(STALLED);
    await untilPaused(lab);
    process.kill(lab.pid, "SIGINT");
    await untilSaid(lab, "the first interrupt to be heard", '"phase":"healing"');
    process.kill(lab.pid, "SIGINT");
    const endedAt = performance.now();
    const result = await lab.result;
    expect(result).toMatchObject({ code: 130, signal: null });
    expect(performance.now() - endedAt).toBeLessThan(2_000);
    await untilNothingIsLeft(lab);
  });
});

describe("a lab whose ensemble", () => {
  it.each([
    ["refuses it", LOCKED, /^zklab: create \/zklab: SessionClosedRequireSaslAuth/],
    [
      "never serves",
      STILLBORN,
      /^zklab: start zk\d: its process ended before it served\nhint: see /,
    ],
  ])("%s audits what there is, says so, ends with 3, and leaves nothing", async (_, yaml, says) => {
    const lab = startRun(yaml);
    await until("the whole lab to be there", START_LIMIT_MS, () => lab.watch.parts());
    const result = await lab.result;
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(says);
    expectClosed(lab, result);
    expectNoStack(result);
    await untilNothingIsLeft(lab);
  });

  const serversOf = (lab: Lab): readonly SeenProcess[] =>
    lab.watch.look().filter(({ command }) => command.includes("QuorumPeerMain"));

  it("is interrupted before it serves: audits what there is, and ends with 130", async () => {
    const lab = startRun(STALLED);
    await until("servers to start", START_LIMIT_MS, () => serversOf(lab).length > 0 || undefined);
    process.kill(lab.pid, "SIGINT");
    const result = await lab.result;
    expect(result).toMatchObject({ code: 130, stderr: "" });
    expectClosed(lab, result);
    await untilNothingIsLeft(lab);
  });

  it("dies in mid-run cannot be sealed: audits what there is, and ends by the interrupt", async () => {
    const lab = startRun(STALLED);
    await untilPaused(lab);
    for (const { pid } of serversOf(lab)) process.kill(pid, "SIGKILL");
    process.kill(lab.pid, "SIGINT");
    const result = await lab.result;
    expect(result.code).toBe(130);
    expect(historyOf(lab)).not.toContain('"type":"sealing"');
    expectClosed(lab, result);
    expectNoStack(result);
    await untilNothingIsLeft(lab);
  });
});

describe("two labs side by side", () => {
  it("are both as expected, and `down` ends neither of them but what is left of a dead one", async () => {
    const labs = [startRun(BOTH_KINDS_LOOKED_AT, "one"), startRun(BOTH_KINDS_LOOKED_AT, "two")];
    for (const lab of labs) {
      await untilSaid(lab, "both labs to run contenders", '"type":"contender"');
    }
    const leftOver = spawn("sleep", ["60"], { stdio: "ignore" });
    const left = once(leftOver, "exit");
    const start = readFileSync(`/proc/${leftOver.pid}/stat`, "latin1")
      .split(") ")[1]
      ?.split(" ")[19];
    const entry = {
      owner: { pid: 4_000_000, start: "1" },
      root: { pid: leftOver.pid, start },
      argv: [],
    };
    scratch.file("cache/labs/4000000.json", JSON.stringify(entry));
    // No engine of this machine: what labs in containers left is another test's.
    const env = { ...scratch.ownCache(), DOCKER_HOST: `unix://${join(scratch.path, "no-engine")}` };
    const down = await zklab(["down", "--all"], { env });
    expect(down).toMatchObject({ code: 0, stderr: "" });
    expect(down.stdout.trim().split("\n").sort()).toEqual(
      [
        "lab of dead owner 4000000: ended its processes",
        ...labs.map((lab) => `lab of pid ${lab.pid} is running: left alone`),
      ].sort(),
    );
    expect(await left).toEqual([null, "SIGKILL"]);
    const again = await zklab(["down", "--all", "--json"], { env });
    expect(JSON.parse(again.stdout)).toEqual({ removed: 0, living: 2 });
    for (const lab of labs) {
      const result = await lab.result;
      expect(result).toMatchObject({ code: 0, stderr: "" });
      expect(verdictOf(lab)).toBe("violated");
      await untilNothingIsLeft(lab);
    }
  });
});

describe("an ensemble", () => {
  it.each([
    { what: "of one server", servers: 1, version: [] },
    { what: "of ZooKeeper 3.8.6", servers: 3, version: ["--zookeeper", "3.8.6"] },
    { what: "of ZooKeeper 3.4.14", servers: 3, version: ["--zookeeper", "3.4.14"] },
  ] as const)("$what holds what an undisturbed one holds", async ({ servers, version }) => {
    const runs = join(scratch.path, "runs");
    const file = scratch.file("calm.yaml", calm({ name: "quiet", servers }));
    const result = await zklab([...RUN_LOCALLY, file, "--runs", runs, "--json", ...version], {
      // Another version than the default may have to be fetched first.
      env: { ...scratch.ownCache(), ZKLAB_SETUP: "yes" },
      limitMs: 110_000,
    });
    expect(result).toMatchObject({ code: 0, stderr: "" });
    const [run] = JSON.parse(result.stdout) as {
      audit: { verdict: string; history: { epochs: { epoch: number }[] } };
    }[];
    expect(run?.audit.verdict).toBe("holds");
    // A quorum of one has epochs; a standalone server has none (semantics 18).
    expect(run?.audit.history.epochs.length).toBeGreaterThan(0);
    const directory = realpathSync(join(runs, "quiet", "latest"));
    expect(readdirSync(join(directory, "servers"))).toHaveLength(servers);
    const info = JSON.parse(readFileSync(join(directory, "run.json"), "utf8")) as object;
    if (version[1] !== undefined)
      expect(info).toMatchObject({ zookeeper: { version: version[1] } });
  });
});

describe("a scenario that needs a later ZooKeeper", () => {
  it("is refused before anything starts, with the version that has it", async () => {
    const group = "strategy: latch-check\n    electionParent: container";
    const yaml = calm({ name: "quiet" }).replace("strategy: latch-check", group);
    const file = scratch.file("container.yaml", yaml);
    const result = await zklab([...RUN_LOCALLY, file, "--zookeeper", "3.4.14", "--quiet"]);
    expect(result).toMatchObject({ code: 64, stdout: "" });
    expect(result.stderr).toMatch(/on ZooKeeper 3\.4\.14: .*container znode\nhint: .*3\.5\.3/);
  });
});

describe("a clone below a directory that only root may enter", () => {
  it("runs, its contenders as nobody", async () => {
    mkdirSync(join(scratch.path, "closed"), { mode: 0o700 });
    const main = scratch.installZklab("closed/clone");
    const file = scratch.file("closed/calm.yaml", calm({ name: "quiet", servers: 1 }));
    const result = await zklab([...RUN_LOCALLY, file, "--quiet"], {
      main,
      cwd: join(scratch.path, "closed"),
      env: scratch.ownCache(),
    });
    expect(result).toEqual({ code: 0, signal: null, stdout: "quiet: holds\n", stderr: "" });
  });
});
