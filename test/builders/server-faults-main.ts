/**
 * Not a test: the main program that server-faults.integration starts to try the debugger and the faults
 * on servers inside the switch's namespaces, on a real ensemble. What it saw is printed as one JSON line.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { rollover } from "../../faults/rollover.ts";
import { ZooKeeper } from "../../lab/client/index.ts";
import { DEBUGGED_PROPERTIES, settingsFor } from "../../lab/ensemble/config.ts";
import { controlOf } from "../../lab/ensemble/control.ts";
import { Ensemble, type Server } from "../../lab/ensemble/ensemble.ts";
import { jump } from "../../lab/ensemble/jdwp/jump.ts";
import type { Jvm } from "../../lab/ensemble/jdwp/jvm.ts";
import { findLeader, readZxid } from "../../lab/ensemble/jdwp/leader-zxid.ts";
import { Marks } from "../../lab/ensemble/marks.ts";
import type { HistoryEvent } from "../../lab/evidence/history.ts";
import { Recorder } from "../../lab/evidence/recorder.ts";
import { counterOf, epochOf, ZXID_SPLIT } from "../../lab/ids.ts";
import { enter, isInside } from "../../lab/runtime/local/enter.ts";
import { LocalRuntime } from "../../lab/runtime/local/switch.ts";
import type { ZooKeeperJars } from "../../lab/runtime/setup/zookeeper-jars.ts";
import { until } from "./wait.ts";

const LIMIT_MS = 20_000;
const SERVING_LIMIT_MS = 60_000;

class Bench {
  readonly ensemble: Ensemble;
  readonly client: ZooKeeper;

  constructor(ensemble: Ensemble, client: ZooKeeper) {
    this.ensemble = ensemble;
    this.client = client;
  }

  async server(role: string): Promise<Server> {
    const view = (await this.ensemble.look()).find((one) => one.role === role);
    const found = this.ensemble.servers.find((one) => one.name === view?.server);
    if (found === undefined) throw new Error(`no ${role}`);
    return found;
  }

  async isServing(name: string): Promise<true | undefined> {
    const views = await this.ensemble.look();
    return views.some((v) => v.server === name && v.role !== "unreachable") || undefined;
  }
}

/** One thread stands and runs on; the others never noticed. */
async function tryThread(jvm: Jvm): Promise<object> {
  const threads = await jvm.allThreads();
  const names = await Promise.all(threads.map((thread) => jvm.threadName(thread)));
  const thread = threads[names.findIndex((name) => name.startsWith("SyncThread"))];
  if (thread === undefined) throw new Error(`no SyncThread among ${names.join(", ")}`);
  await jvm.suspendThread(thread);
  const stopped = await jvm.suspendCount(thread);
  const others = await Promise.all(threads.map((one) => jvm.suspendCount(one).catch(() => 0)));
  await jvm.resumeThread(thread);
  const standing = others.filter((count) => count > 0).length;
  return { stopped, standing, resumed: await jvm.suspendCount(thread) };
}

/** A write stands at the breakpoint and is acknowledged once its thread runs on. */
async function tryBreakpoint(jvm: Jvm, client: ZooKeeper): Promise<object> {
  const [type] = await jvm.classesBySignature("Lorg/apache/zookeeper/server/PrepRequestProcessor;");
  const methods = type === undefined ? [] : await jvm.methodsOf(type);
  const method = methods.find(({ name }) => name === "pRequest");
  if (type === undefined || method === undefined) throw new Error("no PrepRequestProcessor");
  const breakpoint = await jvm.breakAt(type, method);
  let acknowledged = false;
  const write = client.setData("/bench", "at the breakpoint").then(() => {
    acknowledged = true;
  });
  const hit = await breakpoint.hit(LIMIT_MS);
  const before = acknowledged;
  const thread = await jvm.threadName(hit.thread);
  await breakpoint.clear();
  await jvm.resumeThread(hit.thread);
  await write;
  return { thread, before, acknowledged };
}

/**
 * A request stands where it has drawn its zxid and is about to read the counter once more: a counter that
 * moved now would give it two zxids. Tells why the jump was refused, and that the request was then taken.
 */
async function tryBetweenZxids(bench: Bench, jvm: Jvm): Promise<object> {
  const [type] = await jvm.classesBySignature("Lorg/apache/zookeeper/server/ZooKeeperServer;");
  const methods = type === undefined ? [] : await jvm.methodsOf(type);
  const method = methods.find(({ name }) => name === "getZxid");
  if (type === undefined || method === undefined) throw new Error("no ZooKeeperServer.getZxid");
  const handle = await findLeader(jvm);
  const epoch = epochOf(await readZxid(jvm, handle));
  const breakpoint = await jvm.breakAt(type, method);
  const write = bench.client.setData("/bench", "between its zxids");
  const hit = await breakpoint.hit(LIMIT_MS);
  await breakpoint.clear();
  let journalled = 0;
  const journal = (): void => {
    journalled += 1;
  };
  const order = { epoch, left: 15, split: ZXID_SPLIT, journal, lookMsMax: LIMIT_MS };
  const why = await jump(jvm, handle, order).then(
    () => "not refused",
    (error: unknown) => String(error),
  );
  await jvm.resumeThread(hit.thread);
  const { zxid } = await write;
  return { why, journalled, epochStays: epochOf(zxid) === epoch };
}

/** The whole JVM stands, its debugger goes without a word, and it serves again. */
async function tryDrop(bench: Bench, name: string): Promise<object> {
  const jvm = await bench.ensemble.debug(name);
  await jvm.suspend();
  const stood = (await bench.isServing(name)) === undefined;
  jvm.drop();
  await until(`${name} to serve again`, LIMIT_MS, () => bench.isServing(name));
  return { stood };
}

