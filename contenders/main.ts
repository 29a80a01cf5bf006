/** The main program of the shipped contenders: `node contenders/main.js <strategy>`. */

import { ephemeral } from "./ephemeral-strategy.ts";
import { type MakeStrategy, runContender } from "./kit.ts";
import { latchCheck, naive } from "./latch-strategy.ts";

const strategies: Readonly<Record<string, MakeStrategy>> = {
  naive,
  "latch-check": latchCheck,
  ephemeral,
};

const make = strategies[process.argv[2] ?? ""];
if (make === undefined) {
  process.stderr.write(`usage: main.js ${Object.keys(strategies).join("|")}\n`);
  process.exitCode = 64;
} else {
  await runContender(make);
}
