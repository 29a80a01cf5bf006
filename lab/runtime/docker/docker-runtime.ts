/**
 * The docker runtime: servers by compose, contenders as containers beside them, faults on their
 * processes and network namespaces from the engine's host. What it makes carries its labels, and is
 * removed when it is disposed, by the watchdog when the lab dies, or by the next lab's start.
 */

import { join, relative } from "node:path";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import { packageRoot } from "../../package-root.ts";
import type { NetworkController } from "../network/controller.ts";
import type { ClockReading, LabNode, Runtime, RuntimeServer, ServersSpec } from "../runtime.ts";
import type { Setup } from "../setup/setup.ts";
import type { FoundEnsemble } from "./attach/find.ts";
import { type AttachedServer, attachServer } from "./attach/servers.ts";
import { type HostClock, startHostClock } from "./clock.ts";
import { openEngine } from "./engine.ts";
import { type Guard, startGuard } from "./guard.ts";
import { sharesClock, whyNoNodeNetwork } from "./host-processes.ts";
import type { LabImages } from "./images.ts";
import { LABEL, newRunLabels, type RunLabels } from "./labels.ts";
import { removeDeadRuns, removeRun } from "./leftovers.ts";
import { dockerNetwork } from "./network.ts";
import { DockerNode, type Inhabitant } from "./node.ts";
import { isRoutable } from "./route.ts";
import { type ComposedServers, composeServers } from "./servers.ts";

/** Where the contenders' image has what the lab shows to contenders. */
const INSIDE = {
  code: "/opt/zklab",
  node: "/usr/local/bin/node",
  native: "/opt/native-client",
  curator: "/opt/curator",
};
/** Node's official image has none. */
const JAVA_INSIDE = { host: "/usr/local/bin/java", debian: "/usr/bin/java", registry: undefined };
const LAB_USER = "65534:65534";

/** An ensemble that contenders can be put beside. */
interface Placed extends Pick<ComposedServers, "network" | "down"> {
  readonly servers: readonly { readonly node: LabNode }[];
  /** Somebody else's: taken leave of, not removed. */
  readonly isAttached?: true;
}

export class DockerRuntime implements Runtime {
  readonly name = "docker";
  readonly network: NetworkController;
  readonly #docker: Dockerode;
  readonly #images: LabImages;
  readonly #setup: Setup;
  readonly #labels: RunLabels;
  readonly #guard: Guard;
  readonly #user: string;
  #contenders: DockerNode[] = [];
  #ensembles: Placed[] = [];
  #clock: Promise<HostClock> | undefined;
  #started = 0;

