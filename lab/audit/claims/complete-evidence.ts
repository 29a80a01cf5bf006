/**
 * The evidence is complete: the run has its opening and its seal, every counter between is somewhere,
 * every file could be read, and every fault took effect. This claim is never violated: what is missing
 * makes it, and with it the run, unknown (semantics 16, 22).
 */

import { counterOf, formatZxid } from "../../ids.ts";
import { Tally } from "../findings.ts";
import type { ClaimResult } from "../types.ts";
import { isInRun } from "../window.ts";
import type { World } from "../world.ts";

export const COMPLETE_EVIDENCE = {
  claim: "complete-evidence",
  sentence: "The evidence is complete from the opening write to the sealing write",
  findings: ["evidence-gap"],
} as const;

export function judgeCompleteEvidence(world: World): ClaimResult {
  const tally = new Tally({ ...COMPLETE_EVIDENCE, group: undefined });
  for (const { record } of world.history.committed)
    if (isInRun(record.zxid, world.window)) tally.examined++;
  for (const reason of world.doubts.reasons) tally.doubt(reason);
  for (const { from, to } of world.history.gaps.filter((gap) => isInRun(gap.to, world.window)))
    tally.find("unknown", () => ({
      name: "evidence-gap",
      culprit: "lab",
      message: `no server logged ${formatZxid(from)} to ${formatZxid(to)} (${counterOf(to) - counterOf(from) + 1} zxids)`,
      zxid: formatZxid(from),
    }));
  for (const reason of endedEarly(world)) tally.doubt(reason);
  const badLines = world.evidence.history.filter(({ event }) => event.type === "bad-line").length;
  if (badLines > 0) tally.count("badLines", badLines);
  const unjoined = world.groups.reduce(
    (sum, group) =>
      sum + (group.blackBox ? 0 : group.writes.filter((write) => write.op === undefined).length),
    0,
  );
  if (unjoined > 0) tally.count("unjoinedWrites", unjoined);
  return tally.conclude();
}

/**
 * A log cut between two records looks like the log of a server that stopped early. It is not one where
 * the lab saw that server at the seal: then what it had logged is missing.
 */
function endedEarly({ evidence, window }: World): string[] {
  const { sealing } = window;
  const sealed = evidence.history.flatMap(({ event }) =>
    event.type === "sealed" ? event.servers : [],
  );
  if (sealing === undefined) return [];
  return evidence.servers
    .filter(({ server }) => sealed.includes(server))
    .filter(({ files }) => !files.some((file) => file.records.some((r) => r.zxid === sealing)))
    .map(({ server }) => `${server} had logged the sealing write; its log ends without it`);
}
