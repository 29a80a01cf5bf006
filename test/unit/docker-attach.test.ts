/** What an attached server's command line and configuration tell, and what the watchdog makes of the pipe. */

import { describe, expect, it } from "vitest";
import {
  readMembers,
  readServerCommand,
  readServerConfig,
} from "../../lab/runtime/docker/attach/server-process.ts";
import { inForce } from "../../lab/runtime/docker/guard.ts";

const MAIN = "org.apache.zookeeper.server.quorum.QuorumPeerMain";

describe("readServerCommand", () => {
  it("finds zoo.cfg, the properties and the debugger's port", () => {
    const line = `java -Xmx1g -agentlib:jdwp=transport=dt_socket,server=y,address=127.0.0.1:5005 -Da.b=c -Dflag -cp /x ${MAIN} /conf/zoo.cfg`;
    const command = readServerCommand(line);
    expect(command).toMatchObject({ configFile: "/conf/zoo.cfg", debugger: "127.0.0.1:5005" });
    expect(command?.properties.get("a.b")).toBe("c");
  });

  it.each([
    ["another program", "java -cp /x org.example.Main /conf/zoo.cfg"],
    ["a shell that starts it later", `bash -c sleep 5; java ${MAIN}`],
    ["nothing", ""],
  ])("finds no server in %s", (_name, line) => {
    expect(readServerCommand(line)).toBeUndefined();
  });
});

describe("readServerConfig", () => {
  it("takes the servers' defaults where nothing is said", () => {
    expect(readServerConfig("zk1", "dataDir=/data\n")).toEqual({
      tickTimeMs: 3_000,
      minSessionTimeoutMs: 6_000,
      maxSessionTimeoutMs: 60_000,
      clientPort: 2_181,
      dataDir: "/data",
      dataLogDir: "/data",
      dynamicConfigFile: undefined,
      members: [],
    });
  });

  it("reads blanks, comments, and separate folders", () => {
    const text = "# tickTime=1\n tickTime = 700 \ndataDir=/a\ndataLogDir=/b\nclientPort=2281\n";
    const config = readServerConfig("zk1", text);
    expect(config).toMatchObject({ tickTimeMs: 700, dataLogDir: "/b", clientPort: 2_281 });
  });

  it("refuses an ensemble of groups, whose quorums are no majorities", () => {
    expect(() => readServerConfig("zk1", "dataDir=/a\ngroup.1=1:2:3\n")).toThrow(/group\.1/);
  });

  it("says that there is no dataDir", () => {
    expect(() => readServerConfig("zk1", "tickTime=2000\n")).toThrow("zk1: no dataDir");
  });
});

describe("readMembers", () => {
  it("reads every form that a member can be written in", () => {
    const text = [
      "server.1=zoo1:2888:3888",
      "server.2=[fd00::2]:2888:3888:participant;2181",
      "server.30=zoo3:2888:3888:observer;0.0.0.0:2181",
      "version=100000000",
    ].join("\n");
    expect(readMembers(text)).toEqual([
      { id: 1, host: "zoo1", role: "participant" },
      { id: 2, host: "fd00::2", role: "participant" },
      { id: 30, host: "zoo3", role: "observer" },
    ]);
  });
});

describe("inForce", () => {
  it.each([
    ["nothing told", "", {}],
    ["stopped", "stopped a\n", { a: "stopped" }],
    ["stopped, then ended", "stopped a\nended a\n", { a: "ended" }],
    ["ended, then signalled once more", "ended a\nstopped a\n", { a: "ended" }],
    ["ended and started again", "ended a\nundone a\nstopped b\n", { b: "stopped" }],
    ["a line that broke off", "ended a\nstopp", { a: "ended" }],
  ])("%s", (_name, told, expected) => {
    expect(Object.fromEntries(inForce(told))).toEqual(expected);
  });
});
