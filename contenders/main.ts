/** The main program of the shipped contenders: `node contenders/main.js <strategy>`. */

import { findStrategy, STRATEGIES } from "./catalogue.ts";
import { ephemeralStrategy } from "./ephemeral-strategy.ts";
import { runContender } from "./kit.ts";
import { latchStrategy } from "./latch-strategy.ts";

const info = findStrategy(process.argv[2] ?? "");
if (info === undefined || info.family === "curator") {
  const names = STRATEGIES.filter(({ family }) => family !== "curator").map(({ name }) => name);
  process.stderr.write(`usage: main.js ${names.join("|")}\n`);
  process.exitCode = 64;
} else {
  const make = info.family === "latch" ? latchStrategy : ephemeralStrategy;
  await runContender((environment) => make(info, environment));
}
