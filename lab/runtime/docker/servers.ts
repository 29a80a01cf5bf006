/**
 * The ensemble in containers: the top-level docker-compose.yml, the very file that works by hand,
 * brought up through testcontainers with the variables that it names.
 */

import { join } from "node:path";
import { Writable } from "node:stream";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import { FILES } from "../../evidence/run-directory.ts";
import { packageRoot } from "../../package-root.ts";
import type { RuntimeServer, ServersSpec, StartedProcess } from "../runtime.ts";
import { exitOf, loadTestcontainers } from "./attached-container.ts";
import { fetchFolder, followLog } from "./evidence.ts";
import { LABEL, type RunLabels } from "./labels.ts";
import { removeLabelled } from "./leftovers.ts";
import { DockerNode, type Inhabitant } from "./node.ts";
import { isRoutable } from "./route.ts";

const SERVERS_MIN = 3;
const SERVERS_MAX = 5;
const START_LIMIT_MS = 60_000;

export interface ComposeOptions {
  readonly docker: Dockerode;
  /** Unique on the engine: `zklab-0123456789-1`. */
  readonly project: string;
  readonly image: string;
  readonly labels: RunLabels;
  readonly user: string;
}

interface ComposedServer extends RuntimeServer {
  readonly node: DockerNode;
}

export interface ComposedServers {
  readonly servers: readonly ComposedServer[];
  readonly network: string;
  /** Containers, network and volumes; contenders must have left the network. */
  down(): Promise<void>;
}

export async function composeServers(
  spec: ServersSpec,
  options: ComposeOptions,
): Promise<ComposedServers> {
  if (spec.count !== SERVERS_MIN && spec.count !== SERVERS_MAX) {
    throw new LabError("bad-input", `compose ${spec.count} servers: the file has 3, or 5`, {
      hint: "set `servers: 3` or `servers: 5`, or use --runtime local",
    });
  }
  const { DockerComposeEnvironment, StartupCheckStrategy } = await loadTestcontainers();
  class Started extends StartupCheckStrategy {
    override checkStartupState(): Promise<"SUCCESS"> {
      return Promise.resolve("SUCCESS");
    }
  }
  const names = Array.from({ length: spec.count }, (_, i) => `zk${i + 1}`);
  const environment = new DockerComposeEnvironment(packageRoot(), "docker-compose.yml")
    .withProjectName(options.project)
    .withAutoCleanup(false)
    .withDefaultWaitStrategy(new Started())
    .withStartupTimeout(START_LIMIT_MS)
    .withProfiles(...(spec.count === SERVERS_MAX ? ["five"] : []))
    .withEnvironment(variables(spec, options));
  const started = await environment.up(names).catch((cause: unknown) => {
    throw new LabError("ensemble", `bring up the servers of ${options.project} by compose`, {
      hint: "run `zklab doctor`",
      cause,
    });
  });
  const network = `${options.project}_lab`;
  const routable = await isRoutable(options.docker, network);
  const servers = await Promise.all(
    names.map((name, i) =>
      serverOf(started.getContainer(`${name}-1`).getId(), {
        ...{ name, id: i + 1, network, routable, directory: join(spec.directory, name) },
        ...options,
      }),
    ),
  );
  return {
    servers,
    network,
    down: async () => {
      for (const { node } of servers) node.closeShell();
      // As `compose down -v -t 0`, by the engine's API: all at once, and without its command's start.
      await removeLabelled(options.docker, `com.docker.compose.project=${options.project}`);
    },
  };
}

function variables(spec: ServersSpec, options: ComposeOptions): Record<string, string> {
  const anyPort = Array.from({ length: SERVERS_MAX }, (_, i) => [`ZKLAB_PORT_${i + 1}`, "0"]);
  const properties = Object.entries(spec.properties).map(([name, value]) => `${name}=${value}`);
  return {
    ZKLAB_SERVER_IMAGE: options.image,
    ZKLAB_SERVERS: String(spec.count),
    ZKLAB_TICK_TIME_MS: String(spec.settings.tickTimeMs),
    ZKLAB_INIT_LIMIT: String(spec.settings.initLimit),
    ZKLAB_SYNC_LIMIT: String(spec.settings.syncLimit),
    ZKLAB_PROPERTIES: properties.join("\n"),
    ZKLAB_ADMIN_SERVER: "false",
    ZKLAB_JDWP: String(spec.debugged),
    // The lab asks srvr itself; an exec twice a second and server would only disturb what it measures.
    ZKLAB_NO_HEALTHCHECK: "true",
    ZKLAB_USER: options.user,
    ZKLAB_RUN: options.labels[LABEL.run],
    ZKLAB_OWNER: options.labels[LABEL.owner],
    ZKLAB_STARTED: options.labels[LABEL.started],
    ...(Object.fromEntries(anyPort) as Record<string, string>),
  };
}

interface ServerPlace extends ComposeOptions {
  readonly name: string;
  readonly id: number;
  readonly network: string;
  readonly routable: boolean;
  readonly directory: string;
}

async function serverOf(containerId: string, place: ServerPlace): Promise<ComposedServer> {
  const container = place.docker.getContainer(containerId);
  const { name, id, directory, routable } = place;
  const inhabitant = await lookIn(container, place.network);
  const node = new DockerNode(name, { routable, inhabitant });
  const follow = async (since: string): Promise<StartedProcess> => {
    const file = join(directory, FILES.serverLog);
    const logEnded = await followLog(container, file, { since });
    const { pid } = await lookIn(container, place.network);
    const exited = exitOf(container, pid).then(async (exit) => {
      await logEnded();
      return exit;
    });
    const stdin = new Writable({ write: (_chunk, _encoding, done) => done() });
    return { pid, stdin, stdout: undefined, stderr: undefined, exited };
  };
  const start = async (): Promise<StartedProcess> => {
    await container.start();
    const now = await lookIn(container, place.network);
    // The engine gives the lowest address that is free; clients know the servers by theirs.
    if (now.address !== inhabitant.address) {
      const found = `it was ${inhabitant.address} and came back as ${now.address}`;
      throw new LabError("ensemble", `start ${name} again at its address: ${found}`, {
        hint: "where several servers are down, start the one with the lowest number first",
      });
    }
    node.moveIn(now);
    return follow(now.startedAt);
  };
  const fetch = (): Promise<void> => fetchFolder(container, "/data", directory);
  return { name, id, node, process: await follow("0"), dataDir: directory, start, fetch };
}

/** Where a running container is now: its process, its address on the network, when it was started. */
export async function lookIn(
  container: Dockerode.Container,
  network: string,
): Promise<Inhabitant & { readonly startedAt: string }> {
  const { State, NetworkSettings } = await container.inspect();
  const address = NetworkSettings.Networks[network]?.IPAddress ?? "";
  const startedAt = (Date.parse(State.StartedAt) / 1000).toFixed(3);
  return { container, pid: State.Pid, address, startedAt };
}
