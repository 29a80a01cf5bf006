/**
 * The servers of an attached ensemble as the lab uses them: reached, signalled, started again after a
 * fault of ours, read while they run; and left alone at the end as they were found.
 */

import { writeFileSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { Writable } from "node:stream";
import { setTimeout as delay } from "node:timers/promises";
import { LabError } from "../../../errors.ts";
import { FILES } from "../../../evidence/run-directory.ts";
import type { RuntimeServer, StartedProcess } from "../../runtime.ts";
import { exitOf } from "../attached-container.ts";
import { fetchFolder, followLog } from "../evidence.ts";
import type { Guard } from "../guard.ts";
import { DockerNode, type Inhabitant } from "../node.ts";
import { lookIn } from "../servers.ts";
import type { FoundServer } from "./find.ts";

const RUNNING_LIMIT_MS = 10_000;
const POLL_MS = 50;

export interface AttachServersOptions {
  readonly guard: Guard;
  readonly network: string;
  /** All servers' addresses there: what clients know them by. */
  readonly addresses: ReadonlySet<string>;
  readonly routable: boolean;
  /** One folder per server: its log, and what is fetched of its data. */
  readonly directory: string;
  /** At its end nobody listens to them any more. */
  readonly signal: AbortSignal;
}

export interface AttachedServer extends Omit<RuntimeServer, "start"> {
  /** Undefined where a server that was ended could not be brought back as it was. */
  readonly start?: () => Promise<StartedProcess>;
  readonly clientPort: number;
  /** Undoes what faults did to it and did not heal. */
  restore(): Promise<void>;
}

export async function attachServer(
  found: FoundServer,
  options: AttachServersOptions,
): Promise<AttachedServer> {
  const { container, name, id, config, inspected } = found;
  const { guard, network, routable, signal } = options;
  const directory = join(options.directory, name);
  await mkdir(directory, { recursive: true });
  const inhabitant = await lookIn(found.container, network);
  let isEnded = false;
  const node = new DockerNode(name, {
    ...{ routable, inhabitant },
    restarted: !["", "no"].includes(inspected.HostConfig.RestartPolicy?.Name ?? ""),
    onSignal: (which) => {
      // Continuing is noted as nothing: where it was done, doing it once more does no harm.
      if (which === "SIGSTOP") guard.note("stopped", container.id);
      if (which !== "SIGKILL" && which !== "SIGTERM") return;
      isEnded = true;
      guard.note("ended", container.id);
    },
  });
  const follow = async (since: string): Promise<StartedProcess> => {
    const file = join(directory, FILES.serverLog);
    const log = { since, tty: inspected.Config.Tty, signal };
    const logEnded = await followLog(container, file, log).catch(() => {
      // A logging driver that cannot be read; the audit says what it lacks.
      writeFileSync(file, "", { flag: "a" });
      return () => Promise.resolve();
    });
    const { pid } = await lookIn(found.container, network);
    const exited = exitOf(container, pid, signal).then(async (exit) => {
      await logEnded();
      return exit;
    });
    const stdin = new Writable({ write: (_chunk, _encoding, done) => done() });
    return { pid, stdin, stdout: undefined, stderr: undefined, exited };
  };
  const bringBack = async (): Promise<Inhabitant & { readonly startedAt: string }> => {
    const { State } = await container.inspect();
    if (!State.Running) await container.start();
    return untilRunning(found, network);
  };
  const start = async (): Promise<StartedProcess> => {
    const now = await bringBack();
    node.moveIn(now);
    isEnded = false;
    guard.note("undone", container.id);
    // The engine gives the lowest address that is free: after an outage servers may have changed places,
    // and find each other by name; clients go round all of them anyway.
    if (!options.addresses.has(now.address)) {
      const seen = `it was ${inhabitant.address} and came back as ${now.address}, which was no server's`;
      throw new LabError("ensemble", `start ${name} again at its address: ${seen}`);
    }
    return follow(now.startedAt);
  };
  return {
    ...{ name, id, node, process: await follow("0"), dataDir: directory },
    clientPort: config.clientPort,
    ...(whyNotEnded(found) === undefined ? { start } : {}),
    fetch: async () => {
      for (const folder of new Set([config.dataDir, config.dataLogDir])) {
        await fetchFolder(container, join(folder, "version-2"), join(directory, "version-2"));
      }
    },
    restore: async () => {
      node.closeShell();
      if (isEnded) await bringBack();
      await node.signal("SIGCONT");
    },
  };
}

/** Why the lab does not end this server: in a clause; undefined where it can be started again as it was. */
export function whyNotEnded({ config, inspected }: FoundServer): string | undefined {
  const { AutoRemove: isRemoved, Tmpfs: tmpfs } = inspected.HostConfig;
  if (isRemoved === true) return "its container is removed when it ends";
  const isBelow = (mount: string): boolean =>
    [config.dataDir, config.dataLogDir].some((folder) => `${folder}/`.startsWith(`${mount}/`));
  const mounts = [
    ...Object.keys((tmpfs as Record<string, string> | undefined) ?? {}),
    ...inspected.Mounts.filter(({ Type }) => Type === "tmpfs").map(
      ({ Destination }) => Destination,
    ),
  ];
  return mounts.some(isBelow) ? "its data is in memory and would be gone" : undefined;
}

async function untilRunning(
  found: FoundServer,
  network: string,
): Promise<Inhabitant & { readonly startedAt: string }> {
  const deadline = Date.now() + RUNNING_LIMIT_MS;
  for (;;) {
    const now = await lookIn(found.container, network);
    if (now.pid > 0 && now.address !== "") return now;
    if (Date.now() > deadline) {
      throw new LabError("ensemble", `start ${found.called} again: it does not run`);
    }
    await delay(POLL_MS);
  }
}
