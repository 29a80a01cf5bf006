/**
 * Whether the engine reaches an image registry. The engine itself is asked, since it is the engine
 * that pulls, through mirrors and proxies of its own; only a description is fetched, never an image.
 */

import { openEngine } from "./engine.ts";

/** The official image that `zklab images --base registry` would start from. */
export const REGISTRY_SERVER_IMAGE = "zookeeper:3.9";
const LIMIT_MS = 4_000;

export async function reachesRegistry(
  env: NodeJS.ProcessEnv,
): Promise<{ readonly ok: boolean; readonly found: string }> {
  try {
    const docker = await openEngine({ env, timeoutMs: LIMIT_MS });
    await docker.getImage(REGISTRY_SERVER_IMAGE).distribution();
    return { ok: true, found: `reachable (asked about ${REGISTRY_SERVER_IMAGE})` };
  } catch (error) {
    const reason = error instanceof Error ? error.message.slice(0, 120) : "unknown";
    return { ok: false, found: `not reachable: ${reason}` };
  }
}
