/**
 * Elections that bare logs may hold, proposed by the names that recipes make (semantics 4). Leader
 * information is no election: Flink's `connection_info`, and ephemerals that stand alone under a name of
 * their own. A proposal is a guess for a person to confirm, never an answer.
 */

import type { RecipeName } from "../evidence/run-info.ts";
import type { SessionId } from "../ids.ts";
import type { ServerLogs } from "../txnlog/types.ts";
import { nameOf, parentOf } from "./paths.ts";

export interface Proposal {
  /** As `--election` takes it. */
  readonly electionPath: string;
  readonly recipe: RecipeName;
  /** Election znodes that were made, in the logs or in a snapshot. */
  readonly znodes: number;
  readonly sessions: number;
}

/** In the order in which they are asked: a Curator latch ends like any sequential name. */
const NAMES: readonly { readonly recipe: RecipeName; readonly pattern: RegExp }[] = [
  { recipe: "curator-latch", pattern: /latch-\d{10}$/ },
  { recipe: "kazoo-lock", pattern: /__lock__\d{10}$/ },
  { recipe: "curator-selector", pattern: /lock-\d{10}$/ },
  { recipe: "single", pattern: /^leader$/ },
  { recipe: "sequential", pattern: /\d{10}$/ },
];

/** The most used first. */
export function discover(servers: readonly ServerLogs[]): readonly Proposal[] {
  const found = new Map<string, { readonly paths: Set<string>; readonly owners: Set<SessionId> }>();
  const take = (path: string, session: SessionId): void => {
    const recipe = NAMES.find(({ pattern }) => pattern.test(nameOf(path)))?.recipe;
    if (recipe === undefined) return;
    const key = `${recipe} ${parentOf(path)}`;
    const known = found.get(key) ?? { paths: new Set<string>(), owners: new Set<SessionId>() };
    found.set(key, known);
    known.paths.add(path);
    known.owners.add(session);
  };
  for (const { files, snapshots } of servers) {
    for (const { nodes } of snapshots)
      for (const { path, ephemeralOwner } of nodes)
        if (ephemeralOwner !== undefined) take(path, ephemeralOwner);
    for (const { records } of files)
      for (const { rejected, ops, session } of records)
        for (const op of rejected ? [] : ops)
          if (op.op === "create" && op.ephemeral) take(op.path, session);
  }
  return [...found]
    .map(([key, { paths, owners }]) => {
      const at = key.indexOf(" ");
      const recipe = key.slice(0, at) as RecipeName;
      return { electionPath: key.slice(at + 1), recipe, znodes: paths.size, sessions: owners.size };
    })
    .sort((a, b) => b.znodes - a.znodes || (a.electionPath < b.electionPath ? -1 : 1));
}
