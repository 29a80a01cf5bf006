/**
 * zklab as npm delivers it: packed from the sources, installed into an empty folder, run there. What
 * the tarball lacks shows here and nowhere else, since every other test runs inside the repository.
 */

import { execFile, execFileSync } from "node:child_process";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { packageRoot, zklabVersion } from "../../lab/package-root.ts";
import { RUN_LOCALLY } from "../builders/zklab-cli.ts";

/** Runs a command; its failure tells what it printed (tsc complains on stdout). */
async function run(
  command: string,
  args: readonly string[],
  options: { cwd: string; timeout?: number; env?: NodeJS.ProcessEnv },
): Promise<{ stdout: string }> {
  try {
    return await promisify(execFile)(command, args, { ...options, encoding: "utf8" });
  } catch (error) {
    const { message, stdout } = error as Error & { stdout?: string };
    throw new Error(`${message}\n${stdout ?? ""}`, { cause: error });
  }
}

const QUIET = ["--no-audit", "--no-fund", "--no-update-notifier", "--loglevel=error"];
const PACK_LIMIT_MS = 60_000;
/** Some 150 packages from a registry; 15 s on an idle machine, 60 s on a loaded one. */
const INSTALL_LIMIT_MS = 180_000;
const RUN_LIMIT_MS = 90_000;

let scratch: string;
let consumer: string;
let shipped: readonly string[];

/** Packs a copy, so that neither a stale `dist/` is shipped nor the one in use is rebuilt. */
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), "zklab-package-"));
  const source = join(scratch, "source");
  copySources(source);
  const packed = await run("npm", ["pack", "--json", "--pack-destination", scratch, ...QUIET], {
    cwd: source,
    timeout: PACK_LIMIT_MS,
  });
  // `prepare` may print before npm's JSON does.
  const json = packed.stdout.slice(packed.stdout.indexOf("[\n"));
  const [tarball] = JSON.parse(json) as { filename: string; files: { path: string }[] }[];
  shipped = tarball?.files.map(({ path }) => path) ?? [];
  consumer = join(scratch, "consumer");
  mkdirSync(consumer);
  writeFileSync(join(consumer, "package.json"), '{ "private": true, "type": "module" }\n');
  const file = join(scratch, tarball?.filename ?? "");
  await run("npm", ["install", file, ...QUIET], { cwd: consumer, timeout: INSTALL_LIMIT_MS });
}, PACK_LIMIT_MS + INSTALL_LIMIT_MS);

afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** Every file of the work tree that is or could be committed, by its path in the repository. */
function sources(): string[] {
  const list = ["ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"];
  const names = execFileSync("git", list, { cwd: packageRoot(), encoding: "utf8" }).split("\0");
  return names.filter((name) => name !== "" && existsSync(join(packageRoot(), name)));
}

function copySources(to: string): void {
  for (const name of sources()) {
    const from = join(packageRoot(), name);
    mkdirSync(dirname(join(to, name)), { recursive: true });
    cpSync(from, join(to, name));
  }
  symlinkSync(join(packageRoot(), "node_modules"), join(to, "node_modules"));
}

describe("the tarball", () => {
  it("holds the built code, the data files that it reads, and nothing else", () => {
    const code = /^dist\/(lab|faults|contenders)\/.+\.(js|d\.ts)$/;
    const data = sources().filter(
      (name) => /^(lab|faults|contenders)\//.test(name) && !/\.(ts|md)$/.test(name),
    );
    const top = ["LICENSE", "README.md", "docker-compose.yml", "package.json"];
    expect(shipped.filter((path) => !code.test(path)).sort()).toEqual([...data, ...top].sort());
    expect(shipped).toContain("dist/lab/main.js");
    expect(shipped).toContain("dist/contenders/main.js");
  });

  it("brings no compiler and no test tool along", () => {
    const installed = readdirSync(join(consumer, "node_modules"));
    expect(installed).toContain("zklab");
    expect(installed.filter((name) => /^(typescript|vitest|@biomejs|oxlint)$/.test(name))).toEqual(
      [],
    );
  });
});

