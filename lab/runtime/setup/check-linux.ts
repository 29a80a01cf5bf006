/**
 * What the local runtime needs of Linux: root or user namespaces, the programs it drives, and a kernel that makes
 * namespaces, bridges and nftables. The kernel is asked by doing it, inside a namespace of its own
 * that vanishes with the probe.
 */

import { type CommandResult, howItEnded, succeeded } from "./command.ts";
import { findProgram } from "./java.ts";
import type { Machine, Requirement } from "./requirements.ts";

const PROBE_LIMIT_MS = 5_000;
const NAMESPACES = ["--net", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"];

const PROGRAMS = [
  { name: "ip", asks: ["-V"], from: "iproute2", neededFor: "networks between the nodes" },
  { name: "nft", asks: ["-v"], from: "nftables", neededFor: "network partitions" },
  { name: "unshare", asks: ["-V"], from: "util-linux", neededFor: "a namespace for each node" },
  { name: "nsenter", asks: ["-V"], from: "util-linux", neededFor: "acting inside a node" },
  { name: "setpriv", asks: ["-V"], from: "util-linux", neededFor: "servers as an ordinary user" },
] as const;

export async function checkLinux(machine: Machine): Promise<readonly Requirement[]> {
  if (machine.platform !== "linux") return [notLinux(machine)];
  return Promise.all([
    checkRoot(machine),
    ...PROGRAMS.map((program) => checkProgram(machine, program)),
    checkKernel(machine, {
      name: "namespaces",
      neededFor: "a network, mounts and processes of its own for each node",
      uses: [["unshare", "util-linux"]],
      command: [...NAMESPACES, "true"],
    }),
    checkKernel(machine, {
      name: "bridge and veth",
      neededFor: "networks between the nodes",
      uses: [
        ["unshare", "util-linux"],
        ["ip", "iproute2"],
      ],
      command: ["--net", "sh", "-c", BRIDGE_PROBE],
    }),
    checkKernel(machine, {
      name: "nftables of the bridge",
      neededFor: "network partitions",
      uses: [
        ["unshare", "util-linux"],
        ["nft", "nftables"],
      ],
      command: ["--net", "sh", "-c", NFT_PROBE],
    }),
  ]);
}

// PATH as in findProgram: an ordinary user's has no sbin.
const SBIN = "PATH=$PATH:/usr/sbin:/sbin";
const BRIDGE_PROBE = `${SBIN}; ip link add zkprobe0 type bridge && ip link add zkprobe1 type veth peer name zkprobe2`;
// A rule with a set of address pairs on the forward hook: what a partition is made of.
const NFT_PROBE = `${SBIN}; nft 'table bridge zkprobe { set cut { type ipv4_addr . ipv4_addr; }; chain f { type filter hook forward priority 0; ip saddr . ip daddr @cut drop; }; }'`;

function notLinux({ platform }: Machine): Requirement {
  return {
    name: "linux",
    neededFor: "the local runtime",
    found: platform,
    ok: false,
    remedy: "run zklab on Linux (or in a Linux VM); the docker runtime will do elsewhere, later",
    packages: [],
    kind: "required",
  };
}

async function checkRoot(machine: Machine): Promise<Requirement> {
  const root = machine.uid === 0;
  const result = root
    ? undefined
    : await unshare(machine, ["--user", "--map-root-user", ...NAMESPACES, "true"]);
  const rootless = result !== undefined && succeeded(result);
  const user = `user ${machine.uid ?? "unknown"}`;
  return {
    name: "privileges",
    neededFor: "namespaces, networks and signals of the local runtime",
    found: root
      ? "root"
      : `${user}, ${rootless ? "rootless by a user namespace" : "no user namespaces"}`,
    ok: root || rootless,
    // Ubuntu 23.10 and later keep user namespaces from programs without an AppArmor profile.
    remedy:
      "run zklab as root (sudo), or allow user namespaces (sysctl kernel.unprivileged_userns_clone=1; " +
      "on Ubuntu kernel.apparmor_restrict_unprivileged_userns=0)",
    packages: [],
    kind: "required",
  };
}

async function checkProgram(
  machine: Machine,
  program: (typeof PROGRAMS)[number],
): Promise<Requirement> {
  const about = { name: program.name, neededFor: program.neededFor, kind: "required" } as const;
  const cure = { remedy: `install ${program.from}`, packages: [program.from] };
  const path = await findProgram(program.name, machine.env);
  if (path === undefined) return { ...about, ...cure, found: undefined, ok: false };
  const answer = await machine.run(path, program.asks, { timeoutMs: PROBE_LIMIT_MS });
  const words = firstLine(answer);
  if (succeeded(answer)) return { ...about, ...cure, found: words ?? path, ok: true };
  const found = `${path} ${howItEnded(answer)}${words === undefined ? "" : `: ${words}`}`;
  return { ...about, ...cure, found, ok: false };
}

interface KernelProbe {
  readonly name: string;
  readonly neededFor: string;
  /** Programs that the probe runs, and the packages they come from. */
  readonly uses: readonly (readonly [program: string, from: string])[];
  /** Arguments of `unshare`. */
  readonly command: readonly string[];
}

async function checkKernel(machine: Machine, probe: KernelProbe): Promise<Requirement> {
  const about = { name: probe.name, neededFor: probe.neededFor, kind: "required" } as const;
  const missing: string[] = [];
  for (const [program, from] of probe.uses) {
    if ((await findProgram(program, machine.env)) === undefined) missing.push(from);
  }
  if (missing.length > 0) {
    const remedy = `install ${missing.join(" and ")}; only then can the kernel be asked`;
    return { ...about, found: undefined, ok: false, remedy, packages: missing };
  }
  // An ordinary user may hold the namespaces only inside a user namespace; privileges says the rest.
  const asUser = machine.uid === 0 ? [] : ["--user", "--map-root-user"];
  const result = await unshare(machine, [...asUser, ...probe.command]);
  const ok = succeeded(result);
  return {
    ...about,
    found: ok
      ? "works"
      : `unshare ${howItEnded(result)}: ${firstLine(result) ?? "no reason given"}`,
    ok,
    remedy:
      "use a kernel, or a container, that allows it (as root; CAP_SYS_ADMIN and CAP_NET_ADMIN)",
    packages: [],
  };
}

function unshare(machine: Machine, args: readonly string[]): Promise<CommandResult> {
  return machine.run("unshare", args, { timeoutMs: PROBE_LIMIT_MS, env: machine.env });
}

function firstLine(result: CommandResult): string | undefined {
  return `${result.stdout}\n${result.stderr}`.split("\n").find((line) => line.trim() !== "");
}
