import { mkdirSync, writeFileSync } from "node:fs";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { exitCodeOf, LabError } from "../../lab/errors.ts";
import { cacheDirectory } from "../../lab/runtime/setup/cache.ts";
import { writeManifest } from "../../lab/runtime/setup/manifest.ts";
import { mavenEntry } from "../../lab/runtime/setup/maven.ts";
import type { Requirement } from "../../lab/runtime/setup/requirements.ts";
import { ensureRequirements, type SetupOptions } from "../../lab/runtime/setup/setup.ts";
import { DEFAULT_ZOOKEEPER_VERSION } from "../../lab/runtime/setup/versions.ts";
import { EXITED_0, FakeMachine } from "../builders/setup-machine.ts";

let machine: FakeMachine;
let installed: boolean;
let asked: string[];
let said: string[];

beforeEach(() => {
  machine = new FakeMachine().has("apt-get");
  installed = false;
  asked = [];
  said = [];
  machine.answer = (_program, args) => {
    if (args.includes("install") && !args.includes("-s")) installed = true;
    return EXITED_0;
  };
});
afterEach(() => machine[Symbol.dispose]());

function lacking(name: string, about: Partial<Requirement> = {}): Requirement {
  return {
    name,
    neededFor: `the use of ${name}`,
    found: undefined,
    ok: false,
    remedy: `install ${name}`,
    packages: [`${name}-package`],
    kind: "required",
    ...about,
  };
}

const JAVA = lacking("java");
const NFT = lacking("nft");
const MAVEN = lacking("maven", { kind: "preferred" });
const COMPILER = lacking("gcc", { kind: "native-client" });
const LOW_DISK = lacking("disk", { kind: "advice", packages: [] });
const OLD_KERNEL = lacking("namespaces", { packages: [], remedy: "use another kernel" });

function ensure(
  missing: readonly Requirement[],
  options: Partial<SetupOptions> = {},
): Promise<void> {
  const { env = {}, ...others } = options;
  return ensureRequirements(
    {
      yes: false,
      interactive: false,
      say: (line) => said.push(line),
      ask: async (question) => {
        asked.push(question);
        return false;
      },
      nativeClient: false,
      check: async () =>
        missing.map((one) => ({ ...one, ok: installed && one.packages.length > 0 })),
      ...others,
      env: { ...machine.env, ...env },
    },
    machine,
  );
}

async function failure(promise: Promise<void>): Promise<LabError> {
  const error = await promise.then(
    () => new Error("set-up went through"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof LabError)) throw error;
  return error;
}

describe("set-up without consent", () => {
  it("reports everything missing at once, with the one command, and runs nothing", async () => {
    const error = await failure(ensure([JAVA, NFT, MAVEN]));
    expect(exitCodeOf(error)).toBe(3);
    expect(error.message).toBe(
      [
        "this machine lacks what a run needs:",
        "  - java, for the use of java: install java",
        "  - nft, for the use of nft: install nft",
        "  - maven, for the use of maven: install maven",
      ].join("\n"),
    );
    expect(error.hint).toContain(
      "apt-get update && apt-get install -y --no-install-recommends --no-upgrade --no-remove java-package maven-package nft-package",
    );
    expect(machine.ran).toEqual([]);
    expect(asked).toEqual([]);
  });

  it.each([
    { name: "CI is set to anything but true", env: { CI: "1" } },
    { name: "ZKLAB_SETUP is no", env: { ZKLAB_SETUP: "no" } },
  ])("takes it for no consent when $name", async ({ env }) => {
    await failure(ensure([JAVA], { env }));
    expect(machine.ran).toEqual([]);
  });

  it("asks once at a terminal, names the packages, and takes no for no", async () => {
    await failure(ensure([JAVA, NFT], { interactive: true }));
    expect(asked).toEqual(["install java-package, nft-package with apt-get?"]);
    expect(said).toHaveLength(2);
    expect(machine.ran).toEqual([]);
  });

  it("goes on where only Maven is missing: there are other sources", async () => {
    await ensure([MAVEN]);
    expect(machine.ran).toEqual([]);
  });

  it("does not stop for advice", async () => {
    await ensure([LOW_DISK], { interactive: true });
    expect(asked).toEqual([]);
  });
});

