/** The claims in the order in which they are judged and printed. A new claim is one file and one line here. */

import type { ClaimName, ClaimResult, FindingName } from "../types.ts";
import type { GroupWorld, World } from "../world.ts";
import { AT_MOST_ONCE, judgeAtMostOnce } from "./at-most-once.ts";
import { CERTAIN_FAILURES, judgeCertainFailures } from "./certain-failures.ts";
import { COMPLETE_EVIDENCE, judgeCompleteEvidence } from "./complete-evidence.ts";
import { DURABILITY, judgeDurability, judgeProbeDurability } from "./durability.ts";
import { EPHEMERALS, judgeEphemerals } from "./ephemerals.ts";
import { GUARDS, judgeGuards } from "./guards.ts";
import { IDLE_ZXIDS, judgeIdleZxids } from "./idle-zxids.ts";
import { judgeLeaderWrites, LEADER_WRITES } from "./leader-writes.ts";
import { judgeNeededRevocations, NEEDED_REVOCATIONS } from "./needed-revocations.ts";
import { judgeOrder, ORDER } from "./order.ts";
import { judgeRecovery } from "./recovery.ts";
import { judgeServersAgree, SERVERS_AGREE } from "./servers-agree.ts";
import { judgeService, RECOVERY } from "./service.ts";
import { judgeSingleBelief, SINGLE_BELIEF } from "./single-belief.ts";
import { judgeTermWrites, TERM_WRITES } from "./term-writes.ts";
import { judgeZxids, ZXIDS } from "./zxids.ts";

interface Identity {
  readonly claim: ClaimName;
  readonly sentence: string;
  /** What it may find, the gravest first. */
  readonly findings: readonly FindingName[];
}

/** A claim about one group's contenders. */
export interface GroupClaim extends Identity {
  readonly judge: (world: World, group: GroupWorld) => ClaimResult;
}

/** A claim about the ensemble or about the evidence itself. */
export interface RunClaim extends Identity {
  readonly judge: (world: World) => ClaimResult;
}

export const GROUP_CLAIMS: readonly GroupClaim[] = [
  { ...LEADER_WRITES, judge: judgeLeaderWrites },
  { ...TERM_WRITES, judge: judgeTermWrites },
  { ...GUARDS, judge: judgeGuards },
  { ...DURABILITY, judge: judgeDurability },
  { ...CERTAIN_FAILURES, judge: judgeCertainFailures },
  { ...AT_MOST_ONCE, judge: judgeAtMostOnce },
  { ...SINGLE_BELIEF, judge: judgeSingleBelief },
  { ...NEEDED_REVOCATIONS, judge: judgeNeededRevocations },
  { ...RECOVERY, judge: judgeRecovery },
  { ...IDLE_ZXIDS, judge: judgeIdleZxids },
];

export const RUN_CLAIMS: readonly RunClaim[] = [
  { ...DURABILITY, judge: judgeProbeDurability },
  { ...ORDER, judge: judgeOrder },
  { ...ZXIDS, judge: judgeZxids },
  { ...EPHEMERALS, judge: judgeEphemerals },
  { ...RECOVERY, judge: judgeService },
  { ...SERVERS_AGREE, judge: judgeServersAgree },
  { ...COMPLETE_EVIDENCE, judge: judgeCompleteEvidence },
];
