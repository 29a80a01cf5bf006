/** What a claim's numbers say, in words and with units: what was examined, how much was in danger. */

import type { ClaimName, ClaimResult } from "../audit/types.ts";
import type { RunInfo } from "../evidence/run-info.ts";
import { count } from "./words.ts";

/** One of what is examined. */
const EXAMINED: Readonly<Record<ClaimName, string>> = {
  "leader-writes": "write",
  "term-writes": "write",
  guards: "write",
  durability: "acknowledged write",
  "certain-failures": "reported failure",
  "at-most-once": "write",
  "single-belief": "belief",
  "needed-revocations": "revocation",
  recovery: "recovery",
  "idle-zxids": "idle time",
  order: "acknowledged write",
  zxids: "log record",
  ephemerals: "ephemeral",
  "servers-agree": "transaction",
  "complete-evidence": "transaction",
};

const ENSEMBLE_EXAMINED: Partial<Readonly<Record<ClaimName, string>>> = {
  durability: "probe write",
  recovery: "probe write",
};

/** Claims whose danger is that a write is caught between two terms. The others' verdicts need no exposure. */
const ASKS_EXPOSURE: ReadonlySet<ClaimName> = new Set(["leader-writes", "term-writes", "guards"]);

type Say = (n: number, result: ClaimResult, run: RunInfo) => string;

const ms = (n: number, error: number | undefined): string =>
  `${n}${error === undefined || error === 0 ? "" : ` ± ${error}`} ms`;
const budgetMs = (run: RunInfo): number => run.recoveryBudgetMs ?? 5 * run.sessionTimeoutMs;

/** Numbers that are not here are shown by their name; an empty text is said elsewhere. */
const NUMBERS: Readonly<Record<string, Say>> = {
  committedStale: (n, { claim }) => {
    if (claim === "leader-writes") return `${n} of the exposed committed`;
    return `${count(n, "stale write")} judged above, not again`;
  },
  fencedByServer: (n) => `${n} refused by the server`,
  refusedByClient: (n) => `${n} refused by its client`,
  otherwise: (n) => `${n} ended otherwise`,
  unplaced: (n) => `${count(n, "write")} not placed before or after its term's end`,
  unknownTokens: (n) => `${count(n, "write")} of unknown terms`,
  // A write that is stale is unexamined here because it is judged above: one finding, not two.
  unexamined: (n, { claim, numbers }) => {
    const left = claim === "term-writes" ? n - (numbers["committedStale"] ?? 0) : n;
    return left <= 0 ? "" : `${left} not examined`;
  },
  lagToBelieveMaxMs: (n, { numbers }) =>
    `leadership noticed at most ${ms(n, numbers["lagToBelieveMaxMsError"])} late`,
  lagToRevokeMaxMs: (n, { numbers }) =>
    `its loss noticed at most ${ms(n, numbers["lagToRevokeMaxMsError"])} late`,
  lagToBelieveMaxMsError: () => "",
  lagToRevokeMaxMsError: () => "",
  overlaps: (n, { numbers }) =>
    `${count(n, "overlap")} of ${numbers["overlapMs"] ?? 0} ms in all, ${numbers["overlapStoppedMs"] ?? 0} ms of it while one was stopped`,
  overlapMs: () => "",
  overlapStoppedMs: () => "",
  overlapRunningMs: (n, _, { beliefOverlapBoundMs, sessionTimeoutMs }) =>
    `${n} ms while both ran (bound ${(beliefOverlapBoundMs ?? sessionTimeoutMs) / 1e3} s)`,
  beliefsWithoutTerm: (n) => `${count(n, "belief")} without a term`,
  recoveredAfterMs: (n, _, run) => `${n} ms after the last heal (budget ${budgetMs(run) / 1e3} s)`,
  servedAfterMs: (n, _, run) =>
    `served ${n} ms after the last heal (budget ${budgetMs(run) / 1e3} s)`,
  longestWithoutAckMs: (n) => `at most ${n} ms without an acknowledgement`,
  onOneConnection: (n) => `${n} of them in order on one connection`,
  contendersOnOtherClocks: (n) => `${count(n, "contender")} on other clocks left out`,
  treesWalked: (n) => `${n} servers' trees compared`,
  nodesCompared: (n) => `${count(n, "znode")} each`,
  zxids: (n) => `${count(n, "zxid")} used while idle`,
  badLines: (n) =>
    `${count(n, "line")} printed that the contract does not know, kept in history.jsonl`,
  unjoined: (n) => `${n} without an op id`,
  unjoinedWrites: (n) => `${count(n, "write")} joined with no op`,
};

/** Numbers that say something although they are zero. */
const SAID_AT_ZERO: ReadonlySet<string> = new Set(["overlapRunningMs"]);

/** `20 writes examined`, `1 exposed`, …: empty for what does not apply. */
export function factsOf(result: ClaimResult, run: RunInfo): readonly string[] {
  const { claim, verdict, violations, warnings, examined, exposed, numbers } = result;
  if (verdict === "not-applicable") return [];
  const own = result.group === undefined ? ENSEMBLE_EXAMINED[claim] : undefined;
  const noun = own ?? EXAMINED[claim];
  return [
    ...(violations > 0 ? [count(violations, "violation")] : []),
    ...(warnings > 0 ? [count(warnings, "warning")] : []),
    `${count(examined, noun)} examined`,
    ...(ASKS_EXPOSURE.has(claim) ? [`${exposed} exposed`] : []),
    ...Object.entries(numbers).flatMap(([name, n]) => {
      if (n === 0 && !SAID_AT_ZERO.has(name)) return [];
      const say = NUMBERS[name];
      const said = say === undefined ? `${wordsOf(name)}: ${n}` : say(n, result, run);
      return said === "" ? [] : said;
    }),
  ];
}

/** `fencedByServer` → `fenced by server`, `walkedMs` → `walked (ms)`. */
function wordsOf(name: string): string {
  return name.replace(/Ms$/, " (ms)").replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}
