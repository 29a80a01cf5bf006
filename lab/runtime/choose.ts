/**
 * Which runtime a run gets where nobody asked for one: containers where an engine answers and all that
 * the scenarios want can be had there, else this machine's own namespaces. Always said, with the reason.
 */

import { release } from "node:os";
import { isAbsolute } from "node:path";
import { LabError } from "../errors.ts";
import type { Scenario } from "../scenario/schema.ts";
import { type DockerLook, type Engine, lookAtDocker, remedyOf } from "./setup/docker/look.ts";
import { type Machine, thisMachine } from "./setup/requirements.ts";

export type RuntimeName = "local" | "docker";

export interface RuntimeChoice {
  readonly name: RuntimeName;
  /** In a clause: `an engine answers`, `asked for`. */
  readonly why: string;
  /** What was found of Docker, where it was looked for. */
  readonly look: DockerLook | undefined;
}

/** docker-compose.yml has three servers, and two more by a profile. */
const COMPOSED = [3, 5];

/** Throws LabError("environment") where docker is asked for and there is none. */
export async function chooseRuntime(
  asked: RuntimeName | undefined,
  scenarios: readonly Scenario[],
  machine: Machine = thisMachine(),
): Promise<RuntimeChoice> {
  if (asked === "local") return { name: "local", why: "asked for", look: undefined };
  const look = await lookAtDocker(machine);
  const problem = engineProblem(look);
  if (asked === "docker") {
    if (problem === undefined) return { name: "docker", why: "asked for", look };
    throw new LabError("environment", `run in containers: ${problem}`, {
      hint: `${remedyOf(look)}; --runtime local does without`,
    });
  }
  const against = problem ?? elsewhere(look.engine, machine) ?? unfit(scenarios);
  return against === undefined
    ? { name: "docker", why: "an engine answers", look }
    : { name: "local", why: against, look };
}

function engineProblem({ engine, engineProblem: why, compose }: DockerLook): string | undefined {
  if (engine === undefined) return why ?? "no engine answers";
  return compose === undefined ? "there is no docker compose 2 or later" : undefined;
}

/** An engine on another machine costs precision: nobody gets that without asking for it. */
function elsewhere(engine: Engine | undefined, { platform }: Machine): string | undefined {
  // Where there is no other runtime it is better than none.
  if (platform !== "linux" || engine?.kernel === release()) return undefined;
  return "the engine's host is another machine";
}

function unfit(scenarios: readonly Scenario[]): string | undefined {
  for (const { name, servers, groups } of scenarios) {
    if (!COMPOSED.includes(servers))
      return `${name} wants ${servers} server(s), compose has 3 or 5`;
    const own = Object.values(groups).find(({ command }) => command?.some(isAbsolute));
    if (own !== undefined) return `${name} starts a program of this machine`;
  }
  return undefined;
}
