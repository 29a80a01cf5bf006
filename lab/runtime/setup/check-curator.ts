/** What building the Java contender needs; nothing but a `java` where it is in the cache already. */

import { findCurator, OLDEST_CURATOR_JAVA } from "./curator.ts";
import { findJava, findProgram } from "./java.ts";
import type { Machine, Requirement } from "./requirements.ts";

const NEEDED_FOR = "the contender curator-latch";

export async function checkCurator({ env, run }: Machine): Promise<readonly Requirement[]> {
  if (findCurator(env) !== undefined) return [];
  const java = await findJava(env, run);
  const newEnough = java !== undefined && java.major >= OLDEST_CURATOR_JAVA;
  const compiler = await findProgram("javac", env);
  return [
    {
      name: "javac",
      neededFor: `building ${NEEDED_FOR}`,
      found:
        compiler === undefined || newEnough ? compiler : `beside Java ${java?.version ?? "none"}`,
      ok: compiler !== undefined && newEnough,
      remedy: `install a JDK, ${OLDEST_CURATOR_JAVA} or later`,
      packages: ["default-jdk-headless", "maven"],
      kind: "curator",
    },
  ];
}
