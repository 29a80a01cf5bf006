import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { LabError } from "../../lab/errors.ts";
import { isOwnerDead, LABEL, newRunLabels } from "../../lab/runtime/docker/labels.ts";
import { stopEngine } from "../../lab/runtime/setup/docker/daemon.ts";
import { planPackages, readPolicy } from "../../lab/runtime/setup/docker/packages.ts";
import { ensureDocker } from "../../lab/runtime/setup/docker/setup.ts";
import { EXITED_0, FakeMachine } from "../builders/setup-machine.ts";

const NOTHING = {
  ...{ cli: undefined, compose: undefined, engine: undefined },
  engineProblem: "there is no engine's socket",
};
const BOOKWORM = `docker.io:
  Installed: (none)
  Candidate: 20.10.24+dfsg1-1+deb12u1+b6
docker-compose:
  Installed: (none)
  Candidate: 1.29.2-3
`;
const TRIXIE = `docker.io:
  Installed: (none)
  Candidate: 26.1.5+dfsg1-9+b7
docker-cli:
  Installed: (none)
  Candidate: 26.1.5+dfsg1-9+b7
docker-compose:
  Installed: (none)
  Candidate: 2.26.1-4
`;
const UBUNTU = `docker.io:
  Installed: 24.0.7-0ubuntu4
  Candidate: 24.0.7-0ubuntu4
docker-compose-v2:
  Installed: (none)
  Candidate: 2.24.6+ds1-0ubuntu4
docker-compose:
  Installed: (none)
  Candidate: 1.29.2-6
`;

function answering(policy: string): FakeMachine {
  const machine = new FakeMachine().has("apt-get", "apt-cache");
  machine.answer = (program) =>
    program === "apt-cache" ? { ...EXITED_0, stdout: policy } : EXITED_0;
  // Nobody listens there: the engine that may run on this machine is not the test's.
  machine.env["DOCKER_HOST"] = "tcp://127.0.0.1:1";
  return machine;
}

describe("planPackages", () => {
  it.each([
    {
      release: "bookworm, whose compose is version 1",
      policy: BOOKWORM,
      expected: { packages: ["docker.io"], composeFromNewer: true },
    },
    {
      release: "trixie, whose docker command is a package of its own",
      policy: TRIXIE,
      expected: {
        packages: ["docker.io", "docker-cli", "docker-compose"],
        composeFromNewer: false,
      },
    },
    {
      release: "Ubuntu, where the engine is installed and only stopped",
      policy: UBUNTU,
      expected: { packages: ["docker-compose-v2"], composeFromNewer: false },
      cli: "/usr/bin/docker",
    },
  ])("knows $release", async ({ policy, expected, cli }) => {
    using machine = answering(policy);
    expect(await planPackages({ ...NOTHING, cli }, machine)).toEqual(expected);
  });

  it("takes a package without a candidate for none", () => {
    const policy = "docker-compose-v2:\n  Installed: (none)\n  Candidate: (none)\n";
    expect(readPolicy(policy).has("docker-compose-v2")).toBe(false);
  });
});

describe("ensureDocker", () => {
  const options = (machine: FakeMachine, said: string[]) => ({
    ...{ yes: false, interactive: false, env: machine.env, machine },
    say: (line: string) => said.push(line),
    ask: () => Promise.resolve(false),
  });

  it("says what it would do and does nothing until somebody agrees", async () => {
    using machine = answering(BOOKWORM);
    const said: string[] = [];
    await expect(ensureDocker(options(machine, said))).rejects.toThrow(/nobody agreed/);
    expect(said.join("\n")).toContain("install docker.io with apt-get");
    expect(said.join("\n")).toContain("start the engine");
    expect(machine.ran.filter((command) => command.startsWith("apt-get"))).toEqual([]);
  });

  it("does not ask an ordinary user for what only root can do", async () => {
    using machine = answering(BOOKWORM);
    machine.uid = 1000;
    const attempt = ensureDocker(options(machine, []));
    await expect(attempt).rejects.toThrow(/takes root/);
    await expect(attempt).rejects.toBeInstanceOf(LabError);
    expect(machine.ran).toEqual([]);
  });

  it("refuses a plan that would upgrade what is installed", async () => {
    using machine = answering(BOOKWORM);
    const { answer } = machine;
    machine.answer = (program, args, how) =>
      args.includes("-s")
        ? { ...EXITED_0, stdout: "Inst libc6 [2.36-9] (2.41-12 Debian:13)\n" }
        : answer(program, args, how);
    const attempt = ensureDocker({ ...options(machine, []), yes: true });
    await expect(attempt).rejects.toThrow(/would also upgrade or remove libc6/);
    const installs = machine.ran.filter((command) => /^apt-get .*install/.test(command));
    expect(installs.every((command) => command.includes(" -s "))).toBe(true);
  });
});

describe("stopEngine", () => {
  /** The pid of a living process with another start time: the pid was used again. */
  it("ends nothing but the very process that was started", async () => {
    using machine = new FakeMachine();
    const directory = join(machine.env["ZKLAB_CACHE"] ?? "", "engine");
    mkdirSync(directory, { recursive: true });
    const other = { pid: process.pid, start: "1" };
    writeFileSync(
      join(directory, "started.json"),
      JSON.stringify({ engine: other, helpers: [other] }),
    );
    expect(await stopEngine(machine.env)).toBeUndefined();
    expect(await stopEngine(machine.env)).toBeUndefined();
  });
});

describe("the owner of containers", () => {
  const owner = newRunLabels()[LABEL.owner];
  const parts = owner.split("/");
  const changed = (index: number, to: string): string =>
    parts.map((part, i) => (i === index ? to : part)).join("/");

  it.each([
    { who: "this process", text: owner, dead: false },
    {
      who: "a process of this pid that started at another time",
      text: changed(3, "1"),
      dead: true,
    },
    { who: "a process of an earlier boot", text: changed(1, "another-boot"), dead: true },
    { who: "another machine's process", text: changed(0, "another-host"), dead: false },
    { who: "nobody: started by hand", text: "", dead: false },
    { who: "unlabelled", text: undefined, dead: false },
    { who: "something that no lab writes", text: "a/b", dead: false },
  ])("is dead only where that is certain: $who", ({ text, dead }) => {
    expect(isOwnerDead(text)).toBe(dead);
  });
});
