import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkCurator } from "../../lab/runtime/setup/check-curator.ts";
import { findCurator, provideCurator } from "../../lab/runtime/setup/curator.ts";
import { EXITED_0, FakeMachine } from "../builders/setup-machine.ts";

const SAYS = "Curator 5.9.0, ZooKeeper 3.9.3";
const JAVA_17 = { ...EXITED_0, stderr: 'version "17.0.1"' };

let machine: FakeMachine;
beforeEach(() => {
  machine = new FakeMachine().has("java", "javac", "mvn");
  machine.answer = (program, args) => {
    if (program === "mvn") {
      leave(args);
      return EXITED_0;
    }
    return args.includes("--version") ? { ...EXITED_0, stdout: `${SAYS}\n` } : JAVA_17;
  };
});
afterEach(() => machine[Symbol.dispose]());

/** What Maven leaves: its own jar in the build folder, the others where they were asked for. */
function leave(args: readonly string[]): void {
  const given = (name: string): string =>
    args.find((arg) => arg.startsWith(`-D${name}=`))?.slice(name.length + 3) ?? "";
  mkdirSync(given("zklab.build"), { recursive: true });
  writeFileSync(join(given("zklab.build"), "curator-latch-1.jar"), "jar");
  writeFileSync(join(given("outputDirectory"), "curator-recipes-5.9.0.jar"), "curator");
}

function provide(): ReturnType<typeof provideCurator> {
  return provideCurator({ env: machine.env, run: machine.run });
}

describe("the Java contender", () => {
  it("is built once, and found again with what it says of itself", async () => {
    expect(findCurator(machine.env)).toBeUndefined();
    const built = await provide();
    expect(built.version).toBe(SAYS);
    expect(built.jars).toEqual(["curator-latch-1.jar", "curator-recipes-5.9.0.jar"]);
    // What Maven works in is not kept.
    expect(readdirSync(built.directory).sort()).toEqual([...built.jars, "manifest.json"].sort());
    const before = machine.ran.length;
    expect(await provide()).toEqual(built);
    expect(machine.ran.length).toBe(before);
  });

  it("leaves nothing in the cache where Maven fails, and says Maven's own reason", async () => {
    machine.answer = (program) =>
      program === "mvn"
        ? { ...EXITED_0, code: 1, stdout: "[ERROR] COMPILATION ERROR : \n[ERROR] Main.java:[3,1]" }
        : JAVA_17;
    await expect(provide()).rejects.toThrow(
      /mvn exited with 1\n.*COMPILATION ERROR.*\n.*Main\.java/,
    );
    expect(readdirSync(join(machine.directory, "cache", "curator-latch"))).toEqual([]);
  });

  it("is not taken where it was built but does not start", async () => {
    const { answer } = machine;
    machine.answer = (program, args, options) =>
      args.includes("--version")
        ? { ...EXITED_0, code: 1, stderr: "UnsupportedClassVersionError" }
        : answer(program, args, options);
    await expect(provide()).rejects.toThrow(/does not start on Java 17\.0\.1\n\s+UnsupportedClass/);
    expect(findCurator(machine.env)).toBeUndefined();
  });

  it("names Maven where it is missing", async () => {
    machine = new FakeMachine().has("java");
    await expect(provide()).rejects.toThrow(/build curator-latch: Maven is not installed/);
    expect(existsSync(join(machine.directory, "cache", "curator-latch", "manifest.json"))).toBe(
      false,
    );
  });
});

describe("what building it needs", () => {
  it("is a JDK 17, wanted only where it is not built", async () => {
    const before = await checkCurator(machine);
    expect(before).toMatchObject([{ name: "javac", ok: true, kind: "curator" }]);
    await provide();
    expect(await checkCurator(machine)).toEqual([]);
  });

  it("is not met by an older Java", async () => {
    machine.answer = () => ({ ...EXITED_0, stderr: 'version "11.0.22"' });
    const [javac] = await checkCurator(machine);
    expect(javac).toMatchObject({ ok: false, packages: ["default-jdk-headless", "maven"] });
    expect(javac?.found).toBe("beside Java 11.0.22");
  });
});
