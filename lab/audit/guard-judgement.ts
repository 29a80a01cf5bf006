/**
 * Does a committed guarded write carry the guard that its strategy promises (semantics 9, 11)?
 *
 * What the log shows: a passed check keeps its path but stores the version *after* it, so check(p, −1) and
 * check(p, v) are the same bytes, and an "epoch fence" that passes −1 guards nothing. So `path` and
 * `session` can be shown from the log; `version` and `epoch-node` need the version that the contract says
 * was sent, and are judged by what got through.
 *
 * A guard is present only if it names the znode with the writer's token. Names come back: c1 decides with
 * `…/n_0000000000` and sleeps, all leave, the container parent is reaped and its counter begins again, c2
 * becomes `…/n_0000000000` and leads, and c1's check passes.
 */

import { assertNever } from "../errors.ts";
import { formatSession, formatZxid } from "../ids.ts";
import type { GuardCheck, GuardedWrite } from "./guarded-writes.ts";
import type { Invoke } from "./ops.ts";
import { parentOf } from "./paths.ts";
import type { Election } from "./terms.ts";
import { formatToken } from "./token.ts";
import type { GroupWorld } from "./world.ts";

export interface GuardJudgement {
  readonly kind: "present" | "missing" | "ineffective" | "unknown";
  readonly why: string;
  /** True where the record alone shows it, so that a doubtful tree does not matter. */
  readonly byRecord: boolean;
}

export function judgeGuard(group: GroupWorld, write: GuardedWrite): GuardJudgement {
  const { guard } = group.info.promises;
  switch (guard) {
    case "none":
      return { kind: "unknown", why: "no guard is promised", byRecord: true };
    case "path":
      return judgePath(group.election, write);
    case "session":
      return judgeSession(group.election, write);
    case "version":
    case "epoch-node":
      return judgeVersion(write, guard);
    default:
      return assertNever(guard);
  }
}

function judgePath(election: Election, write: GuardedWrite): GuardJudgement {
  const checks = write.checks.filter((check) => parentOf(check.path) === election.directory);
  const token = write.op?.token;
  const [any] = checks;
  if (any === undefined) return missing("it checks no election znode");
  if (token === undefined) return judgeUntold(write, any);
  const named = checks.find((check) => check.path === token.path);
  if (named === undefined)
    return missing(`it checks ${any.path} and not the znode of its token ${formatToken(token)}`);
  if (named.node === undefined) return unclear(`the log does not show who made ${named.path}`);
  const { zxid } = named.node.created;
  if (zxid === token.czxid) return PRESENT;
  return {
    kind: "ineffective",
    why: `it checks ${named.path}, which came back at ${formatZxid(zxid)}: not the znode of its token ${formatToken(token)}`,
    byRecord: false,
  };
}

/** Without a token the best that can be asked is a znode of the writer's own contender. */
function judgeUntold(write: GuardedWrite, check: GuardCheck): GuardJudgement {
  if (check.node === undefined) return unclear(`the log does not show who made ${check.path}`);
  if (check.node.owner !== undefined && check.node.owner === write.writer) return PRESENT;
  const why = `it checks ${check.path}, a znode of ${check.node.owner ?? "no contender"}`;
  return { kind: "ineffective", why, byRecord: false };
}

/** Option 2: no guard in the transaction at all; the writer's session must own the znode of the token. */
function judgeSession(election: Election, write: GuardedWrite): GuardJudgement {
  const token = write.op?.token;
  const { session } = write.txn.record;
  const own = formatSession(session);
  if (token !== undefined) {
    const node = election.nodeOf(token);
    if (node === undefined) return unclear(`the log does not show the znode ${formatToken(token)}`);
    if (node.session === session) return PRESENT;
    return missing(
      `it came on session ${own}, and the znode of its token is of ${formatSession(node.session)}`,
      false,
    );
  }
  const leads = write.targets.some(
    ({ leading }) => leading.kind === "term" && leading.term.node.session === session,
  );
  if (leads || write.lastLed?.node.session === session) return PRESENT;
  return missing(`its session ${own} owns no znode that has led`, false);
}

function judgeVersion(write: GuardedWrite, kind: "version" | "epoch-node"): GuardJudgement {
  const guard = sentWith(write)?.guard;
  if (guard === undefined) return unclear("the contender does not tell the version that it sent");
  if (guard.kind !== kind || (guard.kind !== "version" && guard.kind !== "epoch-node"))
    return missing(`it was sent with guard ${guard.kind}, and ${kind} is promised`);
  if (guard.version < 0) return missing(`version ${guard.version} of ${guard.path} guards nothing`);
  const after = guard.version + 1;
  const checked = write.checks.some(
    (check) => check.path === guard.path && check.version === after,
  );
  const set = kind === "version" && write.setVersions.get(guard.path) === after;
  // A delete's expected version leaves no trace in the log.
  const deleted =
    kind === "version" &&
    write.targets.some((target) => target.op === "delete" && target.path === guard.path);
  if (checked || set || deleted) return PRESENT;
  return missing(`its transaction does not ask for version ${guard.version} of ${guard.path}`);
}

/** The attempt that this transaction is of: by the reply's zxid, else by its session, else the last. */
function sentWith(write: GuardedWrite): Invoke | undefined {
  const attempts = write.op?.attempts ?? [];
  const { zxid, session } = write.txn.record;
  const told = attempts.filter(({ invoke }) => invoke !== undefined);
  const byZxid = told.find(({ outcome }) => outcome?.phase === "ok" && outcome.zxid === zxid);
  const bySession = told.findLast(({ invoke }) => invoke?.session === session);
  return (byZxid ?? bySession ?? told.at(-1))?.invoke;
}

const PRESENT: GuardJudgement = { kind: "present", why: "", byRecord: false };

function missing(why: string, byRecord = true): GuardJudgement {
  return { kind: "missing", why, byRecord };
}

function unclear(why: string): GuardJudgement {
  return { kind: "unknown", why, byRecord: false };
}
