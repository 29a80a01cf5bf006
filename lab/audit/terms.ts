/**
 * Terms: who leads, as a function of the committed tree alone (semantics 3). Positions are (zxid, k): the
 * sub-operations of a multi in order, a closeSession's deletions as one step. A write at (z, k) is judged
 * against the state left by (z, k−1), because both other readings convict correct programs:
 *   multi(create /leader, set g)            judged on the state before z: a write without a leader;
 *   multi(check latch, set g, delete latch) judged on the state after z: a stale write.
 * Noticing plays no part: with sequential children there is no gap between a closeSession and the next
 * child's term, however late its owner learns of it.
 */

import type { GroupInfo } from "../evidence/run-info.ts";
import { formatZxid, type SessionId, type Zxid } from "../ids.ts";
import type { ContenderId } from "./contenders.ts";
import { nameOf } from "./paths.ts";
import { compareKeys, type Recipe, recipeOf } from "./recipes.ts";
import { formatToken, type Token } from "./token.ts";

export interface Position {
  readonly zxid: Zxid;
  readonly k: number;
}

/** One child of an election directory. */
export interface ElectionNode {
  readonly path: string;
  /** Undefined: the recipe does not count it. */
  readonly key: string | undefined;
  readonly known: boolean;
  /** Where it was created; its zxid is the czxid. */
  readonly created: Position;
  readonly session: SessionId;
  /** The contender it elects; undefined: no contender's ephemeral, so that nobody leads while it is first. */
  readonly owner: ContenderId | undefined;
}

export type TermEndCause = "expired" | "closed" | "deleted" | "overtaken" | "unclear";

/** How a term ended; `session` is the one that asked for it. */
export interface TermEnd {
  readonly at: Position;
  readonly cause: TermEndCause;
  readonly session: SessionId;
}

/** A znode's time in front, half-open: [from, ended.at). */
export interface Term {
  readonly id: string;
  readonly group: string;
  readonly node: ElectionNode;
  readonly owner: ContenderId;
  readonly token: Token;
  readonly from: Position;
  /** Undefined: in force at the end of the run. */
  readonly ended: TermEnd | undefined;
}

/** What the recipe's rule says about one state of the tree. */
export type Leading =
  | { readonly kind: "term"; readonly term: Term }
  | { readonly kind: "nobody" }
  | { readonly kind: "blocked"; readonly path: string }
  | { readonly kind: "unknown"; readonly reason: string };

export function isBefore(left: Position, right: Position): boolean {
  return left.zxid < right.zxid || (left.zxid === right.zxid && left.k < right.k);
}

export function formatPosition(at: Position): string {
  return `${formatZxid(at.zxid)}/${at.k}`;
}

interface OpenTerm {
  readonly id: string;
  readonly group: string;
  readonly node: ElectionNode;
  readonly owner: ContenderId;
  readonly token: Token;
  readonly from: Position;
  ended: TermEnd | undefined;
}

/** A change of the tree, and why it came. */
interface Step {
  readonly at: Position;
  readonly cause: TermEndCause;
  readonly session: SessionId;
}

/** The election of one group, fed with the committed transactions in order. */
export class Election {
  readonly directory: string;
  readonly #group: string;
  readonly #recipe: Recipe;
  readonly #ownerOf: (session: SessionId) => ContenderId | undefined;
  readonly #children = new Map<string, ElectionNode>();
  readonly #everByToken = new Map<string, ElectionNode>();
  readonly #terms: OpenTerm[] = [];
  readonly #lastTermOf = new Map<ContenderId, Term>();
  readonly #unclear = new Set<string>();
  #leading: Leading = { kind: "nobody" };

  constructor(group: GroupInfo, ownerOf: (session: SessionId) => ContenderId | undefined) {
    this.#group = group.name;
    this.#recipe = recipeOf(group.recipe);
    this.directory = this.#recipe.directory(group.electionPath);
    this.#ownerOf = ownerOf;
  }

  /** The state now, which judges the next sub-operation. */
  get leading(): Leading {
    return this.#leading;
  }

  /** All terms so far, in order. */
  get terms(): readonly Term[] {
    return this.#terms;
  }

