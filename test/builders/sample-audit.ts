/** The audit that belongs to the sample run, written down claim by claim rather than computed. */

import type {
  AuditResult,
  ClaimName,
  ClaimResult,
  EvidenceRef,
  Finding,
  GroupSummary,
  TermView,
  WriteView,
} from "../../lab/audit/types.ts";
import type { HistoryLine } from "../../lab/evidence/history.ts";
import { STRATEGIES as GROUPS, type SampleTxn, sessionOf, znodeOf } from "./sample-names.ts";

/** Probes and the other groups' writes bracket a position by some milliseconds. */
const bracket = (atMs: number): { earliest: number; latest: number } => ({
  earliest: Math.round((atMs - 3) * 1e6),
  latest: Math.round((atMs + 4) * 1e6),
});

export function sampleAudit(
  txns: readonly SampleTxn[],
  history: readonly HistoryLine[],
): AuditResult {
  const terms = GROUPS.flatMap((group) => termsOf(group, txns));
  const writes = txns.flatMap((txn) => writeView(txn, terms));
  const stale = txns.filter(({ kind }) => kind === "stale");
  const invoked = new Map(
    history.flatMap(({ line, event }): [string, number][] =>
      event.type === "contender" && event.line.type === "op" && event.line.phase === "invoke"
        ? [[event.line.op, line]]
        : [],
    ),
  );
  const findings = stale.map((txn) => staleFinding(txn, terms, invoked));
  const violated = findings.length > 0;
  return {
    report: {
      schema: 1,
      scenario: "gc-pause",
      seed: "7f3a91c2",
      verdict: violated ? "violated" : "holds",
      reasons: violated ? ["naive: leader-writes: 2 violations"] : [],
      claims: claims(writes, findings),
      groups: GROUPS.map((group) => summary(group, writes, terms, findings.length)),
      history: {
        opening: "0x100000003",
        sealing: "0x100000400",
        committed: txns.length + 11,
        undecided: 0,
        ghosts: 0,
        epochs: [
          {
            epoch: 1,
            first: "0x100000001",
            last: "0x100000400",
            decidedBy: "the last epoch: everything up to the sealing write",
          },
        ],
      },
      terms,
      reElections: [],
    },
    writes,
  };
}

function termsOf(group: string, txns: readonly SampleTxn[]): readonly TermView[] {
  const at = (kind: SampleTxn["kind"]): SampleTxn | undefined =>
    txns.find((txn) => txn.group === group && txn.kind === kind);
  const [won, handover, end] = [at("term"), at("handover"), at("end")];
  if (won === undefined || handover === undefined || end === undefined) return [];
  const term = (n: number, from: SampleTxn, to: SampleTxn): TermView => ({
    id: `${group}:${n}`,
    group,
    znode: znodeOf(`${group}/c${n}`),
    token: n === 1 ? "0x100000004/0" : "0x100000007/0",
    session: sessionOf(`${group}/c${n}`),
    incarnation: `${group}/c${n}#1`,
    from: `${from.zxid}/0`,
    to: `${to.zxid}/0`,
    began: bracket(from.atMs),
    ended: bracket(to.atMs),
  });
  return [term(1, won, handover), term(2, handover, end)];
}

function writeView(txn: SampleTxn, terms: readonly TermView[]): readonly WriteView[] {
  if (txn.kind !== "write" && txn.kind !== "stale") return [];
  const inForce = terms.findLast(
    ({ group, began }) => group === txn.group && (began?.latest ?? 0) <= txn.atMs * 1e6,
  );
  return [
    {
      group: txn.group,
      zxid: txn.zxid,
      path: `/zklab/${txn.group}/guarded/${txn.op}`,
      op: txn.op,
      session: txn.session,
      incarnation: `${txn.contender}#1`,
      judgement: txn.kind === "stale" ? "stale" : "good",
      term: inForce?.id,
      at: bracket(txn.atMs),
    },
  ];
}

