/** A real ensemble on this machine's loopback whose leader's counter is brought near the end of its epoch. */

import { connect } from "node:net";
import { DEBUGGED_PROPERTIES } from "../../../lab/ensemble/config.ts";
import { jump } from "../../../lab/ensemble/jdwp/jump.ts";
import { Jvm } from "../../../lab/ensemble/jdwp/jvm.ts";
import { findLeader, readZxid } from "../../../lab/ensemble/jdwp/leader-zxid.ts";
import { LabError } from "../../../lab/errors.ts";
import { epochOf, ZXID_SPLIT } from "../../../lab/ids.ts";
import { provideZooKeeper } from "../../../lab/runtime/setup/zookeeper-jars.ts";
import { freePorts, type Loopback, startLoopback } from "../../builders/loopback-server.ts";
import type { Versions } from "../topic.ts";

const MEMBERS = 3;

export interface Debugged extends AsyncDisposable {
  readonly loopback: Loopback;
  readonly versions: Versions;
  /** Leaves so many transactions in the leader's epoch; gives that epoch. */
  leave(left: number): Promise<number>;
}

export async function startDebugged(version: string): Promise<Debugged> {
  const { javaVersion } = await provideZooKeeper({ version });
  const ports = await freePorts(MEMBERS);
  const loopback = await startLoopback({
    ...{ version, members: MEMBERS },
    flags: Object.entries(DEBUGGED_PROPERTIES).map(([name, value]) => `-D${name}=${value}`),
    flagsOf: (id) => [
      `-agentlib:jdwp=transport=dt_socket,server=y,suspend=n,quiet=y,address=127.0.0.1:${ports[id - 1]}`,
    ],
  });
  return {
    loopback,
    versions: { java: javaVersion, zookeeper: version },
    leave: (left) => leave(loopback, ports, left),
    [Symbol.asyncDispose]: () => loopback[Symbol.asyncDispose](),
  };
}

async function leave(loopback: Loopback, ports: readonly number[], left: number): Promise<number> {
  for (const server of loopback.servers) {
    if ((await server.srvr())?.mode !== "leader") continue;
    const socket = connect({ host: "127.0.0.1", port: ports[server.id - 1] ?? 0 });
    await using jvm = await Jvm.attach(socket, { name: `zk${server.id}` });
    const handle = await findLeader(jvm);
    const epoch = epochOf(await readZxid(jvm, handle));
    await jump(jvm, handle, { epoch, left, split: ZXID_SPLIT, journal: () => undefined });
    return epoch;
  }
  throw new LabError("ensemble", "no server of the ensemble leads");
}
