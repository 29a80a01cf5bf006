/** Names and transactions of the sample run, shared by its evidence and its audit. */

export const STRATEGIES = ["naive", "latch-check", "ephemeral"] as const;
export type Strategy = (typeof STRATEGIES)[number];

/** What happened, in the order of the log; the audit of the sample is written from it. */
export interface SampleTxn {
  readonly atMs: number;
  readonly zxid: string;
  readonly group: string;
  readonly contender: string;
  readonly kind: "term" | "handover" | "write" | "stale" | "fenced" | "end";
  readonly op: string | undefined;
  readonly session: string;
}

/** The nth session of `naive/c1`. */
export function sessionOf(contender: string, n = 1): string {
  const [group = "", name = ""] = contender.split("/");
  const at = STRATEGIES.indexOf(group as Strategy);
  return `0x010000a3f2b1${at + 1}0${name.slice(1)}${n}`;
}

export function znodeOf(contender: string): string {
  const [group = "", name = "c1"] = contender.split("/");
  if (group === "ephemeral") return `/zklab/${group}/election/leader`;
  return `/zklab/${group}/election/_c_7d1e-latch-000000000${Number(name.slice(1)) - 1}`;
}
