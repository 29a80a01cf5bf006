/**
 * The log reader against what real servers wrote: a 3-server ensemble takes some hundred transactions
 * of every kind, loses its leader by SIGKILL on the way, and every record of every server is compared
 * with what ZooKeeper's own formatter prints of the same files.
 */

import { execFile } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { fourLetterWord, OPEN_ACL, op, ZooKeeper, ZooKeeperError } from "../../lab/client/index.ts";
import { formatZxid, type Zxid } from "../../lab/ids.ts";
import { provideZooKeeper } from "../../lab/runtime/setup/zookeeper-jars.ts";
import { decodeLogFile } from "../../lab/txnlog/decode.ts";
import { commitHistory } from "../../lab/txnlog/history.ts";
import { readServerLog } from "../../lab/txnlog/server-log.ts";
import { decodeSnapshot } from "../../lab/txnlog/snapshot.ts";
import type { LogFile, ServerLogs, Snapshot, TxnType } from "../../lab/txnlog/types.ts";
import { type Loopback, type LoopbackServer, startLoopback } from "../builders/loopback-server.ts";
import { until } from "../builders/wait.ts";

const run = promisify(execFile);
const SERVERS = 3;
const ROUNDS = 30;
const LEADER_LIMIT_MS = 20_000;
const SNAPSHOT_LIMIT_MS = 10_000;
const FORMATTER_OUTPUT_BYTES_MAX = 64 * 1024 * 1024;

/** Where a version's formatters are, and what it can do. */
const VERSIONS = [
  { version: "3.4.14", formatter: "LogFormatter", extended: false },
  { version: "3.8.6", formatter: "persistence.TxnLogToolkit", extended: true },
  { version: "3.9.5", formatter: "persistence.TxnLogToolkit", extended: true },
] as const;

