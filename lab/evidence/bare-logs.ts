/**
 * Evidence from bare logs: the data directories of an ensemble that no lab watched, and what a person says
 * of it. Nothing is written into them, and no path goes into the report.
 */

import { existsSync, statSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { LabError } from "../errors.ts";
import type { ServerLogs } from "../txnlog/types.ts";
import type { BareLogs, Evidence } from "./evidence.ts";
import { loadServer, type ServerPlace } from "./load.ts";
import { FILES } from "./run-directory.ts";
import { type GroupInfo, RUN_SCHEMA_VERSION, type RunInfo } from "./run-info.ts";

const DATA = "version-2";
const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,40}$/;

/** The servers of these directories: `DIR`, or `DIR,DIR` for a dataDir and a dataLogDir. */
export function loadBareServers(directories: readonly string[]): {
  readonly servers: readonly ServerLogs[];
  readonly problems: readonly string[];
} {
  const problems: string[] = [];
  const named = new Set<string>();
  const servers = directories.map((directory, i) => {
    const parts = directory.split(",");
    const folders = parts.map(dataFolder);
    const own = basename(dirname(folders[0] ?? ""));
    const server = NAME.test(own) && !named.has(own) ? own : `server-${i + 1}`;
    named.add(server);
    const place: ServerPlace = {
      folders,
      serverLog: join(dirname(folders[0] ?? ""), FILES.serverLog),
    };
    return loadServer(place, { server, role: "participant" }, problems);
  });
  return { servers, problems };
}

function dataFolder(directory: string): string {
  const whole = resolve(directory);
  const folder = basename(whole) === DATA ? whole : join(whole, DATA);
  if (existsSync(folder) && statSync(folder).isDirectory()) return folder;
  throw new LabError("bad-input", `audit the logs in ${directory}: no ${DATA} in it`, {
    hint: "name a server's dataDir, or `dataDir,dataLogDir` where the logs are apart",
  });
}

export interface BareAudit extends BareLogs {
  readonly zookeeper: string;
  readonly group: GroupInfo;
}

export function bareEvidence(
  { servers, problems }: ReturnType<typeof loadBareServers>,
  { zookeeper, group, ...bare }: BareAudit,
): Evidence {
  return {
    run: describe(servers, group, zookeeper),
    history: [],
    servers,
    bare,
    problems: problems.map((says) => ({ says })),
  };
}

/** What is known of a run that was none. */
function describe(servers: readonly ServerLogs[], group: GroupInfo, zookeeper: string): RunInfo {
  return {
    schema: RUN_SCHEMA_VERSION,
    zklab: "",
    scenario: {
      name: "logs",
      description: "An ensemble's own transaction logs, which no lab watched.",
      source: "logs",
    },
    ...{ seed: "none", startedAt: "", monotonicOrigin: "0", bootId: "", runtime: "bare logs" },
    host: { kernel: "", cpus: 0, memoryBytes: 0, node: "", java: "" },
    zookeeper: { version: zookeeper, source: "the person who asked" },
    ...{ tickTimeMs: 1, sessionTimeoutMs: 1 },
    servers: servers.map(({ server: name, role }, i) => ({ name, id: i + 1, address: "", role })),
    groups: [group],
  };
}
