/**
 * `npm run bench -- <what>`: figures and ratios of one run on this machine, printed and never asserted.
 * Quote the ratios; the figures are this machine's at that moment.
 */

import { availableParallelism, loadavg } from "node:os";
import { zklabVersion } from "../../lab/package-root.ts";

const BENCHES: Readonly<Record<string, () => Promise<void>>> = {
  runs: async () => (await import("./runs.ts")).benchRuns(),
  faults: async () => (await import("./faults.ts")).benchFaults(),
  help: async () => (await import("./help.ts")).benchHelp(),
};

const name = process.argv[2] ?? "";
const bench = BENCHES[name];
if (bench === undefined) {
  process.stderr.write(`usage: npm run bench -- ${Object.keys(BENCHES).join("|")}\n`);
  process.exitCode = 64;
} else {
  const load = loadavg()[0]?.toFixed(1);
  process.stdout.write(
    `zklab ${zklabVersion()}, Node ${process.version}, ${availableParallelism()} processors, load ${load} at the start\n`,
  );
  await bench();
}
