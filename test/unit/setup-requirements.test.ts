import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { diagnose, renderDoctor } from "../../lab/runtime/setup/doctor.ts";
import { findJava, majorOf } from "../../lab/runtime/setup/java.ts";
import { findNodeHeaders } from "../../lab/runtime/setup/node-headers.ts";
import { checkRequirements, type Requirement } from "../../lab/runtime/setup/requirements.ts";
import { EXITED_0, FakeMachine, MISSING } from "../builders/setup-machine.ts";

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine();
});
afterEach(() => machine[Symbol.dispose]());

const ALL = ["java", "mvn", "ip", "nft", "unshare", "nsenter", "setpriv"];
const BUILD = ["npm", "gcc", "g++", "make", "python3", "javac"];

function java17(program: string): typeof EXITED_0 {
  return program === "java" ? { ...EXITED_0, stderr: 'version "17.0.1"' } : EXITED_0;
}

async function lacks(): Promise<readonly string[]> {
  const requirements = await checkRequirements(machine);
  return requirements.filter(({ ok, kind }) => !ok && kind !== "advice").map(({ name }) => name);
}

function named(requirements: readonly Requirement[], name: string): Requirement | undefined {
  return requirements.find((requirement) => requirement.name === name);
}

describe("checkRequirements", () => {
  it("finds everything that a bare machine lacks at once, each with a remedy", async () => {
    machine.answer = () => MISSING;
    machine.uid = 1000;
    const missing = (await checkRequirements(machine)).filter(({ ok }) => !ok);
    expect(missing.map(({ name }) => name)).toEqual(
      expect.arrayContaining(
        ["java", "maven", "privileges", "ip", "nft", "unshare", "nsenter", "setpriv"].concat(
          ["namespaces", "bridge and veth", "nftables of the bridge", "gcc", "g++", "make"],
          ["python3"],
        ),
      ),
    );
    for (const { remedy } of missing) expect(remedy).not.toBe("");
  });

  it("lacks nothing where everything answers", async () => {
    machine.has(...ALL, ...BUILD).answer = java17;
    expect((await lacks()).filter((name) => name !== "Node's headers")).toEqual([]);
  });

  it("reports a program that is there and does not work", async () => {
    machine.has(...ALL, ...BUILD).answer = (program) =>
      program === "nft"
        ? { ...EXITED_0, code: 1, stderr: "nft: library missing" }
        : java17(program);
    const nft = named(await checkRequirements(machine), "nft");
    expect(nft).toMatchObject({ ok: false, packages: ["nftables"] });
    expect(nft?.found).toMatch(/nft exited with 1: nft: library missing$/);
  });

  it("tells a kernel that refuses from a program that is missing", async () => {
    machine.has(...ALL, ...BUILD).answer = (program) =>
      program === "unshare"
        ? { ...EXITED_0, code: 1, stderr: "unshare failed: Operation not permitted" }
        : java17(program);
    const namespaces = named(await checkRequirements(machine), "namespaces");
    expect(namespaces).toMatchObject({ ok: false, packages: [] });
    expect(namespaces?.found).toContain("Operation not permitted");
  });

  it("refuses a Java that is too old", async () => {
    machine.has(...ALL, ...BUILD).answer = (program) =>
      program === "java" ? { ...EXITED_0, stderr: 'version "1.7.0_80"' } : EXITED_0;
    const java = named(await checkRequirements(machine), "java");
    expect(java?.ok).toBe(false);
    expect(java?.found).toContain("1.7.0_80");
  });

  it("says on another system that the local runtime needs Linux", async () => {
    const mac = { ...machine, run: machine.run, platform: "darwin" as const };
    const linux = named(await checkRequirements(mac), "linux");
    expect(linux).toMatchObject({ ok: false, found: "darwin", kind: "required" });
  });
});

describe("the doctor", () => {
  it("is content, and says what the machine can do", async () => {
    machine.has(...ALL, ...BUILD).answer = java17;
    const report = await diagnose(machine);
    expect(report.ok).toBe(true);
    expect(renderDoctor(report, false)).toMatch(/can +partition their network$/m);
  });

  it("names what is missing, what it is for, the remedy and the one command", async () => {
    machine.has(...ALL.filter((name) => name !== "java"), ...BUILD);
    const report = await diagnose(machine);
    const text = renderDoctor(report, false);
    expect(report.ok).toBe(false);
    expect(text).toMatch(/missing +java +not found\n +needed for ZooKeeper's servers: install/);
    expect(text).toMatch(/cannot +run an ensemble and contenders locally \(lacks java\)/);
    expect(text).toMatch(/apt-get install .*default-jre-headless/);
  });

  it("does not let other programs' output steer the terminal", async () => {
    machine.has(...ALL, ...BUILD).answer = (program) =>
      program === "ip" ? { ...EXITED_0, stdout: "ip \u001b[2J\u0007 6.1" } : java17(program);
    const text = renderDoctor(await diagnose(machine), false);
    expect(text).toContain("ip  6.1");
    expect(text.replaceAll("\n", "")).not.toMatch(/\p{Cc}/u);
  });

  it("colours only where it is told to", async () => {
    machine.has(...ALL, ...BUILD).answer = java17;
    const report = await diagnose(machine);
    expect(renderDoctor(report, true)).toContain("\u001b[32m");
    expect(renderDoctor(report, false)).not.toContain("\u001b");
  });

  it("shows a damaged cache entry", async () => {
    const place = join(machine.directory, "cache", "zookeeper", "maven-3.9.3");
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, "manifest.json"), "{}");
    const report = await diagnose(machine);
    expect(report.zookeepers).toEqual([
      { name: "3.9.3 (Maven Central)", good: false, detail: expect.stringContaining("unreadable") },
    ]);
  });
});

describe("findJava", () => {
  it.each([
    ["1.8.0_392", 8],
    ["9", 9],
    ["11.0.22", 11],
    ["17.0.15+6", 17],
    ["21-ea", 21],
  ])("%s is Java %i", (version, major) => {
    expect(majorOf(version)).toBe(major);
  });

  it("prefers JAVA_HOME and reads its release file instead of starting it", async () => {
    const home = join(machine.directory, "jdk");
    mkdirSync(join(home, "bin"), { recursive: true });
    writeFileSync(join(home, "bin", "java"), "", { mode: 0o755 });
    writeFileSync(join(home, "release"), 'IMPLEMENTOR="X"\nJAVA_VERSION="21.0.2"\n');
    machine.has("java");
    const java = await findJava({ ...machine.env, JAVA_HOME: home }, machine.run);
    expect(java).toEqual({ path: join(home, "bin", "java"), version: "21.0.2", major: 21 });
    expect(machine.ran).toEqual([]);
  });
});

describe("findNodeHeaders", () => {
  it("takes only headers of the running ABI", () => {
    const include = join(machine.directory, "include", "node");
    mkdirSync(include, { recursive: true });
    mkdirSync(join(machine.directory, "bin"), { recursive: true });
    writeFileSync(join(include, "node_version.h"), "#define NODE_MODULE_VERSION 9991\n");
    const execPath = join(machine.directory, "bin", "node");
    expect(findNodeHeaders({ execPath, abi: "9991" })).toEqual({ prefix: machine.directory });
    expect(findNodeHeaders({ execPath, abi: "9992" })).toBeUndefined();
  });
});
