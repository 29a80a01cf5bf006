/**
 * ZooKeeper from ZOOKEEPER_HOME: an unpacked release that the user has. Nothing of it is copied or
 * changed; 3.5 and later keep every jar in `lib/`, 3.4 its own jar at the top.
 */

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { LabError } from "../../errors.ts";
import { checkServerStarts, loggingOf, oneBinding, serverVersion } from "./class-path.ts";
import type { Answer, Wanted } from "./source.ts";

/** The jars of ZOOKEEPER_HOME, checked by starting them; passed over where they are not wanted. */
export async function findInHome(wanted: Wanted): Promise<Answer> {
  const home = wanted.env["ZOOKEEPER_HOME"];
  if (home === undefined || home === "") return { passedOver: "ZOOKEEPER_HOME is not set" };
  const top = (await jarsIn(home)).filter((jar) => serverVersion([jar]) !== undefined);
  const jars = oneBinding([...top, ...(await jarsIn(join(home, "lib")))]);
  const version = serverVersion(jars);
  if (version === undefined) {
    return { passedOver: `ZOOKEEPER_HOME (${home}) has no zookeeper-<version>.jar` };
  }
  if (wanted.exactly && version !== wanted.version) {
    return { passedOver: `ZOOKEEPER_HOME has ${version}, not ${wanted.version}` };
  }
  const logging = loggingOf(jars);
  if (logging === undefined) {
    return { passedOver: `ZOOKEEPER_HOME (${home}) has neither logback nor log4j` };
  }
  try {
    await checkServerStarts(jars, wanted.java.path, wanted.run);
  } catch (error) {
    if (error instanceof LabError) return { passedOver: `ZOOKEEPER_HOME: ${error.message}` };
    throw error;
  }
  return { jars, version, logging, from: "ZOOKEEPER_HOME" };
}

async function jarsIn(directory: string): Promise<string[]> {
  const names = await readdir(directory).catch(() => []);
  return names
    .filter((name) => name.endsWith(".jar"))
    .sort()
    .map((name) => join(directory, name));
}
