/** One member in a container. Its network and its processes are reached from the engine's host. */

import { connect } from "node:net";
import type { Duplex } from "node:stream";
import type Dockerode from "dockerode";
import { LabError } from "../../errors.ts";
import { NodeShell } from "../local/shell.ts";
import type { LabNode, ProcessSpec, ProcessState, StartedProcess } from "../runtime.ts";
import { type ContenderPlace, startAttached } from "./attached-container.ts";
import type { ContainerProcesses } from "./container-processes.ts";
import { engineProcesses } from "./engine-processes.ts";
import { execRelay } from "./exec-relay.ts";
import { execShell } from "./exec-shell.ts";
import { hostProcesses } from "./host-processes.ts";

/** The container behind a node, once there is one. */
export interface Inhabitant {
  readonly container: Dockerode.Container;
  readonly pid: number;
  readonly address: string;
}

export interface DockerNodeOptions {
  /** Whether containers' addresses can be connected to from here. */
  readonly routable: boolean;
  /** For a node whose program the lab starts. */
  readonly startPlace?: () => ContenderPlace;
  readonly inhabitant?: Inhabitant;
  /** Told synchronously before its processes are signalled. */
  readonly onSignal?: (signal: NodeJS.Signals) => void;
  /** Its engine would start it again by itself, unless it is the engine that is asked to end it. */
  readonly restarted?: boolean;
}

export class DockerNode implements LabNode {
  readonly name: string;
  readonly #options: DockerNodeOptions;
  #inhabitant: Inhabitant | undefined;
  #processes: ContainerProcesses | undefined;
  #shell: Promise<NodeShell> | undefined;

  constructor(name: string, options: DockerNodeOptions) {
    this.name = name;
    this.#options = options;
    if (options.inhabitant !== undefined) this.moveIn(options.inhabitant);
  }

  /** Empty before it is started: the engine gives it. */
  get address(): string {
    return this.#inhabitant?.address ?? "";
  }

  get inhabitant(): Inhabitant | undefined {
    return this.#inhabitant;
  }

  async start(spec: ProcessSpec): Promise<StartedProcess> {
    const { startPlace } = this.#options;
    if (startPlace === undefined) {
      throw new LabError(
        "environment",
        `${this.name}: start ${spec.command}: compose starts servers`,
      );
    }
    await this.remove();
    const place = startPlace();
    const started = await startAttached(place, spec);
    const { id, pid, address, stdin, stdout, stderr, exited } = started;
    this.moveIn({ container: place.docker.getContainer(id), pid, address });
    return { pid, stdin, stdout, stderr, exited };
  }

  /** From here on the node is this container, or this start of it. */
  moveIn(inhabitant: Inhabitant): void {
    this.closeShell();
    this.#inhabitant = inhabitant;
    const { container, pid } = inhabitant;
    this.#processes = hostProcesses(container.id, pid) ?? engineProcesses(container);
  }

  async processes(): Promise<readonly ProcessState[]> {
    return (await this.#processes?.processes()) ?? [];
  }

  async signal(signal: NodeJS.Signals): Promise<readonly number[]> {
    if (this.#inhabitant === undefined) return [];
    this.#options.onSignal?.(signal);
    const ends = signal === "SIGKILL" || signal === "SIGTERM";
    const byEngine = ends && this.#options.restarted === true;
    const processes = byEngine ? engineProcesses(this.#inhabitant.container) : this.#processes;
    return (await processes?.signal(signal)) ?? [];
  }

  /**
   * A shell of ours in the container's network namespace where the lab is root, since the container's own
   * processes have no capability; else one in the container, which can look and send but change nothing.
   */
  async shell(line: string): Promise<string> {
    const { container, pid } = this.#demandInhabitant("open a shell");
    const isHere = process.getuid?.() === 0 && hostProcesses(container.id, pid) !== undefined;
    this.#shell ??= isHere
      ? NodeShell.start(this.name, ["nsenter", `--net=/proc/${pid}/ns/net`, "sh"])
      : execShell(container).then((channel) => NodeShell.over(this.name, channel));
    return (await this.#shell).run(line);
  }

  dial(port: number, where: "address" | "loopback" = "address"): Duplex {
    const { container, address } = this.#demandInhabitant(`dial port ${port}`);
    if (where === "loopback" || !this.#options.routable)
      return execRelay(container, this.name, port);
    return connect({ host: address, port, noDelay: true });
  }

  /** Its container and what was opened in it; no error where it is gone already. */
  async remove(): Promise<void> {
    this.closeShell();
    const container = this.#inhabitant?.container;
    this.#inhabitant = undefined;
    this.#processes = undefined;
    await container?.remove({ force: true, v: true }).catch(ignoreGone);
  }

  /** Its namespace would live on in it, and an open one keeps the lab's process from ending. */
  closeShell(): void {
    const shell = this.#shell;
    this.#shell = undefined;
    void shell?.then((open) => open.close()).catch(() => undefined);
  }

  #demandInhabitant(attempted: string): Inhabitant {
    if (this.#inhabitant === undefined) {
      throw new LabError("environment", `${this.name}: ${attempted}: it has no container yet`);
    }
    return this.#inhabitant;
  }
}

function ignoreGone(error: unknown): void {
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status !== 404 && status !== 409) throw error;
}
