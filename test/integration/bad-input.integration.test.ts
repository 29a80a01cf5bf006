/**
 * Everything that can be given to the command line and is wrong: a clear error or an unknown verdict,
 * the right exit code, never a stack, never "holds".
 */

import { execFileSync } from "node:child_process";
import {
  cpSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { calm } from "../builders/scenario-files.ts";
import { ScratchFolder } from "../builders/scratch-folder.ts";
import { buildOnce, type CliResult, RUN_LOCALLY, zklab } from "../builders/zklab-cli.ts";

const scratch = new ScratchFolder();
afterAll(() => scratch[Symbol.dispose]());

const VERBS = ["run", "audit", "list", "doctor", "setup", "down"];

/** A finished run that holds, made once; each test damages a copy of its own. */
let finished: string;
beforeAll(async () => {
  buildOnce();
  const runs = join(scratch.path, "runs");
  const file = scratch.file("quiet.yaml", calm({ name: "quiet" }));
  const run = await zklab([...RUN_LOCALLY, file, "--runs", runs, "--quiet"], {
    env: scratch.ownCache(),
  });
  expect(run).toEqual({ code: 0, signal: null, stdout: "quiet: holds\n", stderr: "" });
  finished = join(runs, "quiet", "latest");
});

function expectNoStack({ stdout, stderr }: CliResult): void {
  expect(`${stdout}\n${stderr}`).not.toMatch(/^\s+at .*:\d+:\d+|this is a bug in zklab/m);
}

describe("a command line that is wrong", () => {
  it.each([
    {
      name: "an unknown verb",
      args: ["rnu"],
      says: /unknown command 'rnu'\n\(Did you mean run\?\)/,
    },
    { name: "no verb", args: [], says: /Usage: zklab/ },
    {
      name: "an unknown option",
      args: ["run", "calm", "--sede", "1"],
      says: /unknown option '--sede'\n\(Did you mean --seed\?\)/,
    },
    { name: "run without a scenario", args: ["run"], says: /name one scenario, or a suite/ },
    {
      name: "a scenario and a suite",
      args: ["run", "calm", "--suite", "seeds"],
      says: /name one scenario, or a suite/,
    },
    { name: "a scenario too many", args: ["run", "calm", "gc-pause"], says: /too many arguments/ },
    { name: "an unknown scenario", args: ["run", "clam"], says: /the catalogue has .*calm/ },
    {
      name: "an unknown suite",
      args: ["run", "--suite", "sedes"],
      says: /the catalogue has .*seeds/,
    },
    {
      name: "a seed that is none",
      args: ["run", "calm", "--seed", "0xyz"],
      says: /1 to 16 hex digits/,
    },
    {
      name: "a seed that is too long",
      args: ["run", "calm", "--seed", "1".repeat(17)],
      says: /1 to 16 hex digits/,
    },
    {
      name: "no repetition",
      args: ["run", "calm", "--repeat", "0"],
      says: /a whole number from 1/,
    },
    {
      name: "a version that is none",
      args: ["run", "calm", "--zookeeper", "new"],
      says: /"new": not a release/,
    },
    {
      name: "a missing file",
      args: ["run", "./none.yaml"],
      says: /none\.yaml: there is no such file/,
    },
    { name: "a directory", args: ["run", "./lab"], says: /it is a directory/ },
    { name: "an unknown list", args: ["list", "servers"], says: /zklab lists scenarios/ },
    { name: "audit of nothing", args: ["audit", "/nowhere"], says: /there is no such directory/ },
    { name: "audit of a file", args: ["audit", "package.json"], says: /it is no directory/ },
  ])("$name: 64 and what to do", async ({ args, says }) => {
    const result = await zklab(args);
    expect(result.code).toBe(64);
    expect(result.stderr).toMatch(says);
    expect(result.stdout).toBe("");
    expectNoStack(result);
  });

  it("a run directory that cannot be made: 3", async () => {
    const result = await zklab([...RUN_LOCALLY, "calm", "--runs", "/proc/none"], {
      limitMs: 20_000,
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/make the run directory \/proc\/none/);
    expectNoStack(result);
  });

  it("an error that nobody awaited is a bug: 70, and told to be reported", async () => {
    const planted = encodeURIComponent(
      "process.on('newListener', (event) => { if (event === 'uncaughtException')" +
        " setImmediate(() => Promise.reject(new Error('planted'))); });",
    );
    const result = await zklab(["doctor"], {
      node: ["--import", `data:text/javascript,${planted}`],
    });
    expect(result.code).toBe(70);
    expect(result.stderr).toMatch(/this is a bug in zklab .*\nError: planted/);
  });
});

describe("a scenario file that is wrong", () => {
  const good = calm({ name: "quiet" });
  it.each([
    { name: "broken YAML", text: "name: [a\nx: {", says: /bad\.yaml:2: / },
    {
      name: "an unknown strategy",
      text: good.replace("latch-check", "hope"),
      says: /:8: groups\.checked\.strategy: a strategy that zklab has/,
    },
    {
      name: "a negative duration",
      text: good.replace("within: 20 s", "within: -20 s"),
      says: /:15: .*never negative/,
    },
    {
      name: "an unknown fault",
      text: good.replace(
        "- resign: leader",
        "- inject: { fault: meteor, target: leader, until: { elected: other }, limit: 1 s }",
      ),
      says: /:18: .*inject\.fault: a fault that zklab has/,
    },
    {
      name: "a word too many",
      text: `${good}\nsession: 2 s\n`,
      says: /Unrecognized key: "session"/,
    },
    { name: "two servers", text: good.replace("servers: 3", "servers: 2"), says: /:4: servers: / },
    { name: "2 MB", text: "#".repeat(2 * 1024 * 1024), says: /2097152 bytes, at most 1048576/ },
  ])("$name: 64 and the line", async ({ text, says }) => {
    const result = await zklab(["run", scratch.file("bad.yaml", text)]);
    expect(result).toMatchObject({ code: 64, stdout: "" });
    expect(result.stderr).toMatch(says);
    expectNoStack(result);
  });
});

interface Damage {
  readonly name: string;
  readonly to: (run: string) => void;
}

/** A copy of the finished run with this done to it. */
function damaged({ name, to }: Damage): string {
  const copy = join(scratch.path, "damaged", name.replace(/\W+/g, "-"));
  cpSync(finished, copy, { recursive: true, dereference: true });
  to(copy);
  return copy;
}

/** Flips the top bit of bytes all over a file; an even spread hits every part of it. */
function flip(file: string, times: number): void {
  const bytes = readFileSync(file);
  const end = bytes.findLastIndex((byte) => byte !== 0);
  for (let i = 1; i <= times; i += 1) {
    const at = Math.floor((end * i) / (times + 1));
    bytes[at] = (bytes[at] ?? 0) ^ 0x80;
  }
  writeFileSync(file, bytes);
}

function logsOf(run: string): string[] {
  return ["zk1", "zk2", "zk3"].flatMap((server) => {
    const data = join(run, "servers", server, "version-2");
    return readdirSync(data)
      .filter((name) => name.startsWith("log."))
      .map((name) => join(data, name));
  });
}

const replaceByFolder = (file: string): void => {
  rmSync(file, { recursive: true, force: true });
  mkdirSync(file);
};

describe("audit of a run directory without a usable run.json: 64", () => {
  it.each<Damage & { says: RegExp }>([
    {
      name: "an empty one",
      to: (run) => {
        rmSync(run, { recursive: true });
        mkdirSync(run);
      },
      says: /no run\.json in it/,
    },
    {
      name: "run.json is garbage",
      to: (run) => writeFileSync(join(run, "run.json"), "\u0000garbage"),
      says: /run\.json: not JSON/,
    },
    {
      name: "run.json is a list",
      to: (run) => writeFileSync(join(run, "run.json"), "[1]"),
      says: /run\.json: \(root\)/,
    },
    {
      name: "run.json is of a later schema",
      to: (run) => edit(run, "run.json", /"schema": 1/, '"schema": 2'),
      says: /newer zklab/,
    },
    {
      name: "run.json is a folder",
      to: (run) => replaceByFolder(join(run, "run.json")),
      says: /no run\.json in it/,
    },
    {
      name: "run.json leads out of the run",
      to: (run) => edit(run, "run.json", /"name": "zk1"/, '"name": "../../zk1"'),
      says: /servers\.0\.name/,
    },
  ])("$name", async ({ says, ...damage }) => {
    const result = await zklab(["audit", damaged(damage)]);
    expect(result).toMatchObject({ code: 64, stdout: "" });
    expect(result.stderr).toMatch(says);
    expectNoStack(result);
  });
});

function edit(run: string, file: string, what: RegExp, by: string): void {
  const path = join(run, file);
  const text = readFileSync(path, "utf8");
  const edited = text.replace(what, by);
  if (edited === text) throw new Error(`nothing to edit in ${file}`);
  writeFileSync(path, edited);
}

describe("audit of damaged evidence: unknown or violated, never holds", () => {
  it.each<Damage>([
    { name: "no history", to: (run) => rmSync(join(run, "history.jsonl")) },
    { name: "an empty history", to: (run) => writeFileSync(join(run, "history.jsonl"), "") },
    { name: "a history with flipped bits", to: (run) => flip(join(run, "history.jsonl"), 20) },
    { name: "one flipped bit in the history", to: (run) => flip(join(run, "history.jsonl"), 1) },
    {
      name: "a history that is a folder",
      to: (run) => replaceByFolder(join(run, "history.jsonl")),
    },
    {
      name: "a history that is a pipe",
      to: (run) => {
        rmSync(join(run, "history.jsonl"));
        execFileSync("mkfifo", [join(run, "history.jsonl")]);
      },
    },
    {
      name: "a history that is all of /dev/zero",
      to: (run) => {
        rmSync(join(run, "history.jsonl"));
        symlinkSync("/dev/zero", join(run, "history.jsonl"));
      },
    },
    {
      name: "half a history",
      to: (run) => {
        const file = join(run, "history.jsonl");
        const bytes = readFileSync(file);
        writeFileSync(file, bytes.subarray(0, bytes.length / 2));
      },
    },
    { name: "a log with flipped bits", to: (run) => flip(logsOf(run)[0] ?? "", 5) },
    {
      name: "all logs with flipped bits",
      to: (run) =>
        logsOf(run).forEach((log) => {
          flip(log, 5);
        }),
    },
    {
      name: "a log with a flipped bit in its header",
      to: (run) => {
        const log = logsOf(run)[0] ?? "";
        const bytes = readFileSync(log);
        bytes[1] = (bytes[1] ?? 0) ^ 0x80;
        writeFileSync(log, bytes);
      },
    },
    { name: "a log that is a folder", to: (run) => replaceByFolder(logsOf(run)[0] ?? "") },
    {
      name: "no directory of one server",
      to: (run) => rmSync(join(run, "servers", "zk2"), { recursive: true }),
    },
    { name: "no servers at all", to: (run) => rmSync(join(run, "servers"), { recursive: true }) },
    {
      name: "a data directory that is a file",
      to: (run) => {
        rmSync(join(run, "servers", "zk1", "version-2"), { recursive: true });
        writeFileSync(join(run, "servers", "zk1", "version-2"), "");
      },
    },
  ])("$name", async (damage) => {
    const result = await zklab(["audit", damaged(damage), "--quiet"], { limitMs: 20_000 });
    expect(result.stdout).toMatch(/^quiet: (unknown|violated)\n$/);
    expect(result.code).toBe(result.stdout === "quiet: unknown\n" ? 2 : 1);
    expectNoStack(result);
  });

  it("writes over a link called audit.json, not through it", async () => {
    const target = scratch.file("precious", "mine");
    const run = damaged({
      name: "linked",
      to: (copy) => {
        rmSync(join(copy, "audit.json"));
        symlinkSync(target, join(copy, "audit.json"));
      },
    });
    expect(await zklab(["audit", run, "--quiet"])).toMatchObject({ code: 0, stderr: "" });
    expect(readFileSync(target, "utf8")).toBe("mine");
  });

  it("says so where it may not write", async () => {
    const result = await zklab(["audit", damaged({ name: "closed", to: () => undefined })], {
      through: ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups", "--"],
      main: scratch.installZklab("installed"),
      cwd: "/",
    });
    expect(result.code).toBe(3);
    expect(result.stderr).toMatch(/write .*audit\.json/);
    expectNoStack(result);
  });
});

describe("help", () => {
  it.each(VERBS)("of %s has examples, all of this verb", async (verb) => {
    const { code, stdout, stderr } = await zklab([verb, "--help"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const examples = stdout
      .slice(stdout.search(/^Examples?:/m))
      .split("\n")
      .slice(1);
    expect(examples.filter((line) => line !== "").length).toBeGreaterThan(0);
    for (const line of examples) expect(line).toMatch(line === "" ? /^$/ : `  zklab ${verb}`);
  });

  it("loads nothing but the table of options", async () => {
    const hook = `export async function load(url, context, next) {
      if (url.startsWith("file:")) require("node:fs").writeSync(2, url + "\\n");
      return next(url, context);
    }`.replace('require("node:fs").writeSync', '(await import("node:fs")).writeSync');
    const registered = `import { register } from "node:module"; register(${JSON.stringify(`data:text/javascript,${encodeURIComponent(hook)}`)});`;
    const preload = `data:text/javascript,${encodeURIComponent(registered)}`;
    const { code, stderr } = await zklab(["--help"], { node: ["--import", preload] });
    expect(code).toBe(0);
    const loaded = stderr
      .trim()
      .split("\n")
      .map((url) => url.replace(/^.*\/(dist|node_modules)\//, ""));
    expect(loaded).toContain("lab/main.js");
    const allowed = /^(lab\/(main|cli|errors|package-root)\.js|commander\/.*)$/;
    expect(loaded.filter((file) => !allowed.test(file))).toEqual([]);
  });

  it("answers in a time that is printed here", async () => {
    const times: number[] = [];
    for (let i = 0; i < 9; i += 1) {
      const startedAt = performance.now();
      expect((await zklab(["--help"])).code).toBe(0);
      times.push(performance.now() - startedAt);
    }
    const median = times.sort((a, b) => a - b)[4] ?? Number.NaN;
    process.stdout.write(`zklab --help: median of 9 ${median.toFixed(0)} ms\n`);
    expect(median).toBeGreaterThan(0);
  });
});

describe("how it prints", () => {
  const ESCAPE = "\u001b[";

  it("colours only where that is wanted", async () => {
    const audit = (args: string[], env: Record<string, string>): Promise<CliResult> =>
      zklab(["audit", finished, ...args], { env });
    expect((await audit([], { FORCE_COLOR: "1" })).stdout).toContain(ESCAPE);
    expect((await audit([], {})).stdout).not.toContain(ESCAPE);
    expect((await audit(["--no-color"], { FORCE_COLOR: "1" })).stdout).not.toContain(ESCAPE);
    expect((await audit([], { FORCE_COLOR: "1", NO_COLOR: "1" })).stdout).not.toContain(ESCAPE);
  });

  it.each([
    ["audit"],
    ["list", "scenarios"],
    ["list", "claims"],
    ["list", "faults"],
    ["doctor"],
    ["down", "--all"],
  ])("%s %s --json is one JSON document", async (...verb) => {
    const args = [...verb, ...(verb[0] === "audit" ? [finished] : []), "--json"];
    const { code, stdout, stderr } = await zklab(args, { env: scratch.ownCache() });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(JSON.parse(stdout)).toBeTypeOf("object");
  });

  it("with --json an error is on stderr alone", async () => {
    const result = await zklab(["run", "none", "--json"]);
    expect(result).toMatchObject({ code: 64, stdout: "" });
    expect(result.stderr).toMatch(/^zklab: /);
  });

  it("--quiet says the verdict and nothing else", async () => {
    expect((await zklab(["audit", finished, "--quiet"])).stdout).toBe("quiet: holds\n");
    expect((await zklab(["doctor", "--quiet"])).stdout).toBe("");
    expect((await zklab(["down", "--quiet"], { env: scratch.ownCache() })).stdout).toBe("");
  });
});
