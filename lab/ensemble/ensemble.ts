/**
 * A ZooKeeper ensemble on the nodes of a runtime: started, waited for until every server serves,
 * observed for its roles, stopped so that its files can be read.
 */

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { fourLetterWord, parseSrvr } from "../client/four-letter-word.ts";
import { LabError } from "../errors.ts";
import { FILES } from "../evidence/run-directory.ts";
import type { Zxid } from "../ids.ts";
import type { LabNode, Runtime, StartedProcess } from "../runtime/runtime.ts";
import type { ZooKeeperJars } from "../runtime/setup/zookeeper-jars.ts";
import {
  CLIENT_PORT,
  DEBUG_PORT,
  jvmArguments,
  LOGGING_FILES,
  type ServerProperties,
  type ServerSettings,
  zooCfg,
} from "./config.ts";
import type { Jump } from "./jdwp/jump.ts";
import { Jvm } from "./jdwp/jvm.ts";

const POLL_MS = 40;
const SRVR_LIMIT_MS = 1_000;
const STOP_LIMIT_MS = 5_000;

export type Role = "leader" | "follower" | "observer" | "standalone";

export interface ServerView {
  readonly server: string;
  /** `unreachable` also while an election is on: srvr answers "not currently serving requests". */
  readonly role: Role | "unreachable";
  readonly zxid: Zxid | undefined;
}

export interface Server {
  readonly name: string;
  readonly id: number;
  readonly node: LabNode;
  /** Default: CLIENT_PORT. */
  readonly clientPort?: number;
  /** The last one that was started. */
  process: StartedProcess;
  /** Starts its process again, with the same data; undefined where the runtime has no way to. */
  readonly start?: () => Promise<StartedProcess>;
  readonly dataDir: string;
  /** Brings `dataDir` up to date, where the server's files are elsewhere. */
  readonly fetch?: () => Promise<void>;
}

export interface EnsembleOptions {
  readonly runtime: Runtime;
  readonly nodes: readonly LabNode[];
  readonly jars: ZooKeeperJars;
  readonly settings: ServerSettings;
  readonly properties: ServerProperties;
  /** The servers listen for a debugger, on their own loopback. */
  readonly debugged?: boolean;
  /** Holds one folder per server: data, configuration and log, all evidence. */
  readonly directory: string;
}

export class Ensemble {
  readonly servers: readonly Server[];
  readonly connectString: string;
  /** Moves of a leader's counter since the ensemble began, also by earlier runs on it. */
  readonly jumps: Jump[] = [];

  private constructor(servers: readonly Server[]) {
    this.servers = servers;
    this.connectString = servers.map((s) => `${s.node.address}:${portOf(s)}`).join(",");
  }

  /** An ensemble of servers that the runtime itself has started. */
  static of(servers: readonly Server[]): Ensemble {
    return new Ensemble(servers);
  }

  static async start(options: EnsembleOptions): Promise<Ensemble> {
    const members = options.nodes.map((node, i) => ({
      name: node.name,
      id: i + 1,
      address: node.address,
    }));
    const servers = await Promise.all(
      options.nodes.map(async (node, i) => {
        const dataDir = join(options.directory, node.name);
        mkdirSync(join(dataDir, "conf"), { recursive: true });
        const inside = options.runtime.expose(dataDir);
        const self = members[i] ?? { name: node.name, id: i + 1, address: node.address };
        writeFileSync(
          join(dataDir, "conf", "zoo.cfg"),
          zooCfg(self, members, options.settings, inside),
        );
        writeFileSync(join(dataDir, "myid"), `${self.id}\n`);
        for (const [file, text] of Object.entries(LOGGING_FILES)) {
          writeFileSync(join(dataDir, "conf", file), text);
        }
        const classPath = [
          join(inside, "conf"),
          ...options.jars.jars.map((jar) => options.runtime.expose(jar)),
        ];
        options.runtime.makeWritable(dataDir);
        const cfgFile = join(inside, "conf", "zoo.cfg");
        const spec = {
          command: options.runtime.expose(options.jars.java),
          args: jvmArguments(classPath, cfgFile, options.properties, options.debugged),
          env: { PATH: "/usr/bin:/bin", LANG: "C.UTF-8" },
          cwd: inside,
          logFile: join(dataDir, FILES.serverLog),
        };
        const start = (): Promise<StartedProcess> => node.start(spec);
        return { name: node.name, id: self.id, node, process: await start(), start, dataDir };
      }),
    );
    return new Ensemble(servers);
  }

