/**
 * What each session wrote into its election znodes: recipes let a program put its name there, which is all
 * that logs tell of whose two sessions are. It is the program's word, so nobody is joined by it unasked.
 */

import type { GroupInfo } from "../evidence/run-info.ts";
import type { SessionId } from "../ids.ts";
import type { CommittedHistory, Snapshot } from "../txnlog/types.ts";
import { parentOf } from "./paths.ts";
import { recipeOf } from "./recipes.ts";

export function electionData(
  groups: readonly GroupInfo[],
  history: CommittedHistory,
  base: Snapshot | undefined,
): ReadonlyMap<SessionId, string> {
  const directories = new Set(
    groups.map(({ recipe, electionPath }) => recipeOf(recipe).directory(electionPath)),
  );
  const said = new Map<SessionId, string>();
  const take = (path: string, session: SessionId | undefined, data: Uint8Array): void => {
    if (session === undefined || data.length === 0 || !directories.has(parentOf(path))) return;
    said.set(session, new TextDecoder().decode(data));
  };
  for (const { path, ephemeralOwner, data } of base?.nodes ?? []) take(path, ephemeralOwner, data);
  for (const { record } of history.committed)
    for (const op of record.ops)
      if (op.op === "create" && op.ephemeral) take(op.path, record.session, op.data);
  return said;
}
