/**
 * Election recipes as data (semantics 4): which children of the election directory count, in what order
 * the library itself compares them, and whose they are. "The lowest child leads" is three different
 * rules: with `x__rlock__0000000001` and `y__lock__0000000002` under one path, kazoo's Election has the
 * second lead, Curator would have the first.
 */

import type { RecipeName } from "../evidence/run-info.ts";

export interface Recipe {
  readonly name: RecipeName;
  /** The directory whose children are counted. */
  readonly directory: (electionPath: string) => string;
  /** What the library sorts a child by; undefined: the child does not count. */
  readonly keyOf: (child: string) => string | undefined;
  /** True where the child's name is one that the recipe itself makes. A counted child that is not makes the term unknown. */
  readonly isKnown: (child: string) => boolean;
  /** True where the library makes persistent nodes on request (kazoo `acquire(ephemeral=False)`); their owner is the creating session. */
  readonly persistentOwners: boolean;
}

/** How many lead at once. Semantics 4 refuses more than one (semaphores, leases). */
export const SLOTS = 1;

const SEQUENCE = "-?\\d{10}";
const SEQUENTIAL = new RegExp(`(${SEQUENCE})$`);

const RECIPE_TABLE: Readonly<Record<RecipeName, Recipe>> = {
  "curator-latch": curator("curator-latch", "latch-", (path) => path),
  "curator-selector": curator("curator-selector", "lock-", (path) => path),
  // ZooKeeperLeaderElectionDriver puts Curator's LeaderLatch at `/latch` of its own namespace.
  flink: curator("flink", "latch-", (path) => (path.endsWith("/latch") ? path : `${path}/latch`)),
  "kazoo-lock": kazoo("kazoo-lock", "__lock__"),
  "kazoo-write-lock": kazoo("kazoo-write-lock", "__lock__|__rlock__"),
  single: {
    name: "single",
    directory: (path) => path,
    keyOf: (child) => (child === "leader" ? "" : undefined),
    isKnown: () => true,
    persistentOwners: false,
  },
  sequential: {
    name: "sequential",
    directory: (path) => path,
    keyOf: (child) => SEQUENTIAL.exec(child)?.[1],
    isKnown: () => true,
    persistentOwners: false,
  },
};

export function recipeOf(name: RecipeName): Recipe {
  return RECIPE_TABLE[name];
}

/** Java's String.compareTo and Python's str order agree with UTF-16 units on the keys that recipes make. */
export function compareKeys(left: string, right: string): number {
  return left < right ? -1 : left > right ? 1 : 0;
}

/**
 * StandardLockInternalsSorter: all children count; the key is the text after the *last* marker, and a
 * child without it is sorted by its whole name.
 */
function curator(name: RecipeName, marker: string, directory: Recipe["directory"]): Recipe {
  const known = new RegExp(`${marker}${SEQUENCE}$`);
  return {
    name,
    directory,
    keyOf: (child) => {
      const at = child.lastIndexOf(marker);
      return at < 0 ? child : child.slice(at + marker.length);
    },
    isKnown: (child) => known.test(child),
    persistentOwners: false,
  };
}

/** kazoo.recipe.lock: only children that match its pattern count, sorted by the captured text. */
function kazoo(name: RecipeName, markers: string): Recipe {
  const pattern = new RegExp(`(?:${markers})(${SEQUENCE})$`);
  return {
    name,
    directory: (path) => path,
    keyOf: (child) => pattern.exec(child)?.[1],
    isKnown: () => true,
    persistentOwners: true,
  };
}
