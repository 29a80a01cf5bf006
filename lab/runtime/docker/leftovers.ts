/** Removing what a run owns, by its labels alone: containers first, then what they hold on to. */

import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import { engineProcesses } from "./engine-processes.ts";
import type { Deed } from "./guard.ts";
import { hostProcesses } from "./host-processes.ts";
import { isOwnerDead, LABEL } from "./labels.ts";
import { removeTable } from "./network.ts";

export interface Removed {
  readonly containers: number;
  readonly networks: number;
  readonly volumes: number;
}

/** Ends the run's cuts, and continues every process of its containers that somebody stopped. */
export async function healRun(docker: Dockerode, run: string): Promise<void> {
  const containers = await docker.listContainers({ filters: { label: [`${LABEL.run}=${run}`] } });
  await Promise.all([
    removeTable(run),
    ...containers.map(({ Id, Labels }) => {
      const container = docker.getContainer(Id);
      // It ends by itself when the lab's pipe closes; the watchdog does not rely on that.
      const isHelper = Labels[LABEL.network] !== undefined;
      return isHelper ? container.remove({ force: true }) : resume(container);
    }),
  ]);
}

/** Undoes what was done to a container that is not the lab's. */
export async function undo(container: Dockerode.Container, deed: Deed): Promise<void> {
  const { State } = await container.inspect();
  if (State.Running) await resume(container);
  else if (deed === "ended") await container.start();
}

/** Continues every process of a container, however it was stopped. */
export async function resume(container: Dockerode.Container): Promise<void> {
  const { State } = await container.inspect();
  // An engine that freezes has no process to signal.
  const byHost = State.Paused ? undefined : hostProcesses(container.id, State.Pid);
  await (byHost ?? engineProcesses(container)).signal("SIGCONT");
}

/** Removes all that carries this run's label; safe where nothing is left. */
export function removeRun(docker: Dockerode, run: string): Promise<Removed> {
  return removeLabelled(docker, `${LABEL.run}=${run}`);
}

/** Removes all that carries this label, `name=value`. Tries each, then throws one error. */
export async function removeLabelled(docker: Dockerode, label: string): Promise<Removed> {
  const filters = { label: [label] };
  const containers = await docker.listContainers({ all: true, filters });
  const failures: unknown[] = [];
  const each = <T>(items: readonly T[], remove: (item: T) => Promise<unknown>) =>
    Promise.all(items.map((item) => remove(item).catch((error: unknown) => keep(failures, error))));
  await each(containers, ({ Id }) => docker.getContainer(Id).remove({ force: true, v: true }));
  const networks = await docker.listNetworks({ filters });
  await each(networks, ({ Id }) => removeNetwork(docker.getNetwork(Id)));
  const { Volumes: volumes } = await docker.listVolumes({ filters });
  await each(volumes ?? [], ({ Name }) => docker.getVolume(Name).remove());
  if (failures.length > 0) {
    const found = failures.join("; ");
    throw new LabError("environment", `remove the containers with ${label}: ${found}`, {
      hint: `docker ps -a --filter label=${label}`,
    });
  }
  const counts = [containers.length, networks.length, (volumes ?? []).length] as const;
  return { containers: counts[0], networks: counts[1], volumes: counts[2] };
}

/** An engine that failed meanwhile may hold on to the address of a container that it has no more. */
async function removeNetwork(network: Dockerode.Network): Promise<void> {
  try {
    await network.remove();
  } catch (error) {
    if (!/active endpoints/.test(String(error))) throw error;
    const { Containers } = (await network.inspect()) as { Containers?: Record<string, unknown> };
    for (const Container of Object.keys(Containers ?? {})) {
      await network.disconnect({ Container, Force: true });
    }
    await network.remove();
  }
}

/** Runs whose owner was on this machine and is gone: removed, and named. Nothing else is touched. */
export async function removeDeadRuns(docker: Dockerode): Promise<readonly string[]> {
  const filters = { label: [LABEL.owner] };
  const [containers, networks, { Volumes: volumes }] = await Promise.all([
    docker.listContainers({ all: true, filters }),
    docker.listNetworks({ filters }),
    docker.listVolumes({ filters }),
  ]);
  const labels = [...containers, ...networks, ...(volumes ?? [])].map((one) => one.Labels ?? {});
  const dead = new Set(
    labels.flatMap((one) => (isOwnerDead(one[LABEL.owner]) ? [one[LABEL.run] ?? ""] : [])),
  );
  dead.delete("");
  for (const run of dead) await removeRun(docker, run);
  return [...dead];
}

/** Another clean-up (the watchdog, a second lab) may be at it: what is gone or going is fine. */
function keep(failures: unknown[], error: unknown): void {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  const inProgress = /already in progress/.test(String(error));
  if (status !== 404 && !inProgress) failures.push(error);
}