  /** Why terms were unknown at some time, as sentences. */
  get unclear(): readonly string[] {
    return [...this.#unclear];
  }

  child(path: string): ElectionNode | undefined {
    return this.#children.get(path);
  }

  /** The node that a token names, whether or not it is still there. */
  nodeOf(token: Token): ElectionNode | undefined {
    return this.#everByToken.get(formatToken(token));
  }

  /** The last term that the contender has had so far. */
  lastTermOf(owner: ContenderId): Term | undefined {
    return this.#lastTermOf.get(owner);
  }

  /** A child was created; `ephemeral` decides whether the session owns it. */
  create(path: string, ephemeral: boolean, session: SessionId, at: Position): void {
    const name = nameOf(path);
    const owned = ephemeral || this.#recipe.persistentOwners;
    const node: ElectionNode = {
      path,
      key: this.#recipe.keyOf(name),
      known: this.#recipe.isKnown(name),
      created: at,
      session,
      owner: owned ? this.#ownerOf(session) : undefined,
    };
    this.#children.set(path, node);
    this.#everByToken.set(formatToken({ czxid: at.zxid, path }), node);
    this.#settle({ at, cause: "overtaken", session });
  }

  delete(path: string, session: SessionId, at: Position): void {
    if (this.#children.delete(path)) this.#settle({ at, cause: "deleted", session });
  }

  /**
   * A session ended. ZooKeeper deletes the paths in the record (3.6+) *and* whatever ephemerals of the
   * session its own tree still holds (DataTree.killSession), so both count.
   */
  closeSession(closing: {
    readonly session: SessionId;
    readonly paths: readonly string[] | undefined;
    readonly expired: boolean;
    readonly zxid: Zxid;
  }): void {
    const gone = [...this.#children.values()].filter(
      (node) =>
        (closing.paths?.includes(node.path) ?? false) ||
        (node.session === closing.session && node.owner !== undefined),
    );
    if (gone.length === 0) return;
    for (const node of gone) this.#children.delete(node.path);
    const cause = closing.expired ? "expired" : "closed";
    this.#settle({ at: { zxid: closing.zxid, k: 0 }, cause, session: closing.session });
  }

  #settle(step: Step): void {
    const next = firstOf(this.#children.values());
    const now = this.#leading;
    if (now.kind === "term") {
      if (next.kind === "node" && next.node === now.term.node) return;
      const open = this.#terms.at(-1);
      const gone = !this.#children.has(now.term.node.path);
      if (open !== undefined) {
        const cause = gone ? step.cause : next.kind === "unknown" ? "unclear" : "overtaken";
        open.ended = { at: step.at, cause, session: step.session };
      }
    }
    if (next.kind !== "node") {
      if (next.kind === "unknown")
        this.#unclear.add(`at ${formatPosition(step.at)} ${next.reason}`);
      this.#leading = next;
      return;
    }
    const term: OpenTerm = {
      id: `${this.#group}/term-${this.#terms.length + 1}`,
      group: this.#group,
      node: next.node,
      owner: next.owner,
      token: { czxid: next.node.created.zxid, path: next.node.path },
      from: step.at,
      ended: undefined,
    };
    this.#terms.push(term);
    this.#lastTermOf.set(term.owner, term);
    this.#leading = { kind: "term", term };
  }
}

type First =
  | { readonly kind: "node"; readonly node: ElectionNode; readonly owner: ContenderId }
  | Exclude<Leading, { kind: "term" }>;

/**
 * The recipe's rule on one state. The library's own order decides who is first; what makes that order
 * doubtful (a name that no recipe makes, a key order that is not the order of creation because a counter
 * wrapped or began again) makes the term unknown, never a guess. A first child that is no contender's
 * ephemeral is certain, though: every contender sees that it is not first itself.
 */
function firstOf(children: Iterable<ElectionNode>): First {
  let first: ElectionNode | undefined;
  let oldest: ElectionNode | undefined;
  let strange: ElectionNode | undefined;
  let tied = false;
  for (const node of children) {
    if (node.key === undefined) continue;
    if (!node.known) strange ??= node;
    if (oldest === undefined || isBefore(node.created, oldest.created)) oldest = node;
    const order = first === undefined ? -1 : compareKeys(node.key, first.key ?? "");
    if (order < 0) first = node;
    tied = order === 0 || (tied && order > 0);
  }
  if (first === undefined || oldest === undefined) return { kind: "nobody" };
  if (tied) return { kind: "unknown", reason: `two children sort alike beside ${first.path}` };
  if (first.owner === undefined) return { kind: "blocked", path: first.path };
  if (strange !== undefined)
    return { kind: "unknown", reason: `${strange.path} fits no name that the recipe makes` };
  if (oldest !== first)
    return {
      kind: "unknown",
      reason: `${first.path} sorts first, but ${oldest.path} was created before it`,
    };
  return { kind: "node", node: first, owner: first.owner };
}
