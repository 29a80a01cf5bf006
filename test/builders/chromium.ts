/** Finds the system's Chromium, and on Debian installs it where `npm test` was allowed to install. */

import { existsSync } from "node:fs";
import { LabError } from "../../lab/errors.ts";
import { hasApt, installCommand, installPackages } from "../../lab/runtime/setup/apt.ts";
import { thisMachine } from "../../lab/runtime/setup/requirements.ts";

const PLACES = ["chromium", "chromium-browser", "google-chrome-stable", "google-chrome"].map(
  (name) => `/usr/bin/${name}`,
);
const PACKAGE = "chromium";

/** A path; undefined where there is none. `ZKLAB_CHROMIUM` names another one. */
export function findChromium(env: NodeJS.ProcessEnv = process.env): string | undefined {
  const named = env["ZKLAB_CHROMIUM"] ?? "";
  return named === "" ? PLACES.find((place) => existsSync(place)) : named;
}

/** Throws with the remedy: a suite that could not look at a page must not be green. */
export function chromium(): string {
  const found = findChromium();
  if (found !== undefined) return found;
  throw new LabError(
    "environment",
    `look at the report in Chromium: none of ${PLACES.join(", ")}`,
    {
      hint: `run: ${installCommand([PACKAGE], process.getuid?.())}, or name one in ZKLAB_CHROMIUM`,
    },
  );
}

/** Before the suites start; what it cannot install, the browser suite tells. */
export async function provideChromium(
  options: { readonly yes: boolean; readonly env: NodeJS.ProcessEnv },
  say: (line: string) => void,
): Promise<void> {
  const { yes, env } = options;
  if (findChromium(env) !== undefined) return;
  if (!yes && env["ZKLAB_SETUP"] !== "yes" && env["CI"] !== "true") return;
  const machine = thisMachine(env);
  if (machine.uid !== 0 || !(await hasApt(machine))) return;
  await installPackages([PACKAGE], machine, say);
}
