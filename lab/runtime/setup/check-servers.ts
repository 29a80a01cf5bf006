/** What ZooKeeper's servers need: Java, and Maven to fetch them (or another source of the jars). */

import { findJava, findProgram } from "./java.ts";
import type { Machine, Requirement } from "./requirements.ts";

const OLDEST_JAVA = 8;

export async function checkServers(machine: Machine): Promise<readonly Requirement[]> {
  return Promise.all([checkJava(machine), checkMaven(machine)]);
}

async function checkJava({ env, run }: Machine): Promise<Requirement> {
  const java = await findJava(env, run);
  return {
    name: "java",
    neededFor: "ZooKeeper's servers",
    found: java === undefined ? undefined : `Java ${java.version} (${java.path})`,
    ok: java !== undefined && java.major >= OLDEST_JAVA,
    remedy: `install a Java runtime, ${OLDEST_JAVA} or later, or set JAVA_HOME to one`,
    packages: ["default-jre-headless"],
    kind: "required",
  };
}

async function checkMaven({ env }: Machine): Promise<Requirement> {
  const mvn = await findProgram("mvn", env);
  return {
    name: "maven",
    neededFor: "ZooKeeper's jars in any version (else ZOOKEEPER_HOME or Debian's one version)",
    found: mvn,
    ok: mvn !== undefined,
    remedy: "install Maven, or set ZOOKEEPER_HOME to an unpacked ZooKeeper",
    packages: ["maven"],
    kind: "preferred",
  };
}