/** Orders that the scenario language cannot even say, given to the jump itself. */
const ILLEGAL = {
  "0xffffffff": { left: -1 },
  backwards: { left: 0xffff_fffe - 1 },
  "to where it stands": { left: "all" },
  "below zero": { left: 0xffff_ffff },
  "another epoch": { left: 15, epochs: 1 },
} as const;

/** Why each was refused; that nothing was journalled, and that the counter goes on as it was. */
async function tryIllegal(bench: Bench, name: string): Promise<object> {
  const seen: Record<string, object> = {};
  for (const [what, order] of Object.entries(ILLEGAL)) {
    await using jvm = await bench.ensemble.debug(name);
    const handle = await findLeader(jvm);
    const before = await readZxid(jvm, handle);
    const left = order.left === "all" ? 0xffff_fffe - counterOf(before) : order.left;
    const epoch = epochOf(before) + ("epochs" in order ? order.epochs : 0);
    let journalled = 0;
    const journal = (): void => {
      journalled += 1;
    };
    const why = await jump(jvm, handle, { epoch, left, split: ZXID_SPLIT, journal }).then(
      () => "not refused",
      (error: unknown) => String(error),
    );
    const { zxid } = await bench.client.setData("/bench", `after ${what}`);
    // Writes of the lab's own probe may have come between; a jump would be billions.
    const moved = counterOf(zxid) - counterOf(before);
    const stays = epochOf(zxid) === epochOf(before) && moved > 0 && moved < 1_000;
    seen[what] = { why, journalled, serves: stays };
  }
  return seen;
}

async function tryAll(jars: ZooKeeperJars): Promise<object> {
  await using runtime = await LocalRuntime.create();
  const directory = mkdtempSync(join(tmpdir(), "zklab-faults-"));
  const nodes = await runtime.createNodes(["zk1", "zk2", "zk3"]);
  const settings = settingsFor(500);
  const properties = DEBUGGED_PROPERTIES;
  const ensemble = await Ensemble.start({
    ...{ runtime, nodes, jars, directory, settings, properties, debugged: true },
  });
  const signal = new AbortController().signal;
  await ensemble.untilServing(SERVING_LIMIT_MS, signal);
  const servers = ensemble.connectString;
  const client = await ZooKeeper.connect({ servers, sessionTimeoutMs: 10_000 });
  await client.create("/bench", "");
  const bench = new Bench(ensemble, client);
  const recorder = new Recorder(join(directory, "history.jsonl"), process.hrtime.bigint());
  const jumps: HistoryEvent[] = [];
  recorder.subscribe((event) => {
    if (event.type === "jump") jumps.push(event);
  });
  const marks = await Marks.open(ensemble, {
    sessionTimeoutMs: 2_000,
    root: "/r",
    groups: [],
    recorder,
  });
  const context = {
    ...{ serverAddresses: [], clientPort: 2181 },
    ensemble: controlOf(ensemble, marks, recorder),
  };
  /** Why it was refused, and that the ensemble still takes writes. */
  const refused = async (on: Server, options: object): Promise<object> => {
    const why = await rollover
      .inject(on.node, context, { left: 15, counterBits: 32, ...options })
      .then(
        (effect) => `not refused: ${effect.proof}`,
        (error: unknown) => String(error),
      );
    await client.setData("/bench", "after the refusal");
    return { why, jumps: jumps.length };
  };
  const [leader, follower] = [await bench.server("leader"), await bench.server("follower")];
  await using jvm = await ensemble.debug(leader.name);
  const thread = await tryThread(jvm);
  const breakpoint = await tryBreakpoint(jvm, client);
  const between = await tryBetweenZxids(bench, jvm);
  await jvm[Symbol.asyncDispose]();
  const drop = await tryDrop(bench, follower.name);
  const onFollower = await refused(follower, {});
  const otherSplit = await refused(leader, { counterBits: 40 });
  const illegal = await tryIllegal(bench, leader.name);
  // Nobody but the lab's probe writes: the lab must use up the rest itself.
  const before = await client.getData("/bench");
  const effect = await rollover.inject(leader.node, context, { left: 400, counterBits: 32 });
  const heal = await rollover.heal(leader.node, context, {});
  // The servers serve; the client finds that out at its next connection.
  const after = await until("the client to read again", LIMIT_MS, () =>
    client.getData("/bench").catch(() => undefined),
  );
  const untouched = before.stat.mzxid === after.stat.mzxid;
  // As if this epoch had its jump already and had not come to its end yet.
  const epochs = (await ensemble.look()).map(({ zxid }) =>
    zxid === undefined ? 0 : epochOf(zxid),
  );
  ensemble.jumps.push({ epoch: Math.max(...epochs), from: 1, to: 2 });
  const again = await refused(await bench.server("leader"), {});
  await client.close();
  await marks.close();
  await ensemble.stop();
  recorder.close();
  rmSync(directory, { recursive: true, force: true });
  const refusals = { onFollower, otherSplit, again, illegal };
  return { thread, breakpoint, between, drop, ...refusals, effect, untouched, heal, jumps };
}

if (isInside()) {
  // Found by the test: compiled apart from the package, this program has none of its files.
  const jars = JSON.parse(process.argv[2] ?? "") as ZooKeeperJars;
  process.stdout.write(`${JSON.stringify(await tryAll(jars))}\n`);
  process.exit(0);
} else {
  process.exitCode = await enter(process.argv.slice(2));
}