function staleFinding(
  { op = "", zxid, session }: SampleTxn,
  terms: readonly TermView[],
  invoked: ReadonlyMap<string, number>,
): Finding {
  const line = invoked.get(op);
  const ended = terms.find(({ id }) => id === "naive:1")?.to?.replace("/0", "") ?? "";
  return {
    name: "stale-leader-write",
    claim: "leader-writes",
    group: "naive",
    grade: "violation",
    culprit: "contender",
    message: `naive/c1#1 committed ${zxid} (create /zklab/naive/guarded/${op}) while naive/c2#1 led`,
    while: "another leads",
    zxid,
    path: `/zklab/naive/guarded/${op}`,
    op,
    session,
    incarnation: "naive/c1#1",
    story: [
      `naive/c1#1 won the election at 2.690 s with session ${sessionOf("naive/c1")}`,
      `at 5.000 s it decided op ${op}, and its process was stopped before the write was sent`,
      `at 7.052 s its session expired: closeSession ${ended} ended its term, and naive/c2#1 led from there on`,
      "at 7.601 s its process ran again; it was not told yet, and still believed that it led",
      `on its new session ${session} the write was committed as ${zxid}, while naive/c2#1 led`,
    ],
    evidence: [
      {
        kind: "log",
        server: "zk2",
        file: "servers/zk2/version-2/log.100000001",
        offset: 96_412,
        zxid,
      },
      { kind: "history", line: line ?? 1, says: `naive/c1#1 invokes ${op}` },
      { kind: "term", term: "naive:2", says: `naive/c2#1 leads from ${ended}` },
    ] satisfies EvidenceRef[],
  };
}

const SENTENCES: Readonly<Partial<Record<ClaimName, string>>> = {
  "leader-writes": "Every guarded write is committed while its contender leads.",
  "term-writes": "Every guarded write is committed within the very term in which it was decided.",
  guards: "A contender that promises a guard has it, and it guards.",
  "certain-failures": "No write reported as certainly failed is committed.",
  durability: "No acknowledged write is lost.",
  "servers-agree": "Servers agree on every committed transaction.",
  "complete-evidence": "Nothing is missing from the evidence.",
};

function claims(writes: readonly WriteView[], stale: readonly Finding[]): readonly ClaimResult[] {
  const perGroup = (claim: ClaimName): readonly ClaimResult[] =>
    GROUPS.map((group) => {
      const examined = writes.filter((write) => write.group === group).length;
      const own = group === "naive" ? stale.map((finding) => ofClaim(finding, claim)) : [];
      const exposed = group === "naive" ? stale.length : 1;
      return claimResult({ claim, group, examined, exposed }, own);
    });
  const notPromised = claimResult({ claim: "guards", group: "naive", examined: 0, exposed: 0 }, []);
  return [
    ...perGroup("leader-writes"),
    ...perGroup("term-writes"),
    {
      ...notPromised,
      verdict: "not-applicable",
      reasons: ["the strategy naive promises no guard"],
    },
    ...["latch-check", "ephemeral"].map((group) =>
      claimResult({ claim: "guards", group, examined: 232, exposed: 1 }, []),
    ),
    ...GROUPS.map((group) =>
      claimResult({ claim: "certain-failures", group, examined: 1, exposed: 1 }, []),
    ),
    claimResult({ claim: "durability", group: undefined, examined: writes.length, exposed: 0 }, []),
    claimResult({ claim: "servers-agree", group: undefined, examined: 719, exposed: 0 }, []),
    claimResult({ claim: "complete-evidence", group: undefined, examined: 3, exposed: 0 }, []),
  ];
}

function ofClaim(finding: Finding, claim: ClaimName): Finding {
  if (claim === "leader-writes") return finding;
  return {
    ...finding,
    claim,
    name: "stale-term-write",
    while: undefined,
    message: `${finding.zxid} was decided in term naive:1 and committed in term naive:2`,
  };
}

function claimResult(
  of: Pick<ClaimResult, "claim" | "group" | "examined" | "exposed">,
  findings: readonly Finding[],
): ClaimResult {
  return {
    ...of,
    sentence: SENTENCES[of.claim] ?? of.claim,
    verdict: findings.length > 0 ? "violated" : "holds",
    reasons: [],
    violations: findings.length,
    warnings: 0,
    findings,
    numbers: {},
  };
}

function summary(
  group: (typeof GROUPS)[number],
  writes: readonly WriteView[],
  terms: readonly TermView[],
  stale: number,
): GroupSummary {
  const committedStale = group === "naive" ? stale : 0;
  const fencedByServer = group === "latch-check" ? 1 : 0;
  const refusedByClient = group === "ephemeral" ? 1 : 0;
  return {
    group,
    strategy: group,
    verdict: committedStale > 0 ? "violated" : "holds",
    terms: terms.filter((term) => term.group === group).length,
    committedWrites: writes.filter((write) => write.group === group).length,
    exposed: committedStale + fencedByServer + refusedByClient,
    committedStale,
    fencedByServer,
    refusedByClient,
    otherwise: 0,
  };
}
