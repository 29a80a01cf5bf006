/**
 * An engine of one test's own, to be starved, filled and killed: its state on a tmpfs of a given size
 * that nobody else sees, its bridges and firewall in a network namespace of its own. Labs that use it
 * are started in that namespace. The machine's engine knows nothing of it.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { childrenOf } from "../../lab/runtime/process-identity.ts";
import { docker } from "./engine.ts";
import { until } from "./wait.ts";

const ANSWER_LIMIT_MS = 30_000;
const END_LIMIT_MS = 30_000;

export class PrivateEngine implements AsyncDisposable {
  readonly #directory: string;
  readonly #keeper: ChildProcess;
  #daemon: ChildProcess | undefined;

  private constructor(directory: string, keeper: ChildProcess) {
    this.#directory = directory;
    this.#keeper = keeper;
  }

  /** `size` as tmpfs takes it, e.g. `2g`: what its images, containers and volumes may use. */
  static async start(directory: string, size: string): Promise<PrivateEngine> {
    for (const name of ["data", "exec"]) mkdirSync(join(directory, name), { recursive: true });
    const mounts = [
      "ip link set lo up",
      `mount -t tmpfs -o size=${size} tmpfs ${join(directory, "data")}`,
      "mkdir -p /run/docker",
      "mount -t tmpfs tmpfs /run/docker",
    ];
    // It holds the namespaces, so that the engine can end and come back to the same data.
    const script = `set -e; ${mounts.join("; ")}; echo ready; exec cat`;
    const keeper = spawn(
      "unshare",
      ["--net", "--mount", "--propagation", "private", "--", "sh", "-c", script],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    const engine = new PrivateEngine(directory, keeper);
    let said = "";
    keeper.stdout?.setEncoding("utf8").on("data", (text: string) => {
      said += text;
    });
    const ready = () => (said.includes("ready") ? true : undefined);
    await until("the engine's namespaces", ANSWER_LIMIT_MS, ready, () => keeper.exitCode);
    await engine.run();
    return engine;
  }

  /** Environment of whatever is to use this engine. */
  get env(): { readonly DOCKER_HOST: string } {
    return { DOCKER_HOST: `unix://${join(this.#directory, "docker.sock")}` };
  }

  /** In front of a command that must reach the containers' addresses. */
  get through(): readonly string[] {
    return ["nsenter", `--net=/proc/${this.#keeper.pid}/ns/net`, "--"];
  }

  /** The engine's own program, in its namespaces. */
  async run(): Promise<void> {
    const path = (name: string): string => join(this.#directory, name);
    const flags = ["--data-root", path("data"), "--exec-root", path("exec")];
    const files = ["--pidfile", path("pid"), "--host", `unix://${path("docker.sock")}`];
    rmSync(path("pid"), { force: true });
    this.#daemon = spawn(
      "nsenter",
      [
        ...[`--net=/proc/${this.#keeper.pid}/ns/net`, `--mount=/proc/${this.#keeper.pid}/ns/mnt`],
        ...["--", "dockerd", "--shutdown-timeout", "1", ...flags, ...files],
      ],
      { stdio: "ignore", detached: true },
    );
    const answers = () =>
      spawnSync("docker", ["info"], { env: { ...process.env, ...this.env } }).status === 0
        ? true
        : undefined;
    await until("the engine to answer", ANSWER_LIMIT_MS, answers, () => this.#daemon?.exitCode);
  }

  /** As a service manager ends it: its containers end with it. */
  async stop(): Promise<void> {
    const { pid } = this.#daemon ?? {};
    if (pid === undefined) return;
    const all = [pid, ...childrenOf(pid)];
    process.kill(pid, "SIGTERM");
    const gone = () => (all.some((one) => existsSync(`/proc/${one}`)) ? undefined : true);
    await until("the engine to end", END_LIMIT_MS, gone, () => all.join(" "));
    this.#daemon = undefined;
  }

  /** Leaves no byte free where its images, containers and volumes are. */
  fill(): void {
    const file = join(this.#directory, "data", "filler");
    const inside = `--mount=/proc/${this.#keeper.pid}/ns/mnt`;
    spawnSync("nsenter", [inside, "--", "dd", "if=/dev/zero", `of=${file}`, "bs=64k"]);
  }

  /** Undoes `fill`. */
  makeRoom(): void {
    const file = join(this.#directory, "data", "filler");
    spawnSync("nsenter", [`--mount=/proc/${this.#keeper.pid}/ns/mnt`, "--", "rm", "-f", file]);
  }

  docker(args: readonly string[]): string {
    return docker(args, this.env);
  }

  /** Containers, networks and volumes of labs: what `down` must have removed. */
  left(): readonly string[] {
    const filter = ["-q", "--filter", "label=zklab.owner"];
    const lists = [
      ["ps", "-a"],
      ["network", "ls"],
      ["volume", "ls"],
    ];
    return lists.flatMap((list) =>
      this.docker([...list, ...filter])
        .split("\n")
        .filter(Boolean),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop();
    this.#keeper.kill("SIGKILL");
    const gone = () => ((this.#keeper.exitCode ?? this.#keeper.signalCode) ? true : undefined);
    await until("the engine's namespaces to end", END_LIMIT_MS, gone);
  }
}
