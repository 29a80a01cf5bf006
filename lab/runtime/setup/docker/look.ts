/**
 * What there is of Docker: the command line and its compose plugin (asked by running them) and the
 * engine (asked over its socket). Only looks; each question has a limit.
 */

import { succeeded } from "../command.ts";
import { findProgram } from "../java.ts";
import type { Machine } from "../requirements.ts";

const COMMAND_LIMIT_MS = 10_000;
const ENGINE_LIMIT_MS = 3_000;
/** Compose 1 (Python) knows neither profiles by `--wait` nor this compose file. */
const OLDEST_COMPOSE = 2;

export interface Engine {
  /** `20.10.24` */
  readonly version: string;
  /** The newest that it speaks, e.g. `1.52`. */
  readonly apiVersion: string;
  /** The one that is spoken with it, e.g. `1.44`. */
  readonly spokenApi: string;
  readonly cgroupVersion: string;
  /** As the engine's host reports it; the same as ours where we share its kernel. */
  readonly kernel: string;
  readonly operatingSystem: string;
  readonly storage: string;
}

export interface DockerLook {
  /** Path of the `docker` program; undefined where there is none. */
  readonly cli: string | undefined;
  /** Version of `docker compose`; undefined where there is none, or only version 1. */
  readonly compose: string | undefined;
  /** Undefined where no engine answers; then `engineProblem` says in a clause why. */
  readonly engine: Engine | undefined;
  readonly engineProblem: string | undefined;
}

const NOT_ALLOWED = "this user may not use the engine's socket";

/** `API 1.44 of 1.52`: what is spoken, and what could be. */
export function describeApi({ apiVersion, spokenApi }: Engine): string {
  return spokenApi === apiVersion ? `API ${spokenApi}` : `API ${spokenApi} of ${apiVersion}`;
}

/** What to do about what the look did not find; a clause. */
export function remedyOf({ engineProblem }: DockerLook): string {
  if (engineProblem?.startsWith("reach the engine by ssh") === true)
    return "ssh to it must work without a question (keys, known hosts), as for `docker -H ssh://…`";
  // An engine that answers needs no set-up.
  if (engineProblem?.includes("the engine speaks") === true)
    return "use Docker engine 20.10 or later, and leave DOCKER_API_VERSION out";
  return engineProblem === NOT_ALLOWED
    ? "add the user to the group docker (usermod -aG docker USER, then log in again), or be root"
    : "`zklab setup --docker` (as root on Debian or Ubuntu) brings engine and compose";
}

/** Looks at all three at once; some 0.1 s. Never throws. */
export async function lookAtDocker(machine: Machine): Promise<DockerLook> {
  const [programs, engine] = await Promise.all([lookAtPrograms(machine), askEngine(machine.env)]);
  return { ...programs, ...engine };
}

async function lookAtPrograms(machine: Machine): Promise<Pick<DockerLook, "cli" | "compose">> {
  const cli = await findProgram("docker", machine.env);
  if (cli === undefined) return { cli, compose: undefined };
  const options = { timeoutMs: COMMAND_LIMIT_MS, env: machine.env };
  const answer = await machine.run(cli, ["compose", "version", "--short"], options);
  const version = succeeded(answer) ? /v?(\d+\.\d+\.\d+)/.exec(answer.stdout)?.[1] : undefined;
  const recent = version !== undefined && Number.parseInt(version, 10) >= OLDEST_COMPOSE;
  return { cli, compose: recent ? version : undefined };
}

type EngineAnswer = Pick<DockerLook, "engine" | "engineProblem">;

/** dockerode finds the engine as the docker command does, by DOCKER_HOST, else the usual socket. */
async function askEngine(env: NodeJS.ProcessEnv): Promise<EngineAnswer> {
  try {
    const { openEngine, spokenApi } = await import("../../docker/engine.ts");
    const docker = await openEngine({ env, timeoutMs: ENGINE_LIMIT_MS });
    const [version, info] = (await Promise.all([docker.version(), docker.info()])) as [
      { readonly Version: string; readonly ApiVersion: string },
      Readonly<Record<string, unknown>>,
    ];
    const engine: Engine = {
      version: version.Version,
      apiVersion: version.ApiVersion,
      spokenApi: spokenApi(docker) ?? version.ApiVersion,
      cgroupVersion: String(info["CgroupVersion"] ?? "1"),
      kernel: String(info["KernelVersion"] ?? ""),
      operatingSystem: String(info["OperatingSystem"] ?? ""),
      storage: String(info["Driver"] ?? ""),
    };
    return { engine, engineProblem: undefined };
  } catch (error) {
    return { engine: undefined, engineProblem: reasonOf(error) };
  }
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no engine's socket";
  if (code === "ECONNREFUSED") return "the socket is there, but no engine listens";
  if (code === "EACCES") return NOT_ALLOWED;
  return error instanceof Error
    ? (error.message.split("\n")[0] ?? "it does not answer")
    : "unknown";
}
