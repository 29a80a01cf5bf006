/**
 * A bare machine that runs: a Debian root as the root of its own mount and pid namespaces. The
 * network is the machine's own, since packages are fetched. It is pivoted into and not chrooted: in
 * a chroot whose root is no mount point `unshare --mount` fails, which no real machine does.
 */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { LabError } from "../../../lab/errors.ts";
import { packageRoot } from "../../../lab/package-root.ts";

const BOOT_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 10_000;
const DRAIN_LIMIT_MS = 500;
/** Where the repository is in the bare machine, read-only, to be cloned from. */
export const REPOSITORY = "/repository";

/**
 * Process 1: mounts, pivots, and reads until its owner is gone. A shell reaps whatever is left to
 * it, so what stays in the process table afterwards is alive.
 */
const INIT = `set -e
root="$1" repository="$2"
mount --bind "$root" "$root"
mount -t proc proc "$root/proc"
mount --rbind /dev "$root/dev"
mount --rbind /sys "$root/sys"
mount -t tmpfs tmpfs "$root/run"
mount --bind -o ro "$repository" "$root${REPOSITORY}"
cd "$root"
pivot_root . mnt
cd /
umount -l /mnt
echo ready
read -r _`;

export interface Done {
  readonly code: number;
  /** stdout and stderr as they came. */
  readonly output: string;
  readonly wallMs: number;
}

export class BareMachine implements AsyncDisposable {
  readonly root: string;
  readonly #owner: ChildProcess;
  /** Process 1 of the bare machine, by its pid on the host. */
  readonly #init: number;

  private constructor(root: string, owner: ChildProcess, init: number) {
    this.root = root;
    this.#owner = owner;
    this.#init = init;
  }

  static async boot(root: string): Promise<BareMachine> {
    mkdirSync(join(root, REPOSITORY), { recursive: true });
    const owner = spawn(
      "unshare",
      [
        ...["--mount", "--pid", "--fork", "--kill-child=KILL", "--propagation", "private", "--"],
        ...["bash", "-c", INIT, "init", root, packageRoot()],
      ],
      { stdio: ["pipe", "pipe", "pipe"] },
    );
    const said = collect(owner);
    const deadline = performance.now() + BOOT_LIMIT_MS;
    while (!said().includes("ready")) {
      if (owner.exitCode !== null || performance.now() > deadline) {
        owner.kill("SIGKILL");
        throw new LabError("environment", `boot the bare machine in ${root}: ${said()}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const children = readFileSync(`/proc/${owner.pid}/task/${owner.pid}/children`, "utf8");
    return new BareMachine(root, owner, Number(children.trim()));
  }

  /** Its process table, read from outside; namespaces below its own are in it as well. */
  get processTable(): string {
    return `/proc/${this.#init}/root/proc`;
  }

  /** Runs a shell line there as root, with nothing of this process's environment but what reaches registries. */
  async run(line: string, limitMs: number): Promise<Done> {
    const startedAt = performance.now();
    const child = spawn(
      "nsenter",
      [
        ...["--target", String(this.#init), "--mount", "--pid", "--"],
        ...["env", "-i", ...environment(), "bash", "-c", `cd; ${line}`],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    const said = collect(child);
    const closed = new Promise<void>((resolve) => child.once("close", () => resolve()));
    const limit = setTimeout(() => child.kill("SIGKILL"), limitMs);
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", resolve);
    }).finally(() => clearTimeout(limit));
    await drained(child, closed);
    if (code === null) {
      const tail = said().slice(-2000);
      throw new LabError("timeout", `bare machine: ${line}: not within ${limitMs} ms\n${tail}`);
    }
    return { code, output: said(), wallMs: performance.now() - startedAt };
  }

  /** Powers it off; the kernel ends whatever still runs there. */
  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#owner.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#owner.once("exit", resolve));
    const kill = setTimeout(() => this.#owner.kill("SIGKILL"), STOP_LIMIT_MS);
    this.#owner.stdin?.end();
    await exited;
    clearTimeout(kill);
  }
}

/** What it said last; a process left behind may hold its output open for ever. */
async function drained(child: ChildProcess, closed: Promise<void>): Promise<void> {
  const limit = setTimeout(() => {
    child.stdout?.destroy();
    child.stderr?.destroy();
  }, DRAIN_LIMIT_MS);
  await closed;
  clearTimeout(limit);
}

function environment(): string[] {
  const passed = /^(SSL_CERT_(FILE|DIR)|NODE_EXTRA_CA_CERTS|GIT_SSL_CAINFO|(https?|no)_proxy)$/i;
  const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
  const own = Object.entries(process.env)
    .filter(([name]) => passed.test(name))
    .map(([name, value]) => `${name}=${value}`);
  return ["HOME=/root", "LANG=C.UTF-8", path, ...own];
}

function collect(child: ChildProcess): () => string {
  const chunks: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    stream?.on("data", (chunk: Buffer) => chunks.push(chunk));
  }
  return () => Buffer.concat(chunks).toString("utf8");
}