describe.each(VERSIONS)("the logs of a ZooKeeper $version ensemble", (subject) => {
  let story: Story;

  beforeAll(async () => {
    story = await tell(subject.version, subject.extended);
  });
  afterAll(() => story[Symbol.asyncDispose]());

  it("hold what ZooKeeper's own formatter prints, record by record", async () => {
    let compared = 0;
    const seen = new Set<TxnType>();
    for (const server of story.servers) {
      for (const file of server.files) {
        const path = join(story.directory(server.server), file.file);
        const theirs = await formatted(subject, path);
        expect(file.records.map(line)).toEqual(theirs);
        expect(["padding", "clean", "torn"]).toContain(file.tail.kind);
        compared += theirs.length;
        for (const record of file.records) seen.add(record.type);
      }
    }
    expect(compared).toBeGreaterThan(ROUNDS * 9 * 2 * SERVERS * 0.9);
    expect([...seen].toSorted()).toEqual(subject.extended ? MODERN_TYPES : OLD_TYPES);
  });

  it("hold every acknowledged write, and the cut that the new leader's own words give", () => {
    const { servers, acknowledged, sealing } = story;
    const history = commitHistory(servers, { sealing });
    const committed = new Set(history.committed.map(({ record }) => record.zxid));
    expect(acknowledged.filter((zxid) => !committed.has(zxid)).map(formatZxid)).toEqual([]);
    expect(acknowledged.length).toBeGreaterThan(ROUNDS * 4);
    expect([history.gaps, history.conflicts, history.undecided]).toEqual([[], [], []]);
    expect(history.problems).toEqual([]);
    expect(history.epochs.map((cut) => cut.epoch)).toEqual([1, 2]);
    expect(history.epochs[0]?.decidedBy).toMatch(/^zk\d's own log: elected to lead epoch 2 with/);
    expect(servers.flatMap((server) => server.ledEpochs).toSorted()).toEqual([1, 2]);
  });

  it("need no server's words where the disks agree", () => {
    const { servers, sealing, acknowledged } = story;
    const mute = servers.map((server) => ({ ...server, ledEpochs: [], elections: [] }));
    const history = commitHistory(mute, { sealing });
    const ghosts = new Set(history.ghosts.map(({ record }) => record.zxid));
    expect(acknowledged.filter((zxid) => ghosts.has(zxid))).toEqual([]);
  });

  it("lie beside snapshots that hold what ZooKeeper's own formatter prints", async () => {
    const newest = story.servers
      .flatMap((server) => server.snapshots)
      .toSorted((a, b) => a.nodes.length - b.nodes.length)
      .at(-1);
    if (newest === undefined) throw new Error("no server wrote a snapshot");
    const path = join(story.directory(newest.server), newest.file);
    const theirs = await snapshotFormatted(subject.version, path);
    const ours = newest.nodes.map((node) => [
      node.path,
      node.czxid.toString(16),
      (node.ephemeralOwner ?? 0n).toString(16),
    ]);
    expect(ours.toSorted()).toEqual(theirs.toSorted());
    expect(ours.length).toBeGreaterThan(2);
  });
});

const OLD_TYPES: readonly TxnType[] = [
  "closeSession",
  "create",
  "createSession",
  "delete",
  "error",
  "multi",
  "setAcl",
  "setData",
];
const EXTENDED_TYPES: readonly TxnType[] = ["createContainer", "createTTL"];
const MODERN_TYPES = [...OLD_TYPES, ...EXTENDED_TYPES].toSorted();

/** What happened, and what was left behind. Servers are killed; their files live until disposal. */
interface Story extends AsyncDisposable {
  readonly servers: readonly ServerLogs[];
  readonly acknowledged: readonly Zxid[];
  readonly sealing: Zxid;
  readonly directory: (server: string) => string;
}

async function tell(version: string, extended: boolean): Promise<Story> {
  const loopback = await startLoopback({
    version,
    members: SERVERS,
    // A server takes one after half as many records at least: each of two epochs has some 300.
    config: ["4lw.commands.whitelist=srvr,conf", "snapCount=250"],
  });
  try {
    const directories = new Map<string, string>();
    for (const server of loopback.servers) {
      directories.set(`zk${server.id}`, await dataDirectory(server));
    }
    const acknowledged: Zxid[] = [];
    await work(loopback, "first", extended, acknowledged);
    const dead = await leaderOf(loopback, loopback.servers);
    await dead.kill();
    await leaderOf(
      loopback,
      loopback.servers.filter((server) => server !== dead),
    );
    await dead.start();
    await dead.serves();
    await work(loopback, "second", extended, acknowledged);
    const sealing = acknowledged.at(-1);
    if (sealing === undefined) throw new Error("nothing was acknowledged");
    // A server killed while it writes a snapshot leaves half of one.
    await until("whole snapshots", SNAPSHOT_LIMIT_MS, () => wholeSnapshots(directories));
    for (const server of loopback.servers) await server.kill();
    const servers = [...directories].map(([name, directory]) => readServer(name, directory));
    const directory = (name: string): string => directories.get(name) ?? "";
    const dispose = (): Promise<void> => loopback[Symbol.asyncDispose]();
    return { servers, acknowledged, sealing, directory, [Symbol.asyncDispose]: dispose };
  } catch (error) {
    await loopback[Symbol.asyncDispose]();
    throw error;
  }
}

/** True where every server has a snapshot and all that there are can be read to their ends. */
function wholeSnapshots(directories: ReadonlyMap<string, string>): true | undefined {
  for (const [server, directory] of directories) {
    const files = readdirSync(directory).filter((file) => file.startsWith("snapshot."));
    if (files.length === 0) return undefined;
    for (const file of files) {
      try {
        decodeSnapshot(readFileSync(join(directory, file)), { server, file });
      } catch {
        return undefined;
      }
    }
  }
  return true;
}

/** Some hundred transactions of every kind that a client can cause, the last one acknowledged. */
async function work(
  loopback: Loopback,
  root: string,
  extended: boolean,
  acknowledged: Zxid[],
): Promise<void> {
  const options = { servers: loopback.connectString, sessionTimeoutMs: 6_000 };
  await using client = await ZooKeeper.connect(options);
  const ok = async (written: Promise<{ readonly zxid: Zxid }>): Promise<void> => {
    acknowledged.push((await written).zxid);
  };
  await ok(client.create(`/${root}`));
  for (let n = 0; n < ROUNDS; n += 1) {
    const at = `/${root}/${n}`;
    await ok(client.create(at, "x".repeat(n * 30)));
    await ok(client.setData(at, `ü ${n}`));
    await ok(client.setAcl(at, OPEN_ACL));
    await ok(client.create(`${at}/e-`, "", { mode: "ephemeral-sequential" }));
    await refused(client.create(at));
    await ok(
      client.multi([op.check(at), op.setData(at, "m"), op.create(`${at}/m`), op.delete(`${at}/m`)]),
    );
    await refused(client.multi([op.setData(at, "never"), op.check(at, 99), op.delete(at)]));
    if (extended && n % 10 === 0) {
      await ok(client.create(`${at}/c`, "", { mode: "container" }));
      await ok(client.create(`${at}/t`, "", { mode: "persistent-ttl", ttlMs: 600_000 }));
    }
    if (n % 8 === 0) {
      await using other = await ZooKeeper.connect(options);
      await ok(other.create(`${at}/other`, "", { mode: "ephemeral" }));
    }
    await ok(client.create(`${at}/gone`));
    await ok(client.delete(`${at}/gone`));
  }
}

/** Awaits a refusal by the server. */
async function refused(promise: Promise<unknown>): Promise<void> {
  const error = await promise.then(
    () => new Error("was to be refused"),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ZooKeeperError) || error.certainty !== "fail") throw error;
}

