import { createServer, type Server } from "node:http";
import { release } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { LabError } from "../../lab/errors.ts";
import { chooseRuntime } from "../../lab/runtime/choose.ts";
import { loadScenario } from "../../lab/scenario/load.ts";
import { EXITED_0, FakeMachine, MISSING } from "../builders/setup-machine.ts";

const GC_PAUSE = loadScenario("gc-pause").scenario;
const [NAIVE] = Object.values(GC_PAUSE.groups);

let engine: Server | undefined;
afterEach(() => {
  engine?.close();
  engine = undefined;
});

/** A machine with docker and compose, and what answers `version` and `info` of this host's kernel. */
async function machineWith(about: {
  kernel?: string;
  compose?: boolean;
  engine?: boolean;
}): Promise<FakeMachine> {
  const machine = new FakeMachine().has("docker");
  const compose = about.compose === false ? MISSING : { ...EXITED_0, stdout: "2.26.1\n" };
  machine.answer = () => compose;
  const socket = join(machine.directory, "docker.sock");
  machine.env["DOCKER_HOST"] = `unix://${socket}`;
  if (about.engine === false) return machine;
  const said = {
    Version: "20.10.24",
    ApiVersion: "1.41",
    KernelVersion: about.kernel ?? release(),
  };
  engine = createServer((_, answer) => {
    answer.setHeader("Content-Type", "application/json").end(JSON.stringify(said));
  });
  await new Promise<void>((listening) => engine?.listen(socket, listening));
  return machine;
}

describe("chooseRuntime", () => {
  it.each([
    { name: "an engine answers", about: {}, gets: "docker", why: "an engine answers" },
    {
      name: "none does",
      about: { engine: false },
      gets: "local",
      why: "there is no engine's socket",
    },
    {
      name: "there is no compose",
      about: { compose: false },
      gets: "local",
      why: "there is no docker compose 2 or later",
    },
    {
      name: "the engine has another kernel",
      about: { kernel: "0.0.0-elsewhere" },
      gets: "local",
      why: "the engine's host is another machine",
    },
  ])("takes $gets where $name, and says why", async ({ about, gets, why }) => {
    using machine = await machineWith(about);
    const choice = await chooseRuntime(undefined, [GC_PAUSE], machine);
    expect(choice).toMatchObject({ name: gets, why });
  });

  it.each([
    {
      name: "an ensemble of one",
      scenario: { ...GC_PAUSE, servers: 1 } as typeof GC_PAUSE,
      why: /gc-pause wants 1 server\(s\), compose has 3 or 5/,
    },
    {
      name: "a program of this machine",
      scenario: {
        ...GC_PAUSE,
        groups: { naive: { ...NAIVE, command: ["/usr/bin/java", "Mine"] } },
      } as typeof GC_PAUSE,
      why: /gc-pause starts a program of this machine/,
    },
  ])("takes local for $name, though an engine answers", async ({ scenario, why }) => {
    using machine = await machineWith({});
    const choice = await chooseRuntime(undefined, [GC_PAUSE, scenario], machine);
    expect(choice).toMatchObject({ name: "local", why: expect.stringMatching(why) });
  });

  it("takes what is asked for, and refuses docker where none answers", async () => {
    using machine = await machineWith({ engine: false });
    expect(await chooseRuntime("local", [GC_PAUSE], machine)).toMatchObject({ why: "asked for" });
    const refused = await chooseRuntime("docker", [GC_PAUSE], machine).catch((e: unknown) => e);
    expect(refused).toBeInstanceOf(LabError);
    expect(refused).toMatchObject({
      code: "environment",
      hint: expect.stringMatching(/setup --docker/),
    });
  });
});
