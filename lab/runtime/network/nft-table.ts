/**
 * One nftables table of the bridge family, written through a long-lived `nft -i`: a change costs a line on
 * a pipe and not a new process. The table is the process's own (`flags owner`) where nft and kernel have
 * that, so that it cannot outlive it; elsewhere the shell around nft removes it when its input ends.
 *
 * Answers come as JSON (-j), one line each. After every change the set is read back and compared: errors
 * go to another stream, and could not be told apart from those of an earlier line.
 */

import { createInterface } from "node:readline";
import type { Readable, Writable } from "node:stream";
import { LabError } from "../../errors.ts";
import type { DirectedPair, PairTable } from "./controller.ts";

/** A shell that runs `nftScript`, wherever that is. */
export interface NftChannel {
  /** Where it is, in words. */
  readonly place: string;
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Ends the shell; resolves when the table is gone. */
  close(): Promise<void>;
}

const ANSWER_LIMIT_MS = 10_000;
const COMPLAINT_CHARS_MAX = 2_000;
const SET = "cut";
/** nft's own place for filters in the bridge family: before the engine's rules are asked (br_netfilter). */
const PRIORITY = -200;
/** Prints one line whatever there is, and so ends every exchange. */
const MARK = "list counters bridge";

/** What the shell is to run; the table's name holds letters, digits and underscores only. */
export function nftScript(table: string): string {
  return `nft -j -i; nft delete table bridge ${table} 2>/dev/null; true`;
}

interface Pending {
  readonly lines: string[];
  readonly resolve: (lines: readonly string[]) => void;
  readonly reject: (error: LabError) => void;
  readonly timer: NodeJS.Timeout;
}

export class NftTable implements PairTable {
  /** Whether the kernel removes the table with the process that holds it. */
  owned = false;
  readonly place: string;
  readonly #name: string;
  readonly #channel: NftChannel;
  readonly #pending: Pending[] = [];
  #complaint = "";
  #gone = false;

  private constructor(name: string, channel: NftChannel) {
    this.#name = name;
    this.#channel = channel;
    this.place = channel.place;
    createInterface({ input: channel.stdout }).on("line", (line) => this.#onLine(line));
    channel.stdout.once("close", () => this.#fail("nft is gone"));
    channel.stdin.on("error", () => this.#fail("nft is gone"));
    channel.stderr.setEncoding("utf8").on("data", (text: string) => {
      this.#complaint = (this.#complaint + text).slice(-COMPLAINT_CHARS_MAX);
    });
  }

  /** Throws LabError("environment") with nft's own words where the table cannot be had. */
  static async open(name: string, channel: NftChannel): Promise<NftTable> {
    const table = new NftTable(name, channel);
    try {
      table.owned = await table.#create("{ flags owner; }");
      if (!table.owned && !(await table.#create(""))) throw table.#error("make it");
      return table;
    } catch (error) {
      await channel.close();
      throw error;
    }
  }

  add(pairs: readonly DirectedPair[]): Promise<void> {
    return this.#change("add", pairs, (there) => pairs.every((pair) => there.has(element(pair))));
  }

  remove(pairs: readonly DirectedPair[]): Promise<void> {
    // Whoever held the table is gone, and with it the table.
    if (this.#gone) return Promise.resolve();
    return this.#change(
      "delete",
      pairs,
      (there) => !pairs.some((pair) => there.has(element(pair))),
    );
  }

  close(): Promise<void> {
    this.#gone = true;
    return this.#channel.close();
  }

  async #create(flags: string): Promise<boolean> {
    const lines = await this.#exchange([
      `add table bridge ${this.#name} ${flags}`,
      `add set bridge ${this.#name} ${SET} { type ipv4_addr . ipv4_addr; }`,
      `add chain bridge ${this.#name} forward { type filter hook forward priority ${PRIORITY}; policy accept; }`,
      `add rule bridge ${this.#name} forward ip saddr . ip daddr @${SET} drop`,
      `list set bridge ${this.#name} ${SET}`,
    ]);
    return lines.some((line) => setIn(line) !== undefined);
  }

  /** One line is one transaction. */
  async #change(
    verb: "add" | "delete",
    pairs: readonly DirectedPair[],
    isDone: (there: ReadonlySet<string>) => boolean,
  ): Promise<void> {
    if (pairs.length === 0) return;
    const elements = pairs.map(({ from, to }) => `${from} . ${to}`).join(", ");
    this.#complaint = "";
    const lines = await this.#exchange([
      `${verb} element bridge ${this.#name} ${SET} { ${elements} }`,
      `list set bridge ${this.#name} ${SET}`,
    ]);
    const there = lines.map(setIn).find((set) => set !== undefined);
    if (there === undefined || !isDone(there)) throw this.#error(`${verb} ${pairs.length} pairs`);
  }

  #exchange(commands: readonly string[]): Promise<readonly string[]> {
    if (this.#gone) return Promise.reject(this.#error("write to it", "nft is gone"));
    return new Promise((resolve, reject) => {
      const found = `no answer within ${ANSWER_LIMIT_MS / 1000} s`;
      const timer = setTimeout(() => {
        this.#fail(found);
        // What it does not answer for must not stay in force: with nft goes the table.
        void this.#channel.close();
      }, ANSWER_LIMIT_MS);
      this.#pending.push({ lines: [], resolve, reject, timer });
      this.#channel.stdin.write(`${[...commands, MARK].join("\n")}\n`);
    });
  }

  #onLine(line: string): void {
    const current = this.#pending[0];
    if (current === undefined) return;
    current.lines.push(line);
    // The mark's answer is the one without a set.
    if (setIn(line) !== undefined) return;
    this.#pending.shift();
    clearTimeout(current.timer);
    current.resolve(current.lines);
  }

  #fail(found: string): void {
    this.#gone = true;
    for (const { reject, timer } of this.#pending.splice(0)) {
      clearTimeout(timer);
      reject(this.#error("write to it", found));
    }
  }

  #error(attempted: string, found = ""): LabError {
    const said = [found, this.#complaint.trim()].filter(Boolean).join(": ");
    const what = `nftables table bridge ${this.#name}: ${attempted}: ${said || "not in force"}`;
    return new LabError("environment", what, { hint: "run `zklab doctor`" });
  }
}

function element({ from, to }: DirectedPair): string {
  return `${from} ${to}`;
}

/** The elements of the set that a line of nft's JSON tells; undefined where it tells none. */
function setIn(line: string): ReadonlySet<string> | undefined {
  let answer: NftAnswer;
  try {
    answer = JSON.parse(line) as NftAnswer;
  } catch {
    return undefined;
  }
  const set = answer.nftables?.find((one) => one.set?.name === SET)?.set;
  if (set === undefined) return undefined;
  return new Set((set.elem ?? []).map(({ concat }) => (concat ?? []).join(" ")));
}

interface NftAnswer {
  readonly nftables?: readonly {
    readonly set?: {
      readonly name: string;
      readonly elem?: readonly { readonly concat?: readonly string[] }[];
    };
  }[];
}
