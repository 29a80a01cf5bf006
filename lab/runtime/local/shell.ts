/**
 * A long-lived shell in a node's namespaces: a per-node fault costs a write to a pipe, not a new
 * process. Started as `unshare --net sh`, it is also what keeps the node's network namespace alive.
 */

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { LabError } from "../../errors.ts";

const COMMAND_LIMIT_MS = 10_000;

interface Pending {
  readonly line: string;
  readonly output: string[];
  readonly resolve: (output: string) => void;
  readonly reject: (error: LabError) => void;
  readonly timer: NodeJS.Timeout;
}

/** A shell that reads lines and prints; wherever it runs. */
export interface ShellChannel {
  /** 0 where it is no process of this machine. */
  readonly pid: number;
  readonly stdin: Writable;
  readonly stdout: Readable;
  /** Resolves when the shell is gone. */
  readonly gone: Promise<unknown>;
  kill(): void;
}

export class NodeShell {
  readonly pid: number;
  readonly #channel: ShellChannel;
  readonly #node: string;
  readonly #pending: Pending[] = [];
  #gone = false;

  private constructor(node: string, channel: ShellChannel) {
    this.#node = node;
    this.#channel = channel;
    this.pid = channel.pid;
    createInterface({ input: channel.stdout }).on("line", (line) => this.#onLine(line));
    void channel.gone.then(() => this.#end());
    channel.stdin.on("error", () => this.#end());
  }

  /** Starts a shell, in a network namespace of its own by default, and waits until it answers. */
  static async start(
    node: string,
    [program, ...args]: readonly [string, ...string[]] = ["unshare", "--net", "sh"],
  ): Promise<NodeShell> {
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "inherit"] });
    if (child.pid === undefined) {
      throw new LabError("environment", `start the shell of ${node}: ${program} did not start`);
    }
    const { pid, stdin, stdout } = child;
    const gone = new Promise((resolve) => {
      child.once("exit", resolve);
    });
    return NodeShell.over(node, { pid, stdin, stdout, gone, kill: () => child.kill("SIGKILL") });
  }

  /** One that runs already; waits until it answers. */
  static async over(node: string, channel: ShellChannel): Promise<NodeShell> {
    const shell = new NodeShell(node, channel);
    await shell.run(":");
    return shell;
  }

  /** Runs one trusted line; resolves with what it printed, rejects where it exits non-zero. */
  run(line: string): Promise<string> {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail("no answer within 10 s"), COMMAND_LIMIT_MS);
      this.#pending.push({ line, output: [], resolve, reject, timer });
      if (this.#gone) {
        this.#end();
        return;
      }
      this.#channel.stdin.write(`{ ${line}\n} 2>&1 </dev/null; echo "zklab-done $?"\n`);
    });
  }

  close(): void {
    this.#channel.kill();
  }

  #end(): void {
    this.#gone = true;
    this.#fail("the node's shell is gone");
  }

  #onLine(text: string): void {
    const current = this.#pending[0];
    if (current === undefined) return;
    // A command's last line may lack its newline, so the mark can stand behind it.
    const mark = /^(.*)zklab-done (\d+)$/.exec(text);
    if (mark === null) {
      current.output.push(text);
      return;
    }
    this.#pending.shift();
    clearTimeout(current.timer);
    if (mark[1]) current.output.push(mark[1]);
    const output = current.output.join("\n");
    if (mark[2] === "0") current.resolve(output);
    else {
      const found = output.trim() || `exit ${mark[2]}`;
      current.reject(new LabError("environment", `${this.#node}: \`${current.line}\`: ${found}`));
    }
  }

  #fail(found: string): void {
    for (const { line, reject, timer } of this.#pending.splice(0)) {
      clearTimeout(timer);
      reject(new LabError("environment", `${this.#node}: \`${line}\`: ${found}`));
    }
  }
}
