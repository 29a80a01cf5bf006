import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { howItEnded, runCommand, succeeded, tailOf } from "../../lab/runtime/setup/command.ts";

/** A process that was killed and that nobody has reaped yet is not running. */
function isRunning(pid: string): boolean {
  try {
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}

const LIMIT = { timeoutMs: 4_000 };

describe("runCommand", () => {
  it("gives both streams, the code, and each line without colours", async () => {
    const lines: string[] = [];
    const script = "printf '\\033[31mred\\033[m\\n'; echo two >&2; printf last; exit 7";
    const result = await runCommand("sh", ["-c", script], {
      ...LIMIT,
      onLine: (line) => lines.push(line),
    });
    expect(result).toEqual({ outcome: "exited", code: 7, stdout: "red\nlast", stderr: "two" });
    expect(lines.sort()).toEqual(["last", "red", "two"]);
    expect(succeeded(result)).toBe(false);
  });

  it("says that a program is missing", async () => {
    const result = await runCommand("zklab-no-such-program", [], LIMIT);
    expect(result.outcome).toBe("missing");
    expect(howItEnded(result)).toBe("is not there");
  });

  it("stops a command at its limit, with what it started", async () => {
    // The grandchild holds the output open: only its death lets the result come at once.
    const script = "sleep 60 & echo $!; wait";
    const result = await runCommand("sh", ["-c", script], { timeoutMs: 300 });
    expect(result.outcome).toBe("timed-out");
    expect(isRunning(result.stdout)).toBe(false);
  });

  it("stops a command when it is told to", async () => {
    const abort = new AbortController();
    const running = runCommand("sleep", ["60"], { ...LIMIT, signal: abort.signal });
    abort.abort();
    expect((await running).outcome).toBe("aborted");
  });

  it("does not wait for a daemon that the command left behind", async () => {
    const script = "sleep 3 & echo started";
    const startedAt = performance.now();
    const result = await runCommand("sh", ["-c", script], LIMIT);
    expect(result).toMatchObject({ outcome: "exited", code: 0, stdout: "started" });
    expect(performance.now() - startedAt).toBeLessThan(2_500);
  });

  it("keeps only the end of a long output", async () => {
    const result = await runCommand("seq", ["5000"], LIMIT);
    expect(result.stdout.split("\n")).toHaveLength(400);
    expect(tailOf(result, 2)).toBe("    4999\n    5000");
  });
});
