/**
 * Node's C headers, which an addon is compiled against. Every Node from nodejs.org, nvm or
 * NodeSource has them beside it; Debian's has them in `libnode-dev`. They must be of this very ABI:
 * Debian 12's headers (Node 18) beside another Node 20 would build an addon that does not load.
 */

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";

export interface NodeHeaders {
  /** What node-gyp calls `nodedir`: `<prefix>/include/node/node_version.h` exists. */
  readonly prefix: string;
}

/** The headers that belong to the running Node, or undefined. */
export function findNodeHeaders(
  node: { execPath: string; abi: string } = {
    execPath: process.execPath,
    abi: process.versions.modules,
  },
): NodeHeaders | undefined {
  for (const prefix of [dirname(dirname(node.execPath)), "/usr", "/usr/local"]) {
    if (abiOf(join(prefix, "include", "node", "node_version.h")) === node.abi) return { prefix };
  }
  return undefined;
}

function abiOf(header: string): string | undefined {
  try {
    return /^#define NODE_MODULE_VERSION (\d+)/m.exec(readFileSync(header, "utf8"))?.[1];
  } catch {
    return undefined;
  }
}
