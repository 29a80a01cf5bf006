/**
 * `zklab setup --docker`: says what is missing and what it will do, asks, does it, and reports what
 * there is then. Where nothing is missing it does nothing. Nothing is upgraded or removed and no
 * package source is touched (apt.ts refuses a plan that would).
 */

import { LabError } from "../../../errors.ts";
import { hasApt, installPackages } from "../apt.ts";
import { thisMachine } from "../requirements.ts";
import type { SetupOptions } from "../setup.ts";
import { fetchComposePlugin } from "./compose-plugin.ts";
import { adoptEngine, startEngine } from "./daemon.ts";
import { type DockerLook, describeApi, lookAtDocker } from "./look.ts";
import { type PackagePlan, planPackages } from "./packages.ts";

export type DockerSetupOptions = Pick<
  SetupOptions,
  "yes" | "interactive" | "env" | "say" | "ask" | "machine"
>;

/** Makes engine and compose available; throws LabError("environment") with what stands in the way. */
export async function ensureDocker(options: DockerSetupOptions): Promise<DockerLook> {
  const machine = options.machine ?? thisMachine(options.env);
  const look = await lookAtDocker(machine);
  if (isComplete(look)) return look;
  const apt = machine.uid === 0 && (await hasApt(machine));
  const plan: PackagePlan = apt
    ? await planPackages(look, machine)
    : { packages: [], composeFromNewer: false };
  const steps = describeSteps(look, plan);
  if (!apt) throw missing(look, "installing it takes root on Debian or Ubuntu");
  options.say(`Docker: ${lacking(look)}; setting it up will`);
  for (const step of steps) options.say(`  - ${step}`);
  if (!(await agreed(options))) throw missing(look, "nobody agreed to setting it up");
  if (plan.packages.length > 0) await installPackages(plan.packages, machine, options.say);
  if (plan.composeFromNewer) {
    options.say(`docker compose is ${await fetchComposePlugin(machine, options.say)}`);
  }
  // Installing the package starts the service where there is a service manager.
  const installed = await lookAtDocker(machine);
  if (installed.engine === undefined) await startEngine(machine, options.say);
  else if (look.engine === undefined) adoptEngine(machine.env);
  const result = await lookAtDocker(machine);
  if (!isComplete(result)) throw missing(result, "it was set up, and still");
  return result;
}

/** One line for people. */
export function describeDocker({ engine, compose }: DockerLook): string {
  if (engine === undefined) return "no Docker engine";
  const { version, cgroupVersion, operatingSystem } = engine;
  return (
    `Docker engine ${version} (${describeApi(engine)}, cgroup v${cgroupVersion}, ${operatingSystem}), ` +
    `compose ${compose ?? "missing"}`
  );
}

function isComplete({ cli, compose, engine }: DockerLook): boolean {
  return cli !== undefined && compose !== undefined && engine !== undefined;
}

function lacking({ cli, compose, engine, engineProblem }: DockerLook): string {
  return [
    ...(engine === undefined ? [`no engine answers (${engineProblem ?? "unknown"})`] : []),
    ...(cli === undefined ? ["there is no docker command"] : []),
    ...(compose === undefined ? ["there is no docker compose 2 or later"] : []),
  ].join(", ");
}

function describeSteps(look: DockerLook, plan: PackagePlan): readonly string[] {
  return [
    ...(plan.packages.length > 0 ? [`install ${plan.packages.join(", ")} with apt-get`] : []),
    ...(plan.composeFromNewer
      ? ["fetch the program docker-compose of a newer Debian, for this user alone"]
      : []),
    ...(look.engine === undefined
      ? ["start the engine (`zklab setup --docker --stop` ends one that was started so)"]
      : []),
  ];
}

async function agreed({ yes, env, interactive, ask }: DockerSetupOptions): Promise<boolean> {
  if (yes || env["ZKLAB_SETUP"] === "yes" || env["CI"] === "true") return true;
  return interactive && (await ask("do this?"));
}

function missing(look: DockerLook, why: string): LabError {
  return new LabError("environment", `set up Docker: ${lacking(look)}: ${why}`, {
    hint: "run `zklab setup --docker --yes` as root on Debian or Ubuntu, or use --runtime local",
  });
}
