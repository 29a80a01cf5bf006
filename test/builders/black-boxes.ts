/**
 * Programs that know nothing of zklab, as Node scripts in plain text: they elect by the LeaderLatch recipe on a
 * ZooKeeper client, write what they guard, print what they like and end by SIGTERM. One of them writes
 * without being elected.
 */

import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { packageRoot } from "../../lab/package-root.ts";

const CLIENT = pathToFileURL(join(packageRoot(), "dist", "lab", "client", "index.js")).href;

/** `elects`: it writes while its latch is the first; else whenever it likes. */
export function blackBox({ elects }: { readonly elects: boolean }): string {
  return `
import { randomUUID } from "node:crypto";
import { setTimeout as sleep } from "node:timers/promises";
import { ZooKeeper } from ${JSON.stringify(CLIENT)};
const { ZKLAB_CONNECT: servers, ZKLAB_ELECTION_PATH: election, ZKLAB_GUARDED_PATH: guarded } = process.env;
console.log("starting, like any program; {not a line of anybody's contract");
const zk = await ZooKeeper.connect({ servers, sessionTimeoutMs: 2000 });
const mode = "ephemeral-sequential";
const { path } = await zk.create(election + "/_c_" + randomUUID() + "-latch-", "", { mode });
const number = (name) => name.slice(-10);
const leads = async () => {
  const names = await zk.children(election);
  return names.sort((a, b) => (number(a) < number(b) ? -1 : 1))[0] === path.split("/").at(-1);
};
for (;;) {
  if (${!elects} || (await leads())) await zk.setData(guarded + "/state", "job");
  await sleep(50);
}
`;
}

/** Two groups of them: one elects, one only pretends to. */
export function blackBoxScenario(files: { honest: string; rogue: string }, node: string): string {
  return `
name: black-boxes
description: Programs that know nothing of zklab, judged by the servers' logs alone.
groups:
  honest:
    strategy: naive
    blackBox: true
    contenders: 2
    command: [${node}, ${files.honest}]
    minimums: { committedWrites: 10, terms: 1 }
    expect: { verdict: holds }
  rogue:
    strategy: naive
    blackBox: true
    contenders: 2
    command: [${node}, ${files.rogue}]
    expect: { verdict: violated, findings: [leaderless-write] }
steps:
  - each-group:
      - run: 2 s
      - stop: c1
      - run: 2 s
`;
}
