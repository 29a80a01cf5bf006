/**
 * What there is for the docker runtime. Advice only: without it the lab runs locally. Each probe is
 * bounded, the registry's too: a machine without a route would wait 20 s for its name server.
 */

import { release } from "node:os";
import { reachesRegistry } from "../docker/registry-probe.ts";
import {
  type DockerLook,
  describeApi,
  type Engine,
  lookAtDocker,
  remedyOf,
} from "./docker/look.ts";
import type { Machine, Requirement } from "./requirements.ts";

const SET_UP = "`zklab setup --docker` (as root on Debian or Ubuntu)";

export async function checkDocker(machine: Machine): Promise<readonly Requirement[]> {
  const look = await lookAtDocker(machine);
  const { engine, engineProblem } = look;
  const found =
    engine === undefined
      ? undefined
      : `${engine.version}, ${describeApi(engine)}, ${engine.storage}, ${engine.operatingSystem}`;
  const list = [
    advice("docker engine", "servers and contenders in containers", found, {
      ok: engine !== undefined,
      remedy: `${engineProblem ?? ""}: ${remedyOf(look)}`,
    }),
    composeAdvice(look),
  ];
  if (engine === undefined) return list;
  return [
    ...list,
    advice("docker cgroups", "freezing a container", `version ${engine.cgroupVersion}`),
    signalAdvice(engine, machine),
    cutAdvice(engine, machine),
    await registryAdvice(machine),
  ];
}

function composeAdvice({ cli, compose }: DockerLook): Requirement {
  const found = compose ?? (cli === undefined ? undefined : `${cli} has no compose 2 or later`);
  return advice("docker compose", "the ensemble in containers", found, {
    ok: compose !== undefined,
    remedy: SET_UP,
  });
}

/** Whether the engine's host is this machine: its kernel is ours, and no address stands between. */
function isHere(engine: Engine, { env, platform }: Machine): boolean {
  const remote = /^(tcp|ssh|https?):/.test(env["DOCKER_HOST"] ?? "");
  return platform === "linux" && !remote && engine.kernel === release();
}

/** Processes of containers are ours to signal where we share the engine's kernel and the user fits. */
function signalAdvice(engine: Engine, machine: Machine): Requirement {
  const here = isHere(engine, machine);
  const who = machine.uid === 0 ? "all of them, as root" : "the lab's own, which run as this user";
  return advice(
    "docker signals",
    "stopping a container's processes within milliseconds",
    here ? `by host pid, ${who}` : "only through the engine: its host is another machine",
    { ok: here, remedy: "use an engine on this Linux machine for precise pauses" },
  );
}

/** A cut stands on the engine's bridges: set from here where the lab is root, else from a container. */
function cutAdvice(engine: Engine, machine: Machine): Requirement {
  const direct = isHere(engine, machine) && machine.uid === 0;
  return advice(
    "docker partitions",
    "cutting containers off from each other",
    direct
      ? "by nft on this host, as root"
      : "by nft in one helper container (no capability but NET_ADMIN)",
  );
}

async function registryAdvice({ env }: Machine): Promise<Requirement> {
  const answer = await reachesRegistry(env);
  return advice("image registry", "the official images as a base", answer.found, {
    ok: answer.ok,
    remedy: "none needed: `zklab images` makes a base from this machine or from Debian's packages",
  });
}

function advice(
  name: string,
  neededFor: string,
  found: string | undefined,
  { ok, remedy }: { ok: boolean; remedy: string } = { ok: true, remedy: "" },
): Requirement {
  return { name, neededFor, found, ok, remedy, packages: [], kind: "advice" };
}
