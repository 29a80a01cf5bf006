/**
 * Finds the ZooKeeper servers of a compose project that somebody started: by the project's label, then
 * by what runs in each container (`top`), its zoo.cfg, and its own answer to `srvr`. It only looks.
 */

import { isAbsolute, join } from "node:path";
import type Dockerode from "dockerode";
import { fourLetterWord, parseSrvr, type Srvr } from "../../../client/four-letter-word.ts";
import { LabError } from "../../../errors.ts";
import { plain } from "../../../report/untrusted.ts";
import { readContainerFile } from "../evidence.ts";
import { execRelay } from "../exec-relay.ts";
import {
  type ConfiguredMember,
  readMembers,
  readServerCommand,
  readServerConfig,
  type ServerCommand,
  type ServerConfig,
} from "./server-process.ts";

const PROJECT = "com.docker.compose.project";
const SERVICE = "com.docker.compose.service";
const SRVR_LIMIT_MS = 3_000;

export interface FoundServer {
  /** `zk3` for server.3: the lab's own name, whatever its service is called. */
  readonly name: string;
  readonly id: number;
  readonly container: Dockerode.Container;
  /** The container's name, e.g. `mine-zoo3-1`. */
  readonly called: string;
  readonly command: ServerCommand;
  readonly config: ServerConfig;
  readonly role: ConfiguredMember["role"];
  /** Undefined where it does not serve at the moment. */
  readonly srvr: Srvr | undefined;
  readonly inspected: Dockerode.ContainerInspectInfo;
}

export interface FoundEnsemble {
  readonly project: string;
  /** By id. */
  readonly servers: readonly FoundServer[];
  /** Members of the configuration whose server does not run in this project. */
  readonly missing: readonly ConfiguredMember[];
}

/** Throws LabError where the project does not exist or has no server that runs. */
export async function findEnsemble(docker: Dockerode, project: string): Promise<FoundEnsemble> {
  const filters = { label: [`${PROJECT}=${project}`] };
  const containers = await docker.listContainers({ all: true, filters });
  if (containers.length === 0) throw await noSuchProject(docker, project);
  const running = containers.filter(({ State }) => State === "running");
  const found = await Promise.all(
    running.map(({ Id, Names, Labels }) => {
      const called = (Names[0] ?? Id.slice(0, 12)).replace(/^\//, "");
      return lookInto(docker.getContainer(Id), called, Labels[SERVICE] ?? called);
    }),
  );
  const servers = found.filter((one) => one !== undefined).sort((a, b) => a.id - b.id);
  const [first] = servers;
  if (first === undefined) {
    const states = containers.map(({ Names, State }) => `${Names[0]?.slice(1)} ${State}`);
    const what = `no ZooKeeper server runs among its containers (${states.join(", ")})`;
    throw new LabError("ensemble", `attach to ${project}: ${what}`, {
      hint: `docker compose -p ${project} up --wait`,
    });
  }
  const twice = servers.find((one, i) => servers[i - 1]?.id === one.id);
  if (twice !== undefined) {
    throw new LabError("ensemble", `attach to ${project}: two servers have the id ${twice.id}`);
  }
  const missing = first.config.members.filter(({ id }) => servers.every((one) => one.id !== id));
  return { project, servers, missing };
}

async function noSuchProject(docker: Dockerode, project: string): Promise<LabError> {
  const all = await docker.listContainers({ all: true, filters: { label: [PROJECT] } });
  const names = [...new Set(all.map(({ Labels }) => Labels[PROJECT] ?? ""))].sort();
  const there = names.length === 0 ? "the engine has none" : `there are ${names.join(", ")}`;
  return new LabError("bad-input", `attach to ${plain(project)}: no such compose project`, {
    hint: `${plain(there)}; \`docker compose ls\` lists those that run`,
  });
}

/** Undefined where no ZooKeeper server runs in it. */
async function lookInto(
  container: Dockerode.Container,
  called: string,
  service: string,
): Promise<FoundServer | undefined> {
  const command = (await commandLines(container)).map(readServerCommand).find(Boolean);
  if (command === undefined) return undefined;
  const inspected = await container.inspect();
  const { WorkingDir: cwd } = inspected.Config;
  const path = (file: string): string => (isAbsolute(file) ? file : join(cwd || "/", file));
  const config = readServerConfig(
    called,
    await readContainerFile(container, path(command.configFile)),
  );
  const members =
    config.dynamicConfigFile === undefined
      ? config.members
      : readMembers(await readContainerFile(container, path(config.dynamicConfigFile)));
  // A server alone needs no id.
  const id =
    members.length === 0
      ? 1
      : Number((await readContainerFile(container, path(join(config.dataDir, "myid")))).trim());
  const role = members.find((member) => member.id === id)?.role ?? "participant";
  return {
    ...{ name: `zk${id}`, id, container, called, command, role, inspected },
    config: {
      ...config,
      members,
      dataDir: path(config.dataDir),
      dataLogDir: path(config.dataLogDir),
    },
    srvr: await ask(container, service, config.clientPort),
  };
}

async function commandLines(container: Dockerode.Container): Promise<readonly string[]> {
  const top = (await container.top({ ps_args: "-o pid,args" })) as {
    readonly Processes: readonly (readonly string[])[];
  };
  return top.Processes.map(([, ...words]) => words.join(" "));
}

async function ask(
  container: Dockerode.Container,
  name: string,
  port: number,
): Promise<Srvr | undefined> {
  try {
    return parseSrvr(
      await fourLetterWord(() => execRelay(container, name, port), "srvr", SRVR_LIMIT_MS),
    );
  } catch {
    return undefined;
  }
}
