/**
 * A machine for the set-up's tests: an empty directory is its whole path, and what would be run is
 * answered by the test and recorded. (`run` is the seam of lab/runtime/setup/command.ts.)
 */

import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { CommandResult, RunCommand } from "../../lab/runtime/setup/command.ts";
import type { Machine } from "../../lab/runtime/setup/requirements.ts";

export const EXITED_0: CommandResult = { outcome: "exited", code: 0, stdout: "", stderr: "" };
export const MISSING: CommandResult = { outcome: "missing", code: -1, stdout: "", stderr: "" };

export type Answers = (
  program: string,
  args: readonly string[],
  options: Parameters<RunCommand>[2],
) => CommandResult;

export class FakeMachine implements Machine, Disposable {
  readonly directory: string = mkdtempSync(join(tmpdir(), "zklab-setup-"));
  readonly platform = "linux";
  readonly env: NodeJS.ProcessEnv;
  uid = 0;
  debianLike = true;
  /** Each command as it was asked for, by its name without directories. */
  readonly ran: string[] = [];
  answer: Answers = () => EXITED_0;

  constructor() {
    const path = join(this.directory, "bin");
    mkdirSync(path);
    this.env = { PATH: path, ZKLAB_CACHE: join(this.directory, "cache") };
  }

  /** Puts a program on the path; it is never run for real. */
  has(...names: readonly string[]): this {
    for (const name of names) {
      writeFileSync(join(this.env["PATH"] ?? "", name), "#!/bin/false\n", { mode: 0o755 });
    }
    return this;
  }

  readonly run: RunCommand = async (command, args, options) => {
    const program = command.slice(command.lastIndexOf("/") + 1);
    this.ran.push([program, ...args].join(" "));
    return this.answer(program, args, options);
  };

  [Symbol.dispose](): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}