describe("set-up with consent", () => {
  const consents: readonly { name: string; options: Partial<SetupOptions> }[] = [
    { name: "--yes", options: { yes: true } },
    { name: "ZKLAB_SETUP=yes", options: { env: { ZKLAB_SETUP: "yes" } } },
    { name: "CI=true", options: { env: { CI: "true" } } },
    { name: "a yes at the terminal", options: { interactive: true, ask: async () => true } },
  ];
  it.each(consents)("installs everything in one go after $name", async ({ options }) => {
    await ensure([JAVA, NFT, MAVEN], options);
    const installs = machine.ran.filter((line) => / install /.test(line) && !/ -s /.test(line));
    expect(installs).toHaveLength(1);
    expect(installs[0]).toMatch(
      /install -y --no-install-recommends --no-upgrade --no-remove java-package maven-package nft-package$/,
    );
  });

  it("installs nothing while something is missing that no package cures", async () => {
    const error = await failure(ensure([JAVA, OLD_KERNEL], { yes: true }));
    expect(machine.ran).toEqual([]);
    expect(error.message).toContain("use another kernel");
    expect(error.message).toContain("java");
  });

  it("installs nothing as an ordinary user, and says sudo", async () => {
    machine.uid = 1000;
    const error = await failure(ensure([JAVA], { yes: true }));
    expect(machine.ran).toEqual([]);
    expect(error.hint).toContain("sudo apt-get install");
  });

  it("installs nothing where the system is not Debian", async () => {
    machine.debianLike = false;
    await failure(ensure([JAVA], { yes: true }));
    expect(machine.ran).toEqual([]);
  });

  it("refuses a plan that would upgrade or remove a package", async () => {
    machine.answer = (_program, args) =>
      args.includes("-s")
        ? { ...EXITED_0, stdout: "Inst libc6 [2.36-9] (2.36-10 Debian:12 [amd64])\nInst nft (1.0)" }
        : EXITED_0;
    const error = await failure(ensure([NFT], { yes: true }));
    expect(error.message).toContain("would also upgrade or remove libc6");
    expect(machine.ran.some((line) => / install /.test(line) && !/ -s /.test(line))).toBe(false);
  });

  it("reads the package lists where a package is not found, and tries once more", async () => {
    let updated = 0;
    machine.answer = (_program, args) => {
      if (args.includes("update")) updated += 1;
      if (args.includes("install") && !args.includes("-s")) installed = true;
      const known = updated > (args.includes("update") ? 0 : updatesBefore());
      return known ? EXITED_0 : { ...EXITED_0, code: 100, stderr: "E: Unable to locate package" };
    };
    // A machine with empty lists has been updated once before the plan already.
    const updatesBefore = (): number => (machine.ran[0]?.endsWith("update") === true ? 1 : 0);
    await ensure([NFT], { yes: true });
    expect(updated).toBe(updatesBefore() + 1);
    expect(installed).toBe(true);
  });

  it("shows the end of apt-get's output when it fails", async () => {
    machine.answer = (_program, args) =>
      args.includes("-s") || args.includes("update")
        ? EXITED_0
        : { ...EXITED_0, code: 100, stderr: "E: dpkg was interrupted" };
    const error = await failure(ensure([NFT], { yes: true }));
    expect(error.message).toContain("apt-get exited with 100");
    expect(error.message).toContain("E: dpkg was interrupted");
  });

  it("says so where installing did not cure it", async () => {
    machine.answer = () => EXITED_0;
    const error = await failure(ensure([NFT], { yes: true }));
    expect(error.message).toContain("this machine lacks what a run needs");
  });
});

describe("what counts as missing", () => {
  it("wants the compilers only where the native client is wanted", async () => {
    await ensure([COMPILER], { yes: true });
    expect(machine.ran).toEqual([]);
    await ensure([COMPILER], { yes: true, nativeClient: true });
    expect(installed).toBe(true);
  });

  it("does not want Maven where the jars are in the cache", async () => {
    const entry = mavenEntry(cacheDirectory(machine.env), DEFAULT_ZOOKEEPER_VERSION);
    mkdirSync(entry.place, { recursive: true });
    writeFileSync(`${entry.place}/zookeeper.jar`, "jar");
    writeManifest(entry.place, { version: "3.9.5", recipe: entry.recipe }, ["zookeeper.jar"]);
    await ensure([MAVEN], { yes: true });
    expect(machine.ran).toEqual([]);
  });

  it("does not want Maven where the user brings a ZooKeeper", async () => {
    await ensure([MAVEN], { yes: true, env: { ZOOKEEPER_HOME: "/opt/zookeeper" } });
    expect(machine.ran).toEqual([]);
  });
});
