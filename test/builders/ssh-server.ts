/** An sshd of the test's own on the loopback, with keys of its own, and an `ssh` in front that uses them. */

import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { chmodSync, copyFileSync, mkdirSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import { hasApt, installPackages } from "../../lab/runtime/setup/apt.ts";
import { thisMachine } from "../../lab/runtime/setup/requirements.ts";
import { until } from "./wait.ts";

const START_LIMIT_MS = 10_000;

export class SshServer {
  /** For DOCKER_HOST. */
  readonly host: string;
  /** PATH, with the `ssh` that knows the key. */
  readonly path: string;
  readonly #sshd: ChildProcess;

  private constructor(sshd: ChildProcess, port: number, bin: string) {
    this.#sshd = sshd;
    this.host = `ssh://root@127.0.0.1:${port}`;
    this.path = `${bin}:${process.env["PATH"] ?? ""}`;
  }

  static async start(directory: string): Promise<SshServer> {
    const file = (name: string): string => join(directory, name);
    const port = await freePort();
    for (const name of ["key", "host"]) {
      execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file(name)]);
    }
    copyFileSync(file("key.pub"), file("authorized"));
    const lines = [`Port ${port}`, "ListenAddress 127.0.0.1", `HostKey ${file("host")}`];
    lines.push(`AuthorizedKeysFile ${file("authorized")}`, "StrictModes no", "PidFile none");
    lines.push("PermitRootLogin yes", "PasswordAuthentication no");
    writeFileSync(file("sshd_config"), `${lines.join("\n")}\n`);
    writeFileSync(
      file("config"),
      `IdentityFile ${file("key")}\nStrictHostKeyChecking no\nUserKnownHostsFile /dev/null\nLogLevel ERROR\n`,
    );
    const bin = file("bin");
    const ssh = join(bin, "ssh");
    mkdirSync(bin);
    writeFileSync(ssh, `#!/bin/sh\nexec /usr/bin/ssh -F ${file("config")} "$@"\n`);
    chmodSync(ssh, 0o755);
    mkdirSync("/run/sshd", { recursive: true });
    const sshd = spawn("/usr/sbin/sshd", ["-f", file("sshd_config"), "-D", "-e"], {
      stdio: "ignore",
    });
    const server = new SshServer(sshd, port, bin);
    const answers = () =>
      spawnSync(ssh, ["-p", String(port), "root@127.0.0.1", "true"]).status === 0
        ? true
        : undefined;
    await until("sshd to answer", START_LIMIT_MS, answers, () => sshd.exitCode);
    return server;
  }

  stop(): void {
    this.#sshd.kill();
  }
}

/** Before the suites start, where installing was allowed: in CI a suite that could not run fails. */
export async function provideSshServer(
  options: { readonly yes: boolean; readonly env: NodeJS.ProcessEnv },
  say: (line: string) => void,
): Promise<void> {
  const { yes, env } = options;
  if (sshServerProblem() === undefined) return;
  if (!yes && env["ZKLAB_SETUP"] !== "yes" && env["CI"] !== "true") return;
  const machine = thisMachine(env);
  if (machine.uid !== 0 || !(await hasApt(machine))) return;
  // Both: a minimal Debian has no client either. Nothing of theirs is started here.
  await installPackages(["openssh-server", "openssh-client"], machine, say);
}

/** Why the ssh tests cannot run here; undefined where they can. */
export function sshServerProblem(): string | undefined {
  if (process.getuid?.() !== 0) return "an sshd of its own takes root";
  const { status } = spawnSync("sh", ["-c", "test -x /usr/sbin/sshd && test -x /usr/bin/ssh"]);
  return status === 0 ? undefined : "there is no openssh-server";
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer().once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => resolve(typeof address === "object" && address ? address.port : 0));
    });
  });
}
