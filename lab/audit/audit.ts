/**
 * The audit: evidence in, report out. A pure function, so that a live run, a re-audit and a test judge by
 * the same code, and so that the report of the same evidence is the same byte for byte: no time, no path,
 * no host goes into it, and the order of the servers' folders changes nothing.
 */

import type { BareLogs, Evidence } from "../evidence/evidence.ts";
import { formatZxid } from "../ids.ts";
import { commitHistory } from "../txnlog/history.ts";
import type { CommittedHistory } from "../txnlog/types.ts";
import { GROUP_CLAIMS, RUN_CLAIMS } from "./claims/all.ts";
import { type Frame, frameBare, runFrame } from "./frame.ts";
import { readReElections } from "./re-elections.ts";
import { standIns } from "./stand-ins.ts";
import type { AuditReport, AuditResult, ClaimResult } from "./types.ts";
import { judgeSafely, runVerdict } from "./verdict.ts";
import { summarise, viewTerm, viewWrite } from "./views.ts";
import { readWindow } from "./window.ts";
import { makeWorld, type World } from "./world.ts";

/** Reasons in the report's summary; each claim has its own in full. */
const REASONS_MAX = 50;

/** Judges a run, from the servers' logs and the history. Never throws for what the evidence holds. */
export function audit(evidence: Evidence): AuditResult {
  const servers = [...evidence.servers].sort((a, b) => (a.server < b.server ? -1 : 1));
  if (evidence.bare !== undefined) return auditBare({ ...evidence, servers }, evidence.bare);
  const { opening, sealing } = readWindow(evidence.history);
  const trees =
    evidence.trees && [...evidence.trees].sort((a, b) => (a.server < b.server ? -1 : 1));
  const history = commitHistory(servers, {
    ...(opening === undefined ? {} : { opening }),
    ...(sealing === undefined ? {} : { sealing }),
    standalone: isStandalone(evidence),
    jumps: evidence.history.flatMap(({ event }) => (event.type === "jump" ? [event] : [])),
    participants: evidence.run.servers.filter((server) => server.role === "participant").length,
  });
  return auditCommitted({ ...evidence, servers, ...(trees && { trees }) }, history);
}

/** Logs that no lab watched: the same claims, as far as logs alone can tell. */
function auditBare(evidence: Evidence, bare: BareLogs): AuditResult {
  const { history, frame } = frameBare(evidence, bare);
  const trees = standIns(evidence.servers, history, frame.window.sealing);
  return auditCommitted({ ...evidence, trees }, history, frame);
}

/** The same with the committed history already found: for tests of the claims alone. */
export function auditCommitted(
  evidence: Evidence,
  history: CommittedHistory,
  frame: Frame = runFrame(evidence),
): AuditResult {
  const world = makeWorld(evidence, history, frame);
  const claims = judgeAll(world);
  const writes = world.groups.flatMap((group) =>
    group.writes.flatMap((write) => viewWrite(world, group, write) ?? []),
  );
  return { report: makeReport(world, claims), writes };
}

/** A standalone server has no epochs (semantics 18); it says so itself. */
function isStandalone(evidence: Evidence): boolean {
  return evidence.history.some(
    ({ event }) => event.type === "server" && event.state === "standalone",
  );
}

function judgeAll(world: World): readonly ClaimResult[] {
  const ofGroups = world.groups.flatMap((group) =>
    GROUP_CLAIMS.map(({ claim, sentence, judge }) =>
      judgeSafely({ claim, sentence, group: group.info.name }, () => judge(world, group)),
    ),
  );
  const ofRun = RUN_CLAIMS.map(({ claim, sentence, judge }) =>
    judgeSafely({ claim, sentence, group: undefined }, () => judge(world)),
  );
  return [...ofGroups, ...ofRun];
}

function makeReport(world: World, claims: readonly ClaimResult[]): AuditReport {
  const { evidence, history, window } = world;
  const verdict = runVerdict(claims);
  return {
    schema: 1,
    scenario: evidence.run.scenario.name,
    seed: evidence.run.seed,
    verdict,
    reasons: reasonsOf(claims),
    claims,
    groups: world.groups.map((group) => summarise(group, claims)),
    history: {
      opening: window.opening === undefined ? undefined : formatZxid(window.opening),
      sealing: window.sealing === undefined ? undefined : formatZxid(window.sealing),
      committed: history.committed.length,
      undecided: history.undecided.length,
      ghosts: history.ghosts.length,
      epochs: history.epochs.map((cut) => ({
        epoch: cut.epoch,
        first: formatZxid(cut.first),
        last: formatZxid(cut.last),
        decidedBy: cut.decidedBy,
      })),
    },
    terms: world.groups.flatMap((group) => group.terms.map((term) => viewTerm(world, group, term))),
    reElections: readReElections(world),
  };
}

/** Why the run does not hold, claim by claim. */
function reasonsOf(claims: readonly ClaimResult[]): readonly string[] {
  const reasons = claims.flatMap((claim) => {
    const who = claim.group === undefined ? claim.claim : `${claim.group}: ${claim.claim}`;
    if (claim.verdict === "violated")
      return [`${who}: ${claim.violations} ${claim.violations === 1 ? "violation" : "violations"}`];
    if (claim.verdict === "unknown") return claim.reasons.map((reason) => `${who}: ${reason}`);
    return [];
  });
  if (claims.every((claim) => claim.group === undefined || claim.verdict === "not-applicable"))
    reasons.push("no claim about a group could be judged");
  const left = reasons.length - REASONS_MAX;
  return left > 0 ? [...reasons.slice(0, REASONS_MAX), `and ${left} more`] : reasons;
}
