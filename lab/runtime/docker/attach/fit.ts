/**
 * What an ensemble that somebody else started is fit for: which faults it can be given, each with the
 * reason why not, and how a scenario is played on it as it is, with its own ticks.
 */

import { FAULTS } from "../../../../faults/catalogue.ts";
import type { Fault } from "../../../../faults/fault.ts";
import { DEBUG_PORT, DEBUGGED_PROPERTIES } from "../../../ensemble/config.ts";
import { LabError } from "../../../errors.ts";
import { toMs } from "../../../scenario/duration.ts";
import { faultsIn } from "../../../scenario/resolve.ts";
import type { Scenario } from "../../../scenario/schema.ts";
import { checkVersion } from "../../../scenario/version.ts";
import { whyNoNodeNetwork } from "../host-processes.ts";
import type { FoundEnsemble, FoundServer } from "./find.ts";
import { whyNotEnded } from "./servers.ts";

export interface FaultFit {
  readonly fault: string;
  /** Undefined where it can be caused. */
  readonly why: string | undefined;
  /** What of it cannot. */
  readonly but?: string;
}

export function faultsFor(found: FoundEnsemble): readonly FaultFit[] {
  return FAULTS.map((fault) => {
    const why = fault.unavailable() ?? lacking(fault, found);
    const but = why === undefined && fault.name === "re-elect" ? onlyPaused(found) : undefined;
    return { fault: fault.name, why, ...(but === undefined ? {} : { but }) };
  });
}

function lacking(fault: Fault, found: FoundEnsemble): string | undefined {
  if (fault.needs === "debugger") return noDebugger(found);
  if (fault.name === "outage") return keptAlive(found);
  if (fault.needs !== "node-network") return undefined;
  const [first] = found.servers;
  return first && whyNoNodeNetwork(first.container.id, first.inspected.State.Pid);
}

/** Every server must be ready, since whichever leads is the target. */
function noDebugger({ servers }: FoundEnsemble): string | undefined {
  const deaf = servers.filter(({ command }) => command.debugger === undefined);
  if (deaf.length > 0) {
    return `${names(deaf)} started without a debugger's port (ZKLAB_JDWP=true docker compose up)`;
  }
  const elsewhere = servers.filter(({ command }) => debugPort(command.debugger) !== DEBUG_PORT);
  if (elsewhere.length > 0) {
    return `${names(elsewhere)} listen for a debugger on another port than ${DEBUG_PORT}`;
  }
  const [property = ""] = Object.keys(DEBUGGED_PROPERTIES);
  const refusing = servers.filter(
    ({ command, srvr }) =>
      refusesJumps(srvr?.version ?? "") && command.properties.get(property) !== "true",
  );
  if (refusing.length === 0) return undefined;
  return `${names(refusing)} started without -D${property}=true, and would stop serving`;
}

/** From 3.9.4 on a server refuses proposals with a hole before them (lab/ensemble/config.ts). */
function refusesJumps(version: string): boolean {
  const [major = 0, minor = 0, patch = 0] = version
    .split(".")
    .map((part) => Number.parseInt(part, 10));
  return major > 3 || (major === 3 && (minor > 9 || (minor === 9 && patch >= 4)));
}

function debugPort(address: string | undefined): number {
  return Number(/(\d+)$/.exec(address ?? "")?.[1]);
}

function onlyPaused(found: FoundEnsemble): string | undefined {
  const why = keptAlive(found);
  return why && `only how: pause; ${why}`;
}

/** Why some server is never ended. */
function keptAlive({ servers }: FoundEnsemble): string | undefined {
  const kept = servers.filter((server) => whyNotEnded(server) !== undefined);
  const [first] = kept;
  return first && `of ${names(kept)}: ${whyNotEnded(first)}`;
}

function names(servers: readonly FoundServer[]): string {
  return servers.map(({ name }) => name).join(", ");
}

export interface Fitted {
  readonly scenario: Scenario;
  /** What differs from what the scenario says, as sentences. */
  readonly notes: readonly string[];
}

/**
 * The scenario with the ensemble's own ticks, its sessions within the servers' bounds. Throws
 * LabError("environment") naming all that the ensemble was not started for.
 */
export function fitScenario(scenario: Scenario, found: FoundEnsemble): Fitted {
  const problems = unfitness(scenario, found);
  if (problems.length > 0) {
    throw new LabError(
      "environment",
      `play ${scenario.name} on ${found.project}: ${problems.join("; ")}`,
      { hint: "start the servers for it, or play it on the lab's own: zklab run" },
    );
  }
  const [first] = found.servers;
  if (first === undefined) throw new Error("bug in zklab: an ensemble without servers");
  checkVersion(scenario, first.srvr?.version ?? "3.9.0");
  const { tickTimeMs, minSessionTimeoutMs, maxSessionTimeoutMs } = first.config;
  const none = { sessionTimeoutMs: 0, tickTimeMs: 0 };
  const asked = toMs(scenario.sessionTimeout, none);
  const session = Math.min(Math.max(asked, minSessionTimeoutMs), maxSessionTimeoutMs);
  const notes: string[] = [];
  if (session !== asked) {
    notes.push(`sessions of ${session} ms instead of ${asked} ms: the servers give no other`);
  }
  if (tickTimeMs !== toMs(scenario.tickTime, none)) {
    notes.push(`the servers' tick is ${tickTimeMs} ms, the scenario's ${scenario.tickTime}`);
  }
  const times = { tickTime: `${tickTimeMs} ms`, sessionTimeout: `${session} ms` };
  return { scenario: { ...scenario, ...times }, notes };
}

function unfitness(scenario: Scenario, found: FoundEnsemble): readonly string[] {
  const fits = faultsFor(found);
  const needed = [...faultsIn(scenario)].flatMap(({ name }: Fault) => {
    const why = fits.find(({ fault }) => fault === name)?.why;
    return why === undefined ? [] : [`${name} is unavailable: ${why}`];
  });
  const properties = Object.entries(scenario.serverProperties).flatMap(([name, value]) => {
    const without = found.servers.filter(
      ({ command }) => command.properties.get(name) !== String(value),
    );
    return without.length === 0 ? [] : [`${names(without)} started without -D${name}=${value}`];
  });
  const absent = found.missing.map(({ id, host }) => `server.${id} (${host}) does not run`);
  const silent = found.servers.flatMap(({ name, srvr }) =>
    srvr === undefined ? [`${name} does not serve`] : [],
  );
  return [...absent, ...silent, ...needed, ...properties];
}