async function leaderOf(_: Loopback, servers: readonly LoopbackServer[]): Promise<LoopbackServer> {
  const until = performance.now() + LEADER_LIMIT_MS;
  for (;;) {
    for (const server of servers) {
      const srvr = await server.srvr().catch(() => undefined);
      if (srvr?.mode === "leader") return server;
    }
    if (performance.now() > until) throw new Error(`no leader within ${LEADER_LIMIT_MS} ms`);
    await sleep(50);
  }
}

/** A server says where its files are. */
async function dataDirectory(server: LoopbackServer): Promise<string> {
  const answer = await fourLetterWord({ host: "127.0.0.1", port: server.port }, "conf", 2_000);
  const directory = /^dataDir=(.*)$/m.exec(answer)?.[1];
  if (directory === undefined)
    throw new Error(`conf of ${server.address}: no dataDir in ${answer}`);
  return directory;
}

function readServer(server: string, directory: string): ServerLogs {
  const files: LogFile[] = [];
  const snapshots: Snapshot[] = [];
  for (const file of readdirSync(directory)) {
    const bytes = readFileSync(join(directory, file));
    if (file.startsWith("log.")) files.push(decodeLogFile(bytes, { server, file }));
    if (file.startsWith("snapshot.")) snapshots.push(decodeSnapshot(bytes, { server, file }));
  }
  const log = readFileSync(join(dirname(dirname(directory)), "server.log"), "utf8");
  const { ledEpochs, elections } = readServerLog(log.split("\n"));
  const epoch = (name: string): number => Number(readFileSync(join(directory, name), "utf8"));
  return {
    server,
    role: "participant",
    files,
    snapshots,
    acceptedEpoch: epoch("acceptedEpoch"),
    currentEpoch: epoch("currentEpoch"),
    ledEpochs,
    elections,
    unreadable: [],
  };
}

/** A record as the formatters print its head. */
function line(record: LogFile["records"][number]): string {
  const { session, cxid, zxid, type } = record;
  const signed = (cxid >>> 0).toString(16);
  return `0x${session.toString(16)} 0x${signed} ${formatZxid(zxid)} ${type.toLowerCase()}`;
}

const PRINTED = /session (0x[0-9a-f]+) cxid (0x[0-9a-f]+) zxid (0x[0-9a-f]+) (\w+)/;

async function formatted(
  subject: { readonly version: string; readonly formatter: string },
  file: string,
): Promise<readonly string[]> {
  const text = await java(
    subject.version,
    `org.apache.zookeeper.server.${subject.formatter}`,
    file,
  );
  return text.split("\n").flatMap((each) => {
    const match = PRINTED.exec(each);
    return match === null ? [] : [`${match[1]} ${match[2]} ${match[3]} ${match[4]?.toLowerCase()}`];
  });
}

/** Path, czxid and ephemeralOwner of every node that SnapshotFormatter prints; sessions' owners only. */
async function snapshotFormatted(version: string, file: string): Promise<readonly string[][]> {
  const text = await java(version, "org.apache.zookeeper.server.SnapshotFormatter", file);
  const nodes: string[][] = [];
  for (const block of text.split(/\n(?=\/)/)) {
    const path = /^(\/.*)$/m.exec(block)?.[1];
    const czxid = /cZxid = 0x0*([0-9a-f]+)/.exec(block)?.[1];
    const owner = /ephemeralOwner = 0x0*([0-9a-f]+)/.exec(block)?.[1];
    if (path === undefined || czxid === undefined || owner === undefined) continue;
    const marked = owner === "8000000000000000" || /^ff0000/.test(owner);
    nodes.push([path, czxid, marked ? "0" : owner]);
  }
  return nodes;
}

async function java(version: string, main: string, file: string): Promise<string> {
  const { java: command, jars } = await provideZooKeeper({ version });
  const args = ["-XX:TieredStopAtLevel=1", "-Dzookeeper.extendedTypesEnabled=true"];
  const { stdout } = await run(command, [...args, "-cp", jars.join(":"), main, file], {
    maxBuffer: FORMATTER_OUTPUT_BYTES_MAX,
  });
  return stdout;
}
