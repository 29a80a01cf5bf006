/**
 * The network controller: cuts act at the switch, not in the nodes. A partition of any shape is a list of
 * directed pairs of addresses; all of them change in one transaction, so no node is cut before another.
 * Two partitions in force at once are their union, and healing one keeps the other.
 */

/** What `from` sends to `to`, by address; the other direction is a pair of its own. */
export interface DirectedPair {
  readonly from: string;
  readonly to: string;
}

export interface NetworkController extends AsyncDisposable {
  /** Where its rule acts, in words, once there is one. */
  readonly place: string;
  /** Makes the first cut as quick as any other; rejects where none can be made. */
  prepare(): Promise<void>;
  /** Drops what is sent along these pairs from now on; `id` names the cut for `mend`. */
  cut(id: string, pairs: readonly DirectedPair[]): Promise<void>;
  /** Ends a cut; gives its pairs that no other cut holds. Safe when there is none, and more than once. */
  mend(id: string): Promise<readonly DirectedPair[]>;
  isCut(pair: DirectedPair): boolean;
}

/** Where the pairs are kept that are dropped; each change is one transaction. */
export interface PairTable {
  readonly place: string;
  add(pairs: readonly DirectedPair[]): Promise<void>;
  remove(pairs: readonly DirectedPair[]): Promise<void>;
  close(): Promise<void>;
}

export class SwitchController implements NetworkController {
  readonly #open: () => Promise<PairTable>;
  #table: Promise<PairTable> | undefined;
  #place = "";
  /** Pairs of each cut that was ever made, so that a heal can be proven again. */
  readonly #cuts = new Map<string, { readonly pairs: readonly DirectedPair[]; inForce: boolean }>();

  /** The table is opened when it is first asked for: most runs make no cut. */
  constructor(open: () => Promise<PairTable>) {
    this.#open = open;
  }

  get place(): string {
    return this.#place;
  }

  async prepare(): Promise<void> {
    await this.#opened();
  }

  async cut(id: string, pairs: readonly DirectedPair[]): Promise<void> {
    const table = await this.#opened();
    const fresh = pairs.filter((pair) => !this.isCut(pair));
    // Before the command: whatever becomes of it, `mend` must take these back.
    this.#cuts.set(id, { pairs, inForce: true });
    await table.add(fresh);
  }

  async mend(id: string): Promise<readonly DirectedPair[]> {
    const table = await this.#table;
    const cut = this.#cuts.get(id);
    if (cut === undefined) return [];
    // From here to the command nothing is awaited: what another cut asks for meanwhile comes after it.
    const wasInForce = cut.inForce;
    cut.inForce = false;
    const freed = cut.pairs.filter((pair) => !this.isCut(pair));
    if (!wasInForce) return freed;
    try {
      await table?.remove(freed);
    } catch (error) {
      cut.inForce = true;
      throw error;
    }
    return freed;
  }

  isCut(pair: DirectedPair): boolean {
    for (const { pairs, inForce } of this.#cuts.values()) {
      if (inForce && pairs.some(({ from, to }) => from === pair.from && to === pair.to))
        return true;
    }
    return false;
  }

  async #opened(): Promise<PairTable> {
    this.#table ??= this.#open();
    const table = await this.#table;
    this.#place = table.place;
    return table;
  }

  /** The table goes with its owner, and every cut with it. */
  async [Symbol.asyncDispose](): Promise<void> {
    const table = await this.#table?.catch(() => undefined);
    this.#table = undefined;
    await table?.close();
  }
}
