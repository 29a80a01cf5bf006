/**
 * A lab seen from outside, in /proc: all processes that descend from it or live in its pid namespace.
 * A process is known by pid and start time, since both pids and namespace numbers are used again.
 */

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, readlinkSync } from "node:fs";

export interface SeenProcess {
  readonly pid: number;
  readonly parent: number;
  /** As in ps: T is stopped. Zombies are never seen here. */
  readonly state: string;
  /** Clock ticks since boot. */
  readonly start: number;
  readonly pidNamespace: string;
  readonly networkNamespace: string;
  readonly command: string;
}

export function allProcesses(): SeenProcess[] {
  return readdirSync("/proc").flatMap((name) =>
    /^\d+$/.test(name) ? seeProcess(Number(name)) : [],
  );
}

function seeProcess(pid: number): SeenProcess[] {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const [state = "", parent, ...fields] = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    if (state === "Z" || state === "X") return [];
    return [
      {
        pid,
        parent: Number(parent),
        state,
        start: Number(fields[17]),
        pidNamespace: readlinkSync(`/proc/${pid}/ns/pid`),
        networkNamespace: readlinkSync(`/proc/${pid}/ns/net`),
        command: readFileSync(`/proc/${pid}/cmdline`, "latin1").replaceAll("\0", " ").trim(),
      },
    ];
  } catch {
    return []; // It ended while it was looked at.
  }
}

export class LabWatch {
  readonly #outer: number;
  readonly #seen = new Set<string>();
  readonly #namespaces = new Set<string>();

  constructor(outer: number) {
    this.#outer = outer;
  }

  /** Everything of the lab right now, the outer process first; remembers it all. */
  look(): readonly SeenProcess[] {
    const here = readlinkSync("/proc/self/ns/pid");
    const all = allProcesses();
    const mine = new Set([this.#outer]);
    for (let before = 0; before !== mine.size; ) {
      before = mine.size;
      for (const process of all) if (mine.has(process.parent)) mine.add(process.pid);
    }
    const found = all.filter((process) => mine.has(process.pid));
    for (const process of found) {
      this.#seen.add(keyOf(process));
      if (process.pidNamespace !== here) this.#namespaces.add(process.pidNamespace);
    }
    return found;
  }

  /** The child of the outer process (setpriv, then unshare) and process 1 of the namespace. */
  parts(): { readonly child: number; readonly inside: number } | undefined {
    const found = this.look();
    const child = found.find((process) => process.parent === this.#outer);
    const inside = found.find((process) => process.parent === child?.pid);
    return child === undefined || inside === undefined
      ? undefined
      : { child: child.pid, inside: inside.pid };
  }

  /** What is still there of a lab that ended at this time, running or stopped. */
  left(endedAtTicks: number): readonly SeenProcess[] {
    return allProcesses().filter(
      (process) =>
        this.#seen.has(keyOf(process)) ||
        (this.#namespaces.has(process.pidNamespace) && process.start <= endedAtTicks),
    );
  }
}

function keyOf({ pid, start }: SeenProcess): string {
  return `${pid} ${start}`;
}

/** Clock ticks since boot, as in a process's start time. */
export function ticksNow(): number {
  return Math.ceil(Number(readFileSync("/proc/uptime", "latin1").split(" ")[0]) * 100);
}

/**
 * A container engine may work beside the tests, and a lab in its containers cuts at the engine's bridges;
 * what is theirs says so. A local lab's own table is in a namespace of its own.
 */
const OF_AN_ENGINE =
  /docker|\bbr-[0-9a-f]{12}\b|^table (ip6? (filter|nat|raw|mangle)|bridge zklab_[0-9a-f]+)$/;

/** What a local lab could leave on the machine besides processes. */
export function machineState(): Readonly<Record<string, readonly string[]>> {
  const run = (command: string, ...args: readonly string[]): string[] =>
    lines(execFileSync(command, args, { encoding: "utf8" }));
  return {
    namespaces: run("ip", "netns", "list"),
    links: run("ip", "-oneline", "link", "show"),
    firewall: run("nft", "list", "tables"),
    // Only where a lab mounts: others may mount elsewhere meanwhile.
    mounts: lines(readFileSync("/proc/self/mounts", "utf8")).filter((mount) =>
      / (\/run|\/proc)[ /]|zklab/.test(mount),
    ),
  };
}

function lines(text: string): string[] {
  return text.split("\n").filter((line) => line !== "" && !OF_AN_ENGINE.test(line));
}
