/** What building the native client needs; nothing of it is needed to use one that is in the cache. */

import { findProgram } from "./java.ts";
import { BUILD_PROGRAMS, findNativeClient } from "./native-client.ts";
import { findNodeHeaders } from "./node-headers.ts";
import type { Machine, Requirement } from "./requirements.ts";

const NEEDED_FOR = "building the native client of the naive strategy";

export async function checkNativeBuild({ env }: Machine): Promise<readonly Requirement[]> {
  if (findNativeClient(env) !== undefined) return [];
  const programs = BUILD_PROGRAMS.map(async (name): Promise<Requirement> => {
    const found = await findProgram(name, env);
    return requirement(name, found, `install ${name}`, [name]);
  });
  return Promise.all([...programs, checkHeaders()]);
}

async function checkHeaders(): Promise<Requirement> {
  const headers = findNodeHeaders();
  const found = headers === undefined ? undefined : `${headers.prefix}/include/node`;
  const name = "Node's headers";
  // Only Debian's own Node lies in /usr/bin without its headers.
  return process.execPath === "/usr/bin/node"
    ? requirement(name, found, "install libnode-dev", ["libnode-dev"])
    : requirement(name, found, `use a Node ${process.version} that has include/node beside it`, []);
}

function requirement(
  name: string,
  found: string | undefined,
  remedy: string,
  packages: readonly string[],
): Requirement {
  const ok = found !== undefined;
  return { name, neededFor: NEEDED_FOR, found, ok, remedy, packages, kind: "native-client" };
}
