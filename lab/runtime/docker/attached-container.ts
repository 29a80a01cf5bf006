/**
 * A contender's container: testcontainers' GenericContainer with stdin open (it has no option for
 * that) and attached to before it starts, since what it prints first would be lost otherwise.
 */

import { PassThrough, type Readable, type Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import { startTimeOf } from "../process-identity.ts";
import type { ProcessExit, ProcessSpec } from "../runtime.ts";
import { reachable } from "./engine.ts";
import { isHere } from "./host-processes.ts";
import { hasImage } from "./image/build.ts";
import type { RunLabels } from "./labels.ts";

const MEMORY_BYTES = 256 * 1024 * 1024;
const PIDS_MAX = 100;
const KILLED = 137;
const LOOK_MS = 250;
const TELL_LIMIT_MS = 3_000;
const ASK_MS = 1_000;
const SILENT_LOOKS_MAX = 3;

export interface ContenderPlace {
  readonly docker: Dockerode;
  readonly image: string;
  readonly name: string;
  readonly network: string;
  readonly labels: RunLabels;
  readonly user: string;
}

export interface AttachedContainer {
  readonly id: string;
  readonly pid: number;
  readonly address: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  readonly exited: Promise<ProcessExit>;
}

export async function startAttached(
  place: ContenderPlace,
  spec: ProcessSpec,
): Promise<AttachedContainer> {
  const { GenericContainer, StartupCheckStrategy } = await loadTestcontainers();
  const streams = { stdout: new PassThrough(), stderr: new PassThrough() };
  let stdin: Writable | undefined;

  /** Starting is all that is waited for; the lab waits for the contender's session by itself. */
  class Started extends StartupCheckStrategy {
    override checkStartupState(): Promise<"SUCCESS"> {
      return Promise.resolve("SUCCESS");
    }
  }

  class Attached extends GenericContainer {
    /** testcontainers has no options for these. */
    open(): this {
      this.createOpts = { ...this.createOpts, OpenStdin: true, StdinOnce: true, AttachStdin: true };
      const limits = { Memory: MEMORY_BYTES, PidsLimit: PIDS_MAX, Init: false };
      this.hostConfig = { ...this.hostConfig, ...limits };
      return this;
    }

    protected override async containerCreated(id: string): Promise<void> {
      const stream = await place.docker
        .getContainer(id)
        .attach({ stream: true, stdin: true, stdout: true, stderr: true, hijack: true });
      // Writing to a contender that has just died is no error of the lab's.
      stream.on("error", () => undefined);
      place.docker.modem.demuxStream(stream, streams.stdout, streams.stderr);
      stream.once("close", () => endBoth(streams));
      stream.once("end", () => endBoth(streams));
      // The declared type knows less than the socket that it is.
      stdin = stream as unknown as Writable;
    }
  }

  const container = new Attached(place.image)
    .open()
    .withName(place.name)
    .withAutoCleanup(false)
    .withWaitStrategy(new Started())
    .withEntrypoint([spec.command])
    .withCommand([...spec.args])
    .withEnvironment({ ...spec.env })
    .withLabels({ ...place.labels })
    .withNetworkMode(place.network)
    .withUser(place.user)
    .withDroppedCapabilities("ALL")
    .withSecurityOpt("no-new-privileges:true");
  const started = await container.start().catch(async (cause: unknown) => {
    // testcontainers tries to pull it then, and would name a registry as the reason.
    const there = await hasImage(place.docker, place.image).catch(() => true);
    const told = cause instanceof Error ? cause.message.split("\n")[0] : String(cause);
    const found = there ? told : "the engine does not have this image, or no longer";
    const attempted = `start container ${place.name} of ${place.image}`;
    throw new LabError("environment", `${attempted}: ${found}`, {
      hint: "`zklab images` makes the images anew, `zklab doctor` looks at the engine",
      cause,
    });
  });
  const handle = place.docker.getContainer(started.getId());
  const { State, NetworkSettings } = await handle.inspect();
  if (stdin === undefined) throw new Error("bug in zklab: testcontainers skipped containerCreated");
  return {
    id: handle.id,
    pid: State.Pid,
    address: NetworkSettings.Networks[place.network]?.IPAddress ?? "",
    stdin,
    ...streams,
    exited: exitOf(handle, State.Pid),
  };
}

/** Ryuk cannot be had without a registry and would be a second owner: the lab has a watchdog. */
export async function loadTestcontainers(): Promise<typeof import("testcontainers")> {
  process.env["TESTCONTAINERS_RYUK_DISABLED"] = "true";
  // Neither it nor the compose that it starts needs to know about ssh.
  const host = await reachable(process.env["DOCKER_HOST"]);
  if (host !== undefined) process.env["DOCKER_HOST"] = host;
  return import("testcontainers");
}

/**
 * How a container ended. The engine tells; where it dies meanwhile its answer never comes (dockerode
 * waits for the end of a body that broke off), so the process itself is looked at, too. After the
 * signal nobody is asked any more, and a process that lives on keeps nothing waiting.
 */
export async function exitOf(
  container: Dockerode.Container,
  pid: number,
  signal?: AbortSignal,
): Promise<ProcessExit> {
  const unknown: ProcessExit = { code: null, signal: "SIGKILL" };
  const waiting = container.wait(signal === undefined ? {} : { abortSignal: signal });
  const told = (waiting as Promise<{ readonly StatusCode: number }>).then(
    ({ StatusCode: code }) => (code === KILLED ? unknown : { code, signal: null }),
    () => undefined,
  );
  const gone = async (): Promise<ProcessExit> => {
    await (isHere(container.id, pid) ? untilGone(pid) : untilEnded(container, signal));
    // It is gone; the engine has a while to say how.
    await delay(TELL_LIMIT_MS, undefined, { ref: false });
    return unknown;
  };
  const first = await Promise.race([told, gone()]);
  return first ?? gone();
}

async function untilGone(pid: number): Promise<void> {
  const start = startTimeOf(pid);
  while (start !== undefined && startTimeOf(pid) === start) {
    await delay(LOOK_MS, undefined, { ref: false });
  }
}

/** By the engine's word; an engine that gives none any more has ended, or nobody can know. */
async function untilEnded(
  container: Dockerode.Container,
  signal: AbortSignal | undefined,
): Promise<void> {
  for (let silent = 0; silent < SILENT_LOOKS_MAX && signal?.aborted !== true; ) {
    const seen = await container.inspect().catch(() => undefined);
    if (seen?.State.Running === false) return;
    silent = seen === undefined ? silent + 1 : 0;
    await delay(ASK_MS, undefined, { ref: false });
  }
}

function endBoth({ stdout, stderr }: { stdout: PassThrough; stderr: PassThrough }): void {
  stdout.end();
  stderr.end();
}
