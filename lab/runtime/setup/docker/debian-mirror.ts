/** The address of the machine's own Debian mirror, as apt-get resolved its sources; never written. */

import { LabError } from "../../../errors.ts";
import { howItEnded, succeeded, tailOf } from "../command.ts";
import type { Machine } from "../requirements.ts";

const LIMIT_MS = 30_000;
const FORMAT = "$(ORIGIN) $(COMPONENT) $(REPO_URI)";

/** Throws LabError("environment") where there is none. */
export async function findDebianMirror(machine: Machine): Promise<string> {
  const answer = await machine.run(
    "apt-get",
    ["indextargets", "--format", FORMAT, "Created-By: Packages"],
    { timeoutMs: LIMIT_MS, env: machine.env },
  );
  const mirror = /^Debian main (\S+)$/m.exec(answer.stdout)?.[1];
  if (succeeded(answer) && mirror !== undefined) return mirror;
  const found = succeeded(answer)
    ? "this machine has no Debian package source"
    : `apt-get indextargets ${howItEnded(answer)}\n${tailOf(answer)}`;
  throw new LabError("environment", `find the machine's Debian mirror: ${found}`, {
    hint: "apt-get update reads the sources' lists",
  });
}