describe("zklab, installed", () => {
  it("says its version", async () => {
    const { stdout } = await run("npx", ["--no-install", "zklab", "--version"], { cwd: consumer });
    expect(stdout.trim()).toBe(zklabVersion());
  });

  it(
    "plays gc-pause as expected and leaves the report",
    async () => {
      const args = ["--no-install", "zklab", ...RUN_LOCALLY, "gc-pause", "--yes"];
      const { stdout } = await run("npx", args, { cwd: consumer, timeout: RUN_LIMIT_MS });
      expect(stdout).toMatch(/stale-leader-write/);
      const latest = join(consumer, "runs", "gc-pause", "latest");
      expect(readFileSync(join(latest, "report.html"), "utf8")).toContain("stale-leader-write");
      expect(JSON.parse(readFileSync(join(latest, "audit.json"), "utf8"))).toMatchObject({
        verdict: "violated",
      });
    },
    RUN_LIMIT_MS,
  );

  it("type-checks and runs as a library", async () => {
    writeFileSync(join(consumer, "use.ts"), USE);
    const modules = join(packageRoot(), "node_modules");
    // What a TypeScript project has of its own; zklab must not need to bring it.
    for (const name of [join("@types", "node"), "undici-types"]) {
      const to = join(consumer, "node_modules", name);
      mkdirSync(dirname(to), { recursive: true });
      if (!existsSync(to)) symlinkSync(join(modules, name), to);
    }
    const flags = ["--strict", "--module", "nodenext", "--target", "es2023", "--types", "node"];
    const lib = ["--lib", "es2023,esnext.disposable"];
    await run(process.execPath, [join(modules, ".bin", "tsc"), ...flags, ...lib, "use.ts"], {
      cwd: consumer,
    });
    const { stdout } = await run(process.execPath, ["use.js"], { cwd: consumer });
    expect(JSON.parse(stdout)).toEqual({
      same: true,
      verdict: "violated",
      promises: { guard: "none", atMostOnce: false, reportsAttempts: true },
    });
  });
});

/** Loads the evidence of the run above, judges it again, and declares a strategy of its own. */
const USE = `
import { readFileSync } from "node:fs";
import { type AuditReport, type Evidence, LabError, type Op, audit, loadEvidence, op, zxid } from "zklab";
import { type MakeStrategy, runContender } from "zklab/contenders";

const directory = "runs/gc-pause/latest";
const evidence: Evidence = loadEvidence(directory);
const report: AuditReport = audit(evidence).report;
const kept: unknown = JSON.parse(readFileSync(directory + "/audit.json", "utf8"));
const check: Op = op.check("/latch", 3);
const mine: MakeStrategy = () => ({
  promises: { guard: "none", atMostOnce: false, reportsAttempts: true },
  client: "none",
  start: () => Promise.reject(new LabError("contender", "start: not started here")),
});
const main: (make: MakeStrategy) => Promise<void> = runContender;
if (typeof main !== "function" || check.path !== "/latch" || zxid(1n) !== 1n) process.exit(1);
const { promises } = mine({} as Parameters<MakeStrategy>[0]);
const same = JSON.stringify(report) === JSON.stringify(kept);
process.stdout.write(JSON.stringify({ same, verdict: report.verdict, promises }));
`;

/** As far as Linux can show it: another platform's name, and no /proc to read. */
describe("zklab on another platform", () => {
  const ELSEWHERE = `
import fs from "node:fs";
import { syncBuiltinESMExports } from "node:module";
const { readFileSync } = fs;
fs.readFileSync = (path, ...rest) => {
  if (String(path).startsWith("/proc/")) throw new Error("no such file: " + path);
  return readFileSync(path, ...rest);
};
syncBuiltinESMExports();
Object.defineProperty(process, "platform", { value: process.env.ELSEWHERE });
`;

  it.each(["win32", "darwin"])(
    "%s: both entries load, and the command line answers",
    async (os) => {
      writeFileSync(join(consumer, "elsewhere.mjs"), ELSEWHERE);
      const options = { cwd: consumer, env: { ...process.env, ELSEWHERE: os } };
      const preload = ["--import", "./elsewhere.mjs"];
      const load =
        'await import("zklab"); await import("zklab/contenders"); console.log(process.platform);';
      const loaded = await run(
        process.execPath,
        [...preload, "--input-type=module", "--eval", load],
        options,
      );
      expect(loaded.stdout.trim()).toBe(os);
      const main = join(consumer, "node_modules", "zklab", "dist", "lab", "main.js");
      const listed = await run(process.execPath, [...preload, main, "list", "contenders"], options);
      expect(listed.stdout).toContain("latch-check");
    },
  );
});
