/**
 * The labels that every container, network and volume of a lab carries (the same as in
 * docker-compose.yml), and from them who still owns it. An owner is this machine, this boot, a pid and
 * its start time: a remote engine holds other machines' labs too, of which nothing can be said here.
 */

import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { startTimeOf } from "../process-identity.ts";

export const LABEL = {
  run: "zklab.run",
  owner: "zklab.owner",
  started: "zklab.started",
  /** On the helper container that cuts the network, and only there. */
  network: "zklab.network",
} as const;
/** What `docker compose up` by hand is labelled with: nobody's, and never removed by a lab. */
export const BY_HAND = "by-hand";

export interface RunLabels {
  readonly [LABEL.run]: string;
  readonly [LABEL.owner]: string;
  readonly [LABEL.started]: string;
}

/** Labels for what this process starts now. */
export function newRunLabels(): RunLabels {
  return {
    [LABEL.run]: randomBytes(5).toString("hex"),
    [LABEL.owner]: [...thisBoot(), process.pid, startTimeOf(process.pid) ?? ""].join("/"),
    [LABEL.started]: new Date().toISOString(),
  };
}

/** True only where it is certain: an owner on this machine that is gone. */
export function isOwnerDead(owner: string | undefined): boolean {
  const [host, boot, pid, start, ...rest] = (owner ?? "").split("/");
  if (start === undefined || start === "" || rest.length > 0) return false;
  const [thisHost, thisBootId] = thisBoot();
  if (host !== thisHost) return false;
  return boot !== thisBootId || startTimeOf(Number(pid)) !== start;
}

function thisBoot(): readonly [string, string] {
  const boot = readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim();
  return [hostname(), boot];
}
