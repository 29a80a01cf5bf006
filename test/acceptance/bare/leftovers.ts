/**
 * What a bare machine has left after a run, seen from outside: processes and namespaces of its own,
 * bridges and firewall tables in the network namespace that it shares with the host. What a container
 * engine of the host makes there meanwhile is not the bare machine's: it has no engine.
 */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Docker's links (docker0, br-<network>, veth<random>) and iptables' tables, by the names they give. */
const OF_AN_ENGINE =
  /^(link (docker0|br-[0-9a-f]{12}|veth[0-9a-f]{7})|firewall table ip6? (nat|filter|raw|mangle))$/;

/** One line each, sorted; two of them compared tell what came. */
export type Traces = readonly string[];

/** Everything in the process table at `proc` and in the host's network that a run could leave. */
export function tracesOf(proc: string): Traces {
  return [...processes(proc), ...namespaces(proc), ...pinned(proc), ...links(), ...firewallTables()]
    .filter((trace) => !OF_AN_ENGINE.test(trace))
    .sort();
}

/** What is in `after` and was not in `before`. */
export function leftovers(before: Traces, after: Traces): Traces {
  const known = new Set(before);
  return after.filter((trace) => !known.has(trace));
}

function pids(proc: string): string[] {
  return readdirSync(proc).filter((name) => /^\d+$/.test(name));
}

function processes(proc: string): string[] {
  return pids(proc).flatMap((pid) => {
    const comm = attempt(() => readFileSync(join(proc, pid, "comm"), "utf8").trim());
    return comm === undefined ? [] : [`process ${pid} ${comm}`];
  });
}

function namespaces(proc: string): string[] {
  const found = pids(proc).flatMap((pid) =>
    ["mnt", "net", "pid", "user", "uts", "ipc"].map((kind) =>
      attempt(() => `namespace ${readlinkSync(join(proc, pid, "ns", kind))}`),
    ),
  );
  return [...new Set(found.filter((one) => one !== undefined))];
}

/** A namespace without a process lives on where a name is bound to it. */
function pinned(proc: string): string[] {
  return readFileSync(join(proc, "1", "mountinfo"), "utf8")
    .split("\n")
    .filter((line) => line.includes(" - nsfs "))
    .map((line) => `pinned namespace ${line.split(" ")[4]}`);
}

function links(): string[] {
  const json = execFileSync("ip", ["-json", "link"], { encoding: "utf8" });
  return (JSON.parse(json) as { ifname: string }[]).map(({ ifname }) => `link ${ifname}`);
}

function firewallTables(): string[] {
  const tables = execFileSync("nft", ["list", "tables"], { encoding: "utf8" });
  return tables
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => `firewall ${line}`);
}

/** A process may end while it is looked at. */
function attempt<T>(look: () => T): T | undefined {
  try {
    return look();
  } catch {
    return undefined;
  }
}
