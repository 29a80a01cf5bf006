/** The parts that findings are made of: references that a person can open, and the tally of one claim. */

import { formatZxid, type Zxid } from "../ids.ts";
import type { RecordSource } from "../txnlog/types.ts";
import { shortName } from "./paths.ts";
import { formatPosition, type Position, type Term } from "./terms.ts";
import type { ClaimName, ClaimResult, EvidenceRef, Finding, Verdict } from "./types.ts";

/** Findings kept whole per claim; all are counted. */
export const FINDINGS_MAX = 1_000;

export function logRef(
  record: { readonly source: RecordSource; readonly zxid: Zxid },
  says?: string,
): EvidenceRef {
  const { server, file, offset } = record.source;
  const place = { kind: "log", server, file, offset, zxid: formatZxid(record.zxid) } as const;
  return says === undefined ? place : { ...place, says };
}

export function historyRef(line: number, says: string): EvidenceRef {
  return { kind: "history", line, says };
}

export function termRef(term: Term): EvidenceRef {
  const to = term.ended === undefined ? "the end of the run" : zxidOf(term.ended.at);
  const { czxid, path } = term.token;
  const says = `${term.owner} led from zxid ${zxidOf(term.from)} to ${to}, by the znode …/${shortName(path)} that ${formatZxid(czxid)} created`;
  return { kind: "term", term: term.id, says };
}

/** Without the step where it is the first, as it nearly always is. */
function zxidOf(at: Position): string {
  return at.k === 0 ? formatZxid(at.zxid) : formatPosition(at);
}

/** What of a finding may be left out; the rest is undefined or empty. */
export type FindingParts = Pick<Finding, "name" | "grade" | "culprit" | "message"> &
  Partial<Omit<Finding, "claim" | "group">>;

/** Collects what one claim finds about one group (undefined: about the ensemble). */
export class Tally {
  readonly claim: ClaimName;
  readonly group: string | undefined;
  readonly #sentence: string;
  readonly #findings: Finding[] = [];
  readonly #numbers: Record<string, number> = {};
  readonly #reasons = new Set<string>();
  #violations = 0;
  #unknowns = 0;
  #warnings = 0;
  examined = 0;
  exposed = 0;

  constructor(identity: Pick<ClaimResult, "claim" | "sentence" | "group">) {
    this.claim = identity.claim;
    this.group = identity.group;
    this.#sentence = identity.sentence;
  }

  /** Counts a finding; `make` runs only for those that are kept whole. */
  find(grade: Finding["grade"], make: () => Omit<FindingParts, "grade">): void {
    if (grade === "violation") this.#violations++;
    else if (grade === "unknown") this.#unknowns++;
    else this.#warnings++;
    if (this.#findings.length >= FINDINGS_MAX) return;
    this.#findings.push({
      while: undefined,
      zxid: undefined,
      path: undefined,
      op: undefined,
      session: undefined,
      incarnation: undefined,
      story: [],
      evidence: [],
      ...make(),
      grade,
      claim: this.claim,
      group: this.group,
    });
  }

  /** A reason for which the claim can be unknown at best. */
  doubt(reason: string): void {
    this.#reasons.add(reason);
  }

  count(name: string, by = 1): void {
    this.#numbers[name] = (this.#numbers[name] ?? 0) + by;
  }

  /**
   * Only violations decide; then every doubt. A claim that examined nothing never holds: "holds, 0
   * examined" would be the green light of a lab that saw nothing.
   */
  conclude(): ClaimResult {
    if (this.#unknowns > 0)
      this.doubt(
        `${this.#unknowns} ${this.#unknowns === 1 ? "finding" : "findings"} cannot be settled by this evidence`,
      );
    if (this.examined === 0) this.doubt("nothing was examined");
    const verdict: Verdict =
      this.#violations > 0 ? "violated" : this.#reasons.size > 0 ? "unknown" : "holds";
    return this.#result(verdict, verdict === "holds" ? [] : [...this.#reasons]);
  }

  /** The claim does not apply; `why` is printed. */
  notApplicable(why: string): ClaimResult {
    return this.#result("not-applicable", [why]);
  }

  #result(verdict: Verdict, reasons: readonly string[]): ClaimResult {
    return {
      claim: this.claim,
      sentence: this.#sentence,
      group: this.group,
      verdict,
      examined: this.examined,
      exposed: this.exposed,
      reasons,
      violations: this.#violations,
      warnings: this.#warnings,
      findings: this.#findings,
      numbers: this.#numbers,
    };
  }
}
