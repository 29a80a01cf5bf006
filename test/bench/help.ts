/** How long `zklab --help` takes, beside Node's own start. */

import { spawnSync } from "node:child_process";
import { median } from "simple-statistics";
import { MAIN } from "../builders/zklab-cli.ts";

const RUNS = 21;

export function benchHelp(): Promise<void> {
  const help = timed([MAIN, "--help"]);
  const bare = timed(["-e", ""]);
  const ms = (value: number): string => `${value.toFixed(0)} ms`;
  process.stdout.write(
    `zklab --help: median ${ms(help)} of ${RUNS}; node -e '': ${ms(bare)}; ratio ${(help / bare).toFixed(2)}\n`,
  );
  return Promise.resolve();
}

function timed(args: readonly string[]): number {
  const times = Array.from({ length: RUNS }, () => {
    const started = performance.now();
    spawnSync(process.execPath, args, { stdio: "ignore" });
    return performance.now() - started;
  });
  return median(times);
}