  private constructor(docker: Dockerode, images: LabImages, setup: Setup) {
    this.#docker = docker;
    this.#images = images;
    this.#setup = setup;
    this.#labels = newRunLabels();
    this.#user = userOf();
    this.network = dockerNetwork({
      ...{ docker, images, setup, labels: this.#labels },
      bridgedBy: () => this.#ensembles.at(-1)?.network,
    });
    this.#guard = startGuard(this.#labels[LABEL.run]);
  }

  static async create(images: LabImages, setup: Setup): Promise<DockerRuntime> {
    const docker = await openEngine();
    await removeDeadRuns(docker);
    return new DockerRuntime(docker, images, setup);
  }

  async startServers(spec: ServersSpec): Promise<readonly RuntimeServer[]> {
    this.#started += 1;
    const ensemble = await composeServers(spec, {
      docker: this.#docker,
      project: `zklab-${this.#labels[LABEL.run]}-${this.#started}`,
      image: this.#images.server,
      labels: this.#labels,
      user: this.#user,
    });
    this.#ensembles.push(ensemble);
    return ensemble.servers;
  }

  /** Takes over servers that somebody started; contenders go beside them. They are never removed. */
  async attach(found: FoundEnsemble, directory: string): Promise<readonly AttachedServer[]> {
    const network = sharedNetwork(found);
    const routable = await isRoutable(this.#docker, network);
    const end = new AbortController();
    const addresses = new Set(
      found.servers.map(
        ({ inspected }) => inspected.NetworkSettings.Networks[network]?.IPAddress ?? "",
      ),
    );
    const options = {
      ...{ guard: this.#guard, network, addresses, routable, directory, signal: end.signal },
    };
    const servers = await Promise.all(found.servers.map((one) => attachServer(one, options)));
    const down = async (): Promise<void> => {
      await Promise.all(servers.map((server) => server.restore()));
      end.abort();
    };
    this.#ensembles.push({ servers, network, down, isAttached: true });
    return servers;
  }

  whyNoNodeNetwork(): string | undefined {
    const inhabitant = this.#aServer();
    return inhabitant && whyNoNodeNetwork(inhabitant.container.id, inhabitant.pid);
  }

  #aServer(): Inhabitant | undefined {
    const [server] = this.#ensembles.at(-1)?.servers ?? [];
    return server?.node instanceof DockerNode ? server.node.inhabitant : undefined;
  }

  async readClock(): Promise<ClockReading | undefined> {
    const inhabitant = this.#aServer();
    if (inhabitant === undefined || sharesClock(inhabitant.container.id, inhabitant.pid)) {
      return undefined;
    }
    this.#clock ??= startHostClock(this.#docker, {
      ...{ image: this.#images.contender, node: INSIDE.node, labels: this.#labels },
    });
    return (await this.#clock).read();
  }

  /** Contenders' nodes: each gets its container when its program is started. */
  createNodes(names: readonly string[]): Promise<readonly LabNode[]> {
    const ensemble = this.#ensembles.at(-1);
    if (ensemble === undefined) {
      return Promise.reject(new LabError("environment", "create contenders: there is no ensemble"));
    }
    const nodes = names.map((name) => this.#contenderNode(name, ensemble.network));
    this.#contenders.push(...nodes);
    return Promise.resolve(nodes);
  }

  async removeNodes(nodes: readonly LabNode[]): Promise<void> {
    const leaving = this.#contenders.filter((node) => nodes.includes(node));
    this.#contenders = this.#contenders.filter((node) => !leaving.includes(node));
    await Promise.all(leaving.map((node) => node.remove()));
    const ending = this.#ensembles.filter(({ servers }) =>
      servers.some(({ node }) => nodes.includes(node)),
    );
    this.#ensembles = this.#ensembles.filter((one) => !ending.includes(one));
    // A network goes only when nobody is on it.
    if (ending.length > 0) await this.removeNodes(this.#contenders);
    for (const ensemble of ending) await ensemble.down();
  }

  /** What the contenders' image has of the lab: its code, its programs, what set-up built. */
  expose(path: string): string {
    if (path === process.execPath) return INSIDE.node;
    if (path === this.#setup.nativeClient?.directory) return INSIDE.native;
    if (path === this.#setup.curator?.directory) return INSIDE.curator;
    if (path === this.#setup.zookeeper.java) return this.#java();
    const below = relative(packageRoot(), path);
    if (!below.startsWith("..")) return join(INSIDE.code, below);
    throw new LabError("environment", `show ${path} to containers: it is not in their image`);
  }

  #java(): string {
    const { kind } = this.#images.base;
    const java = JAVA_INSIDE[kind];
    if (java !== undefined) return java;
    throw new LabError("environment", `start a JVM in a contender: the ${kind} image has no java`, {
      hint: "use a base with java: `zklab images --base host`, or --runtime local",
    });
  }

  /** Servers write into volumes of their own, and `fetch` brings what they wrote. */
  makeWritable(): void {}
  reclaim(): void {}

  async [Symbol.asyncDispose](): Promise<void> {
    // What it cannot end ends with the pipe to it.
    await Promise.resolve(this.network[Symbol.asyncDispose]()).catch(() => undefined);
    const attached = this.#ensembles.filter(({ isAttached }) => isAttached === true);
    const left = await Promise.allSettled(attached.map((one) => one.down()));
    // Where a server could not be healed the watchdog tries once more.
    if (left.some(({ status }) => status === "rejected")) return;
    await this.#clock?.then((clock) => clock.close()).catch(() => undefined);
    const removed = await removeRun(this.#docker, this.#labels[LABEL.run]).catch(() => undefined);
    // Where the engine does not answer the watchdog goes on trying, and after it the next lab.
    if (removed !== undefined) await this.#guard.dismiss();
  }

  #contenderNode(name: string, network: string): DockerNode {
    const startPlace = () => {
      this.#started += 1;
      const word = name.replaceAll(/[^A-Za-z0-9_.-]/g, "-");
      return {
        docker: this.#docker,
        image: this.#images.contender,
        name: `zklab-${this.#labels[LABEL.run]}-${word}-${this.#started}`,
        network,
        labels: this.#labels,
        user: this.#user,
      };
    };
    return new DockerNode(name, { routable: false, startPlace });
  }
}

/** An ordinary user may signal only processes of its own id; a lab that is root takes nobody's. */
function userOf(): string {
  const uid = process.getuid?.();
  return uid === undefined || uid === 0 ? LAB_USER : `${uid}:${process.getgid?.() ?? uid}`;
}

/** Where the lab's contenders meet the servers. */
function sharedNetwork({ project, servers }: FoundEnsemble): string {
  const [first, ...others] = servers.map(({ inspected }) =>
    Object.entries(inspected.NetworkSettings.Networks)
      .filter(([, { IPAddress }]) => IPAddress !== "")
      .map(([name]) => name),
  );
  const shared = first?.find((name) => others.every((names) => names.includes(name)));
  if (shared !== undefined) return shared;
  throw new LabError("environment", `attach to ${project}: its servers share no network`, {
    hint: "contenders are put beside the servers; servers on the host's own network have no place beside them",
  });
}
