/** What a scenario needs of the ZooKeeper version that it is played on. */

import { LabError } from "../errors.ts";
import type { Scenario } from "./schema.ts";

/**
 * Throws LabError("bad-input") where the scenario needs what this ZooKeeper has not: a request that a
 * server does not know ends in Unimplemented, of which nobody learns why.
 */
export function checkVersion(scenario: Scenario, version: string): void {
  const [, minor = 0, patch = 0] = version.split(".").map(Number);
  const hasContainers = minor > 5 || (minor === 5 && patch >= 3);
  if (hasContainers) return;
  for (const [name, group] of Object.entries(scenario.groups)) {
    if (group.electionParent !== "container") continue;
    throw new LabError(
      "bad-input",
      `play ${scenario.name} on ZooKeeper ${version}: the election of group ${name} is below a container znode`,
      { hint: "containers came with ZooKeeper 3.5.3; ask for a later one with --zookeeper" },
    );
  }
}
