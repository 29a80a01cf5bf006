/**
 * An engine as on another machine, on this one: a dockerd in network, mount, pid and time namespaces of
 * its own, with its own folders, reached over TCP on the loopback alone. Neither its containers'
 * addresses nor their pids mean anything here, and its clock is another. Needs root.
 */

import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { childrenOf } from "../../lab/runtime/process-identity.ts";
import { until } from "./wait.ts";

/** How far its clock is ahead of ours. */
export const AHEAD_S = 86_400;
const START_LIMIT_MS = 60_000;
const STOP_LIMIT_MS = 30_000;
const CGROUP = "/zklab-remote-engine";

/** dockerd becomes the first process of its namespaces; /run is its own, so that nothing is shared. */
const START = `
mount --make-rprivate / && mount -t tmpfs tmpfs /run && mkdir -p /run/lock && ip link set lo up &&
exec dockerd --data-root "$1/data" --exec-root "$1/exec" --pidfile "$1/pid" --host "unix://$1/sock" \\
  --cgroup-parent ${CGROUP}`;

/** A process of its own: what waits for docker here must not keep the lab from its engine. */
const RELAY = `
const { connect, createServer } = require("node:net");
const server = createServer((socket) => {
  const engine = connect(process.argv[1]);
  socket.pipe(engine).pipe(socket);
  for (const [one, other] of [[socket, engine], [engine, socket]]) {
    one.on("error", () => other.destroy());
    one.on("close", () => other.destroy());
  }
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));`;

export class RemoteEngine {
  /** For DOCKER_HOST. */
  readonly host: string;
  readonly #directory: string;
  readonly #outer: ChildProcess;
  readonly #relay: ChildProcess;

  private constructor(
    directory: string,
    { outer, relay, host }: { outer: ChildProcess; relay: ChildProcess; host: string },
  ) {
    this.#directory = directory;
    this.#outer = outer;
    this.#relay = relay;
    this.host = host;
  }

  static async start(): Promise<RemoteEngine> {
    const directory = mkdtempSync(join(tmpdir(), "zklab-engine-"));
    for (const name of ["data", "exec"]) mkdirSync(join(directory, name));
    const log = openSync(join(directory, "log"), "a");
    const outer = spawn(
      "unshare",
      [
        ...["--net", "--mount", "--uts", "--ipc", "--time", "--monotonic", String(AHEAD_S)],
        ...["--pid", "--fork", "--kill-child", "--mount-proc"],
        ...["sh", "-c", START, "engine", directory],
      ],
      { stdio: ["ignore", log, log] },
    );
    const relay = spawn(process.execPath, ["-e", RELAY, join(directory, "sock")], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [port] = (await once(relay.stdout, "data")) as [Buffer];
    const host = `tcp://127.0.0.1:${port.toString().trim()}`;
    const engine = new RemoteEngine(directory, { outer, relay, host });
    const said = (): string => readFileSync(join(directory, "log"), "utf8").slice(-2_000);
    await until(
      "the remote engine to answer",
      START_LIMIT_MS,
      () => {
        if (outer.exitCode !== null) throw new Error(`it ended: ${said()}`);
        return engine.docker(["info"], { mayFail: true }) === undefined ? undefined : true;
      },
      said,
    );
    return engine;
  }

  /** What docker says; undefined where it may fail and does. */
  docker(args: readonly string[], { mayFail = false } = {}): string | undefined {
    const env = { ...process.env, DOCKER_HOST: `unix://${join(this.#directory, "sock")}` };
    const { status, stdout, stderr } = spawnSync("docker", [...args], { env, encoding: "utf8" });
    if (status === 0) return stdout;
    if (mayFail) return undefined;
    throw new Error(`docker ${args.join(" ")}: ${stderr}`);
  }

  /** The engine ends orderly, so that it takes its mounts and groups with it; its folders go. */
  async stop(): Promise<void> {
    const ids = (this.docker(["ps", "-aq"], { mayFail: true }) ?? "").split("\n").filter(Boolean);
    if (ids.length > 0) this.docker(["rm", "-f", ...ids], { mayFail: true });
    const ended = once(this.#outer, "exit");
    for (const pid of childrenOf(this.#outer.pid ?? 0)) process.kill(pid, "SIGTERM");
    const kill = setTimeout(() => this.#outer.kill("SIGKILL"), STOP_LIMIT_MS);
    await ended;
    clearTimeout(kill);
    this.#relay.kill();
    rmSync(this.#directory, { recursive: true, force: true });
    spawnSync("sh", [
      "-c",
      `find /sys/fs/cgroup -depth -type d -path '*${CGROUP}*' -exec rmdir {} +`,
    ]);
  }
}

/** Why there can be none here; undefined where there can. */
export function remoteEngineProblem(): string | undefined {
  if (process.getuid?.() !== 0) return "an engine of its own takes root";
  const found = spawnSync("sh", ["-c", "command -v dockerd && unshare --time true"]);
  return found.status === 0 ? undefined : "no dockerd, or no time namespaces";
}
