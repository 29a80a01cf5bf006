import { mkdirSync, readdirSync, truncateSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { LabError } from "../../lab/errors.ts";
import { oneBinding } from "../../lab/runtime/setup/class-path.ts";
import { mavenProfiles } from "../../lab/runtime/setup/versions.ts";
import {
  DEFAULT_ZOOKEEPER_VERSION,
  KNOWN_ZOOKEEPER_VERSIONS,
  type ProvideOptions,
  provideZooKeeper,
  type ZooKeeperJars,
} from "../../lab/runtime/setup/zookeeper-jars.ts";
import { type Answers, EXITED_0, FakeMachine } from "../builders/setup-machine.ts";

let machine: FakeMachine;
let said: string[];
/** What the machine's Maven would bring for a version. */
let bring: (version: string) => readonly string[];

const answer: Answers = (program, args) => {
  if (program === "java") {
    // QuorumPeerMain without a configuration: usage and 2; `-version` is asked of a java without a
    // release file.
    const version = { ...EXITED_0, stderr: 'openjdk version "17.0.1"' };
    return args[0] === "-version" ? version : { ...EXITED_0, code: 2 };
  }
  if (program !== "mvn") return EXITED_0;
  const option = (name: string): string =>
    args.find((arg) => arg.startsWith(`-D${name}=`))?.slice(name.length + 3) ?? "";
  for (const jar of bring(option("zookeeper.version"))) {
    writeFileSync(join(option("outputDirectory"), jar), `bytes of ${jar}`);
  }
  return EXITED_0;
};

beforeEach(() => {
  machine = new FakeMachine().has("java", "mvn");
  machine.answer = answer;
  said = [];
  bring = (version) => [`zookeeper-${version}.jar`, "logback-classic-1.3.jar", "slf4j-api-2.jar"];
});
afterEach(() => machine[Symbol.dispose]());

function provide(options: ProvideOptions = {}): Promise<ZooKeeperJars> {
  const onProgress = (line: string): void => {
    said.push(line);
  };
  return provideZooKeeper({ env: machine.env, run: machine.run, onProgress, ...options });
}

async function refused(options: ProvideOptions = {}): Promise<LabError> {
  return provide(options).then(
    (jars) => {
      throw new Error(`it was provided: ${jars.note}`);
    },
    (error: LabError) => error,
  );
}

function timesMavenRan(): number {
  return machine.ran.filter((line) => line.startsWith("mvn ")).length;
}

/** An unpacked release, as far as its jars' names go. */
function unpackedRelease(...jars: readonly string[]): string {
  const home = join(machine.directory, "home");
  mkdirSync(join(home, "lib"), { recursive: true });
  for (const jar of jars) writeFileSync(join(home, jar), "");
  return home;
}

describe("provideZooKeeper from Maven", () => {
  it("fetches once and then uses the cache", async () => {
    const first = await provide();
    const second = await provide();
    expect(first.note).toBe(`ZooKeeper ${DEFAULT_ZOOKEEPER_VERSION} from Maven Central`);
    expect(second.note).toBe(`ZooKeeper ${DEFAULT_ZOOKEEPER_VERSION} from Maven Central (cached)`);
    expect(second).toMatchObject({ source: "maven", logging: "logback", javaVersion: "17.0.1" });
    expect(second.jars.map((jar) => basename(jar))).toContain(
      `zookeeper-${DEFAULT_ZOOKEEPER_VERSION}.jar`,
    );
    expect(timesMavenRan()).toBe(1);
  });

  it("notices a truncated jar and fetches the version again", async () => {
    const { jars } = await provide();
    truncateSync(jars[0] ?? "", 3);
    const again = await provide();
    expect(timesMavenRan()).toBe(2);
    expect(again.jars).toEqual(jars);
    expect(said.join("\n")).toContain("has 3 bytes instead of");
  });

  it("keeps several versions side by side", async () => {
    await provide({ version: "3.9.3" });
    await provide({ version: "3.8.0" });
    const third = await provide({ version: "3.9.3" });
    expect(third.version).toBe("3.9.3");
    expect(timesMavenRan()).toBe(2);
  });

  it("leaves no entry behind when it is interrupted", async () => {
    machine.answer = (program, args, options) =>
      program === "mvn"
        ? { outcome: "aborted", code: -1, stdout: "", stderr: "" }
        : answer(program, args, options);
    expect((await refused()).code).toBe("interrupted");
    expect(readdirSync(join(machine.directory, "cache", "zookeeper"))).toEqual([]);
  });

  it.each([
    {
      name: "another version",
      jars: ["zookeeper-3.9.9.jar", "logback-classic-1.jar"],
      why: "3.9.9",
    },
    { name: "no server", jars: ["logback-classic-1.jar"], why: "no server at all" },
    { name: "no logging", jars: ["zookeeper-3.9.3.jar"], why: "not exactly one slf4j" },
    {
      name: "two logging libraries",
      jars: ["zookeeper-3.9.3.jar", "logback-classic-1.jar", "slf4j-log4j12-1.jar"],
      why: "not exactly one slf4j",
    },
  ])("does not keep a fetch that brought $name", async ({ jars, why }) => {
    bring = () => jars;
    expect((await refused({ version: "3.9.3" })).message).toContain(why);
    expect(readdirSync(join(machine.directory, "cache", "zookeeper"))).toEqual([]);
  });

  it("does not keep jars that no JVM starts", async () => {
    machine.answer = (program, args, options) =>
      program === "java" && args[0] !== "-version"
        ? { ...EXITED_0, code: 1, stderr: "java.lang.NoClassDefFoundError: X" }
        : answer(program, args, options);
    const error = await refused();
    expect(error.message).toContain("NoClassDefFoundError: X");
    expect(readdirSync(join(machine.directory, "cache", "zookeeper"))).toEqual([]);
  });
});

describe("provideZooKeeper from the other sources", () => {
  const failing: Answers = (program, args, options) =>
    program === "mvn"
      ? {
          ...EXITED_0,
          code: 1,
          stdout: "[ERROR] Could not transfer: no route\n[ERROR] -> [Help 1]",
        }
      : answer(program, args, options);

  it("takes ZOOKEEPER_HOME when Maven cannot, and says why in one line", async () => {
    machine.answer = failing;
    const home = unpackedRelease("zookeeper-3.4.14.jar", "lib/slf4j-log4j12-1.jar");
    const given = await provide({ env: { ...machine.env, ZOOKEEPER_HOME: home } });
    expect(given).toMatchObject({ source: "home", version: "3.4.14", logging: "log4j" });
    expect(given.note).toMatch(/^ZooKeeper 3\.4\.14 from ZOOKEEPER_HOME \(.*mvn exited with 1\)$/);
    expect(said.join("\n")).toContain("no route");
  });

  it("prefers Maven to ZOOKEEPER_HOME", async () => {
    const home = unpackedRelease("zookeeper-3.4.14.jar", "lib/slf4j-log4j12-1.jar");
    const given = await provide({ env: { ...machine.env, ZOOKEEPER_HOME: home } });
    expect(given.source).toBe("maven");
  });

  it("lists every source with its reason where none has the version asked for", async () => {
    machine.answer = failing;
    const home = unpackedRelease("zookeeper-3.8.0.jar", "lib/logback-classic-1.jar");
    const env = { ...machine.env, ZOOKEEPER_HOME: home };
    const error = await refused({ version: "3.9.3", env });
    expect(error.code).toBe("environment");
    expect(error.message).toContain("mvn exited with 1");
    expect(error.message).toContain("ZOOKEEPER_HOME has 3.8.0, not 3.9.3");
    expect(error.message).toContain("this is no Debian");
  });

  it("does not ask Debian for a version that it does not have", async () => {
    machine.has("apt-get", "dpkg-deb");
    machine.answer = (program, args, options) =>
      program === "apt-cache"
        ? { ...EXITED_0, stdout: "libzookeeper-java:\n  Candidate: 3.8.0-11+deb12u2" }
        : failing(program, args, options);
    const error = await refused({ version: "3.9.3" });
    expect(error.message).toContain("Debian has 3.8.0, not 3.9.3");
    expect(machine.ran.some((line) => line.includes("download"))).toBe(false);
  });
});

describe("what provideZooKeeper refuses", () => {
  it.each(["3.9", "latest", "3.9.5-SNAPSHOT", "4.0.0", "3.3.6", "3.9.5/../..", ""])(
    "the version %j",
    async (version) => {
      expect((await refused({ version })).code).toBe("usage");
      expect(machine.ran).toEqual([]);
    },
  );

  it("a machine without Java", async () => {
    using bare = new FakeMachine();
    const error = await refused({ env: bare.env });
    expect(error).toMatchObject({ code: "environment" });
    expect(error.message).toContain("no java was found");
  });
});

describe("ZooKeeper's versions", () => {
  it.each([
    ["3.4.14", ""],
    ["3.5.9", "admin-server"],
    ["3.5.10", "admin-server,reload4j"],
    ["3.6.3", "admin-server,metrics"],
    ["3.6.4", "admin-server,metrics,reload4j"],
    ["3.7.0", "admin-server,metrics"],
    ["3.7.1", "admin-server,metrics,reload4j"],
    ["3.8.0", "admin-server,metrics,logback"],
    ["3.9.5", "admin-server,metrics,logback"],
  ])("%s is fetched with the profiles %j", (version, profiles) => {
    expect(mavenProfiles(version).join(",")).toBe(profiles);
  });

  it("knows one of each line, and the default", () => {
    const lines = new Set(KNOWN_ZOOKEEPER_VERSIONS.map((v) => v.replace(/\.\d+$/, "")));
    expect([...lines]).toEqual(["3.4", "3.5", "3.6", "3.7", "3.8", "3.9"]);
    expect(KNOWN_ZOOKEEPER_VERSIONS).toContain(DEFAULT_ZOOKEEPER_VERSION);
  });

  it("leaves one slf4j binding of several", () => {
    const jars = [
      "/l/slf4j-simple-1.jar",
      "/l/a.jar",
      "/l/slf4j-log4j12-1.jar",
      "/l/log4j-1.2.jar",
    ];
    expect(oneBinding(jars)).toEqual(["/l/a.jar", "/l/slf4j-log4j12-1.jar", "/l/log4j-1.2.jar"]);
  });
});