  /** Waits until every server serves as leader or follower; rejects naming the ones that do not. */
  async untilServing(limitMs: number, signal: AbortSignal): Promise<readonly ServerView[]> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      signal.throwIfAborted();
      const views = await this.look();
      const lagging = views.filter((view) => view.role === "unreachable");
      if (lagging.length === 0 && views.some((view) => view.role !== "follower")) return views;
      const running = await Promise.all(this.servers.map(({ node }) => node.processes()));
      const dead = this.servers.find((_, i) => running[i]?.length === 0);
      if (dead !== undefined) {
        throw new LabError("ensemble", `start ${dead.name}: its process ended before it served`, {
          hint: `see ${join(dead.dataDir, FILES.serverLog)}`,
        });
      }
      if (Date.now() > deadline) {
        const names = lagging.map((view) => view.server).join(", ");
        throw new LabError(
          "timeout",
          `wait for a quorum: ${names} not serving after ${limitMs / 1000} s`,
        );
      }
      await delay(POLL_MS);
    }
  }

  /**
   * Waits until every server has logged this zxid, so that their logs end at the same place; gives
   * the names of those that have, all of them unless the limit passed.
   */
  async untilEverywhere(zxid: Zxid, limitMs: number): Promise<readonly string[]> {
    const deadline = Date.now() + limitMs;
    for (;;) {
      const views = await this.look();
      const there = views.filter((view) => view.zxid !== undefined && view.zxid >= zxid);
      if (there.length === views.length || Date.now() > deadline) {
        return there.map((view) => view.server);
      }
      await delay(POLL_MS);
    }
  }

  /** One look at every server, by the `srvr` four-letter word (all versions have it). */
  look(): Promise<readonly ServerView[]> {
    return Promise.all(this.servers.map(lookAt));
  }

  /** Starts a server whose process has ended again; rejects where it still runs. */
  async restart(name: string): Promise<void> {
    const server = this.#find(name, "start again");
    if ((await server.node.processes()).length > 0) {
      throw new LabError("ensemble", `start ${name} again: it still runs`);
    }
    if (server.start === undefined) {
      throw new LabError("ensemble", `start ${name} again: the runtime cannot`);
    }
    server.process = await server.start();
  }

  /** Attaches a debugger to a server's JVM; only one at a time. Rejects with JdwpError. */
  async debug(name: string): Promise<Jvm> {
    const server = this.#find(name, "debug");
    return await Jvm.attach(server.node.dial(DEBUG_PORT, "loopback"), { name });
  }

  /** Opens the way to the server of this address, as the runtime reaches it. */
  dial({ host }: { readonly host: string }): Duplex {
    const server = this.servers.find(({ node }) => node.address === host);
    if (server === undefined) throw new LabError("ensemble", `dial ${host}: it is no server's`);
    return server.node.dial(portOf(server));
  }

  /** What a server has logged so far, its own log and not the transaction log. */
  logOf(server: string): string {
    const found = this.servers.find((one) => one.name === server);
    return found === undefined ? "" : readFileSync(join(found.dataDir, FILES.serverLog), "utf8");
  }

  /** Brings the servers' files into their folders, where they are not written there. */
  async fetch(): Promise<void> {
    await Promise.all(this.servers.map(async (server) => server.fetch?.()));
  }

  /** Stops all servers: SIGTERM, then SIGKILL after a limit. Their files may be read afterwards. */
  async stop(): Promise<void> {
    await Promise.all(
      this.servers.map(async ({ node, process: server }) => {
        await node.signal("SIGCONT");
        await node.signal("SIGTERM");
        const kill = setTimeout(() => void node.signal("SIGKILL"), STOP_LIMIT_MS);
        await server.exited;
        clearTimeout(kill);
      }),
    );
  }

  #find(name: string, why: string): Server {
    const server = this.servers.find((one) => one.name === name);
    if (server !== undefined) return server;
    throw new LabError("ensemble", `${why} ${name}: there is no such server`);
  }
}

async function lookAt(server: Server): Promise<ServerView> {
  try {
    const text = await fourLetterWord(
      () => server.node.dial(portOf(server)),
      "srvr",
      SRVR_LIMIT_MS,
    );
    const srvr = parseSrvr(text);
    if (srvr === undefined || srvr.mode === "read-only") return unreachable(server);
    return { server: server.name, role: srvr.mode, zxid: srvr.zxid };
  } catch {
    return unreachable(server);
  }
}

export function portOf({ clientPort }: Server): number {
  return clientPort ?? CLIENT_PORT;
}

function unreachable(server: Server): ServerView {
  return { server: server.name, role: "unreachable", zxid: undefined };
}
