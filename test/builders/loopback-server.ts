/**
 * Real ZooKeeper servers for tests: child processes on 127.0.0.1 with ports and a directory of their
 * own, one standalone or several as a quorum. Not the lab's runtime: no namespaces, no faults but
 * signals. Everything is killed and removed by `await using`, or when the test process ends.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, open, rm, writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { fourLetterWord, parseSrvr, type Srvr } from "../../lab/client/index.ts";
import { LabError } from "../../lab/errors.ts";
import { provideZooKeeper, type ZooKeeperJars } from "../../lab/runtime/setup/zookeeper-jars.ts";

export interface LoopbackOptions {
  readonly version: string;
  /** 1: standalone. More: a quorum ensemble. */
  readonly members?: number;
  readonly tickTimeMs?: number;
  /** More lines of zoo.cfg, more flags of the JVM. */
  readonly config?: readonly string[];
  readonly flags?: readonly string[];
  /** More flags of one server's JVM, such as a port of its own. */
  readonly flagsOf?: (id: number) => readonly string[];
}

const QUICK_JVM = ["-Xmx192m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"];
const FLAGS = [
  "-Dzookeeper.extendedTypesEnabled=true",
  "-Dznode.container.checkIntervalMs=300",
  "-Dzookeeper.admin.enableServer=false",
];
const SERVES_LIMIT_MS = 30_000;
const ASK_LIMIT_MS = 1_000;

/** Starts servers and waits until all of them serve. */
export async function startLoopback(options: LoopbackOptions): Promise<Loopback> {
  const jars = await provideZooKeeper({ version: options.version });
  const directory = await mkdtemp(join(tmpdir(), "zklab-loopback-"));
  const members = options.members ?? 1;
  const ports = await freePorts(members * 3);
  const servers: LoopbackServer[] = [];
  const loopback = new Loopback(directory, servers);
  for (let n = 1; n <= members; n += 1) {
    const home = join(directory, `zk${n}`);
    await writeServer(home, n, ports, options);
    servers.push(new LoopbackServer(n, portOf(ports, n - 1), home, jars, options));
  }
  try {
    for (const server of servers) await server.start();
    await Promise.all(servers.map((server) => server.serves()));
  } catch (error) {
    await loopback[Symbol.asyncDispose]();
    throw error;
  }
  return loopback;
}

export class Loopback {
  readonly servers: readonly LoopbackServer[];
  readonly #directory: string;

  constructor(directory: string, servers: readonly LoopbackServer[]) {
    this.#directory = directory;
    this.servers = servers;
  }

  get connectString(): string {
    return this.servers.map((server) => server.address).join(",");
  }

  server(n: number): LoopbackServer {
    const server = this.servers[n - 1];
    if (server === undefined) throw new Error(`the test asks for server ${n}`);
    return server;
  }

  /** The server whose client port this is. */
  serverAt(port: number | undefined): LoopbackServer {
    const server = this.servers.find((each) => each.port === port);
    if (server === undefined) throw new Error(`no server at port ${port}`);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.servers.map((server) => server.kill()));
    await rm(this.#directory, { recursive: true, force: true });
  }
}

export class LoopbackServer {
  readonly id: number;
  readonly port: number;
  readonly #home: string;
  readonly #jars: ZooKeeperJars;
  readonly #options: LoopbackOptions;
  #process: ChildProcess | undefined;

