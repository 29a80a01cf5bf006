/** One node of the local runtime: a network namespace on the switch and the processes in it. */

import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { connect } from "node:net";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { LabError } from "../../errors.ts";
import type {
  LabNode,
  ProcessExit,
  ProcessSpec,
  ProcessState,
  StartedProcess,
} from "../runtime.ts";
import { dropPrivileges } from "./node-user.ts";
import { networkNamespace, processesIn } from "./processes.ts";
import { dialLoopback } from "./relay.ts";
import type { NodeShell } from "./shell.ts";

const ENTER_LIMIT_MS = 10_000;
const ENTER_POLL_MS = 1;

export class LocalNode implements LabNode {
  readonly name: string;
  readonly address: string;
  readonly #shell: NodeShell;
  readonly #namespace: string;

  constructor(name: string, address: string, shell: NodeShell) {
    this.name = name;
    this.address = address;
    this.#shell = shell;
    this.#namespace = networkNamespace(shell.pid) ?? "";
  }

  async start(spec: ProcessSpec): Promise<StartedProcess> {
    const output = spec.logFile === undefined ? "pipe" : openSync(spec.logFile, "a");
    try {
      const child = spawn(
        "nsenter",
        [
          `--net=/proc/${this.#shell.pid}/ns/net`,
          "--",
          ...dropPrivileges(),
          spec.command,
          ...spec.args,
        ],
        {
          env: spec.env,
          stdio: ["pipe", output, output],
          ...(spec.cwd === undefined ? {} : { cwd: spec.cwd }),
        },
      );
      const process = await started(this.name, spec.command, child);
      await this.#untilInside(process.pid, spec.command);
      return process;
    } finally {
      if (typeof output === "number") closeSync(output);
    }
  }

  /**
   * Until nsenter has entered, the process is none of the node's: a look would find the node empty
   * and its server dead, a signal would miss it.
   */
  async #untilInside(pid: number, command: string): Promise<void> {
    const deadline = performance.now() + ENTER_LIMIT_MS;
    for (;;) {
      const namespace = networkNamespace(pid);
      // Undefined: it is gone already, which `exited` tells.
      if (namespace === undefined || namespace === this.#namespace) return;
      if (performance.now() > deadline) {
        const found = `not in the node's namespace within ${ENTER_LIMIT_MS} ms`;
        throw new LabError("environment", `${this.name}: start ${command}: ${found}`);
      }
      await delay(ENTER_POLL_MS);
    }
  }

  processes(): Promise<readonly ProcessState[]> {
    return Promise.resolve(this.#processes());
  }

  signal(signal: NodeJS.Signals): Promise<readonly number[]> {
    return Promise.resolve(this.#signal(signal));
  }

  #processes(): readonly ProcessState[] {
    return processesIn(this.#namespace, this.#shell.pid);
  }

  #signal(signal: NodeJS.Signals): readonly number[] {
    const pids: number[] = [];
    for (const { pid } of this.#processes()) {
      try {
        process.kill(pid, signal);
        pids.push(pid);
      } catch {
        // It ended between the look and the signal; the proof that follows looks again.
      }
    }
    return pids;
  }

  shell(line: string): Promise<string> {
    return this.#shell.run(line);
  }

  dial(port: number, where: "address" | "loopback" = "address"): Duplex {
    if (where === "address") return connect({ host: this.address, port, noDelay: true });
    return dialLoopback(this.name, this.#shell.pid, port);
  }

  close(): void {
    this.#signal("SIGKILL");
    this.#shell.close();
  }
}

function started(node: string, command: string, child: ChildProcess): Promise<StartedProcess> {
  return new Promise((resolve, reject) => {
    const exited = new Promise<ProcessExit>((gone) => {
      child.once("exit", (code, signal) => gone({ code, signal }));
    });
    child.once("error", (cause) => {
      reject(new LabError("environment", `${node}: start ${command}`, { cause }));
    });
    child.once("spawn", () => {
      const { pid, stdin, stdout, stderr } = child;
      if (pid === undefined || stdin === null) return;
      // Writing to a contender that has just died is no error of the lab's.
      stdin.on("error", () => undefined);
      resolve({ pid, stdin, stdout: stdout ?? undefined, stderr: stderr ?? undefined, exited });
    });
  });
}
