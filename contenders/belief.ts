/** What a contender takes itself to be: said before the first act and after the last (semantics 6). */

import type { TokenText } from "./contract.ts";
import type { Emitter } from "./emitter.ts";

export type RevokeReason =
  | "disconnected"
  | "session-lost"
  | "znode-lost"
  | "resign"
  | "stop"
  | "error";

export class Belief {
  readonly #emitter: Emitter;
  readonly #waiting: ((token: TokenText) => void)[] = [];
  #token: TokenText | undefined;

  constructor(emitter: Emitter) {
    this.#emitter = emitter;
  }

  /** The term that this contender takes itself to lead, if any. */
  get token(): TokenText | undefined {
    return this.#token;
  }

  elect(token: TokenText): void {
    if (this.#token?.czxid === token.czxid && this.#token.path === token.path) return;
    this.#token = token;
    this.#emitter.emit({ type: "belief", state: "elected", token });
    for (const wake of this.#waiting.splice(0)) wake(token);
  }

  revoke(reason: RevokeReason): void {
    const token = this.#token;
    if (token === undefined) return;
    this.#token = undefined;
    this.#emitter.emit({ type: "belief", state: "revoked", reason, token });
  }

  /** Resolves as soon as it believes to lead. */
  elected(): Promise<TokenText> {
    if (this.#token !== undefined) return Promise.resolve(this.#token);
    return new Promise((resolve) => this.#waiting.push(resolve));
  }
}