  constructor(
    id: number,
    port: number,
    home: string,
    jars: ZooKeeperJars,
    options: LoopbackOptions,
  ) {
    this.id = id;
    this.port = port;
    this.#home = home;
    this.#jars = jars;
    this.#options = options;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const log = await open(join(this.#home, "server.log"), "a");
    const classPath = [this.#home, ...this.#jars.jars].join(":");
    const own = this.#options.flagsOf?.(this.id) ?? [];
    const flags = [...QUICK_JVM, ...FLAGS, ...(this.#options.flags ?? []), ...own];
    const main = "org.apache.zookeeper.server.quorum.QuorumPeerMain";
    const args = [...flags, "-cp", classPath, main, join(this.#home, "zoo.cfg")];
    const child = spawn(this.#jars.java, args, { stdio: ["ignore", log.fd, log.fd] });
    this.#process = child;
    const endWithUs = (): boolean => child.kill("SIGKILL");
    process.once("exit", endWithUs);
    child.once("exit", () => process.off("exit", endWithUs));
    await once(child, "spawn");
    await log.close();
  }

  /** Waits until `srvr` names a role. */
  async serves(): Promise<Srvr> {
    const until = performance.now() + SERVES_LIMIT_MS;
    for (;;) {
      const srvr = await this.srvr().catch(() => undefined);
      if (srvr !== undefined) return srvr;
      if (this.#process?.exitCode !== null || performance.now() > until) {
        throw new LabError("ensemble", `server ${this.address}: does not serve; see ${this.#home}`);
      }
      await sleep(50);
    }
  }

  async srvr(): Promise<Srvr | undefined> {
    const address = { host: "127.0.0.1", port: this.port };
    return parseSrvr(await fourLetterWord(address, "srvr", ASK_LIMIT_MS));
  }

  pause(): void {
    this.#process?.kill("SIGSTOP");
  }

  resume(): void {
    this.#process?.kill("SIGCONT");
  }

  async kill(): Promise<void> {
    const child = this.#process;
    if (child === undefined || child.exitCode !== null || child.signalCode !== null) return;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
}

async function writeServer(
  home: string,
  n: number,
  ports: readonly number[],
  options: LoopbackOptions,
): Promise<void> {
  const members = options.members ?? 1;
  const data = join(home, "data");
  await mkdir(data, { recursive: true });
  const peers = Array.from({ length: members }, (_, at) => {
    const [quorum, election] = [portOf(ports, members + at), portOf(ports, 2 * members + at)];
    return `server.${at + 1}=127.0.0.1:${quorum}:${election}`;
  });
  const config = [
    `tickTime=${options.tickTimeMs ?? 500}`,
    "initLimit=20",
    "syncLimit=10",
    `dataDir=${data}`,
    `clientPort=${portOf(ports, n - 1)}`,
    "clientPortAddress=127.0.0.1",
    "maxClientCnxns=0",
    "4lw.commands.whitelist=srvr",
    "admin.enableServer=false",
    ...(members > 1 ? peers : []),
    ...(options.config ?? []),
  ];
  await writeFile(join(home, "zoo.cfg"), `${config.join("\n")}\n`);
  await writeFile(join(data, "myid"), `${n}\n`);
  await writeFile(join(home, "logback.xml"), LOGBACK);
  await writeFile(join(home, "log4j.properties"), LOG4J);
}

const LOGBACK = `<configuration><appender name="out" class="ch.qos.logback.core.ConsoleAppender">
<encoder><pattern>%d %-5level %logger{0} %msg%n</pattern></encoder></appender>
<root level="INFO"><appender-ref ref="out"/></root></configuration>
`;
const LOG4J = `log4j.rootLogger=INFO, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=%d %-5p %c{1} %m%n
`;

/** Ports that were free a moment ago; all are held until the last is known, so none comes twice. */
export async function freePorts(count: number): Promise<number[]> {
  const holders = Array.from({ length: count }, () => createServer());
  const ports: number[] = [];
  for (const holder of holders) {
    holder.listen(0, "127.0.0.1");
    await once(holder, "listening");
    const address = holder.address();
    if (address === null || typeof address === "string") throw new Error("no TCP address");
    ports.push(address.port);
  }
  for (const holder of holders) {
    holder.close();
    await once(holder, "close");
  }
  return ports;
}

function portOf(ports: readonly number[], at: number): number {
  const port = ports[at];
  if (port === undefined) throw new Error(`the test asks for port ${at} of ${ports.length}`);
  return port;
}
