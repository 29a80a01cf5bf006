/**
 * Where a contender can be held, and its ear for commands. Held `whole`, the process blocks in a
 * read of stdin, as in a full GC: no heartbeat, no event, no timer. Held `sender`, only the writing
 * task waits and everything else goes on.
 */

import { readSync } from "node:fs";
import { setImmediate as nextRound } from "node:timers/promises";
import { type Command, type Failpoint, parseCommand } from "./contract.ts";
import type { Emitter } from "./emitter.ts";

/** How long the blocked process sleeps between two looks at stdin. */
const BLOCKED_POLL_MS = 2;

interface Hold {
  readonly scope: "whole" | "sender";
  remaining: number;
}

export class Failpoints {
  readonly #emitter: Emitter;
  readonly #holds = new Map<Failpoint, Hold>();
  readonly #onCommand: (command: Command) => void;
  #partialLine = "";
  #release: (() => void) | undefined;

  /** Reads commands from stdin; no stdin means no commands, never an end of the contender. */
  constructor(emitter: Emitter, onCommand: (command: Command) => void) {
    this.#emitter = emitter;
    this.#onCommand = onCommand;
    process.stdin.on("data", (chunk: Buffer) => this.#feed(chunk));
    process.stdin.on("error", () => undefined);
    // From /dev/null, as in a container that nobody attached to, stdin is a file, which has none.
    (process.stdin as { unref?: () => void }).unref?.();
  }

  /** Passes through unless a hold stands here; then says `held` and returns after `release`. */
  async reach(failpoint: Failpoint, op?: string): Promise<void> {
    const hold = this.#holds.get(failpoint);
    if (hold === undefined) return;
    hold.remaining -= 1;
    if (hold.remaining > 0) return;
    this.#holds.delete(failpoint);
    const subject = op === undefined ? {} : { op };
    const released = new Promise<void>((resolve) => {
      this.#release = resolve;
    });
    if (hold.scope === "whole") await settleEventLoop();
    this.#emitter.emit({ type: "held", failpoint, ...subject });
    if (hold.scope === "whole") this.#blockUntilReleased();
    await released;
    this.#emitter.emit({ type: "released", failpoint, ...subject });
  }

  #blockUntilReleased(): void {
    const sleep = new Int32Array(new SharedArrayBuffer(4));
    const chunk = Buffer.alloc(4096);
    while (this.#release !== undefined) {
      const length = readNow(chunk);
      // Without stdin nobody can release: going on is all that is left.
      if (length === "closed") this.#releaseNow();
      else if (length === 0) Atomics.wait(sleep, 0, 0, BLOCKED_POLL_MS);
      else this.#feed(chunk.subarray(0, length));
    }
  }

  #feed(chunk: Buffer): void {
    const lines = (this.#partialLine + chunk.toString("utf8")).split("\n");
    this.#partialLine = lines.pop() ?? "";
    for (const line of lines) {
      const command = parseCommand(line);
      if (command === undefined) process.stderr.write(`unknown command: ${JSON.stringify(line)}\n`);
      else if (command.verb === "hold") {
        this.#holds.set(command.failpoint, { scope: command.scope, remaining: command.nth });
      } else if (command.verb === "release") this.#releaseNow();
      else this.#onCommand(command);
    }
  }

  #releaseNow(): void {
    this.#release?.();
    this.#release = undefined;
  }
}

/**
 * Lets the event loop hand the kernel what it has queued, so that the process blocks between two of
 * its rounds. Without it, npm zookeeper died in 1 of 60 holds: its C client closes a socket whose send
 * fails (nonblocking_send) while the addon's poll of that socket is still queued, and libuv aborts.
 */
async function settleEventLoop(): Promise<void> {
  for (let round = 0; round < 2; round += 1) await nextRound();
}

function readNow(chunk: Buffer): number | "closed" {
  try {
    const length = readSync(0, chunk);
    return length === 0 ? "closed" : length;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "EAGAIN") return 0;
    return "closed";
  }
}
