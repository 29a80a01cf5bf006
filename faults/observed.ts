/**
 * What the lab observes while it runs, derived from the history alone: who believes, who is held,
 * who is alive, how many writes were acknowledged. Targets and triggers read it. This is belief and
 * testimony, good enough to aim a fault; what really led is judged afterwards, from the logs.
 */

import type { FAILPOINTS, TokenText } from "../contenders/contract.ts";
import type { HistoryEvent } from "../lab/evidence/history.ts";

export interface ObservedContender {
  readonly incarnation: string;
  readonly group: string;
  alive: boolean;
  /** How its process ended, in words; undefined while it runs. */
  ending: string | undefined;
  /** What it believes to lead by; undefined: nothing. */
  token: TokenText | undefined;
  /** The last token it was elected with, also after it was revoked. */
  lastToken: TokenText | undefined;
  held:
    | { readonly failpoint: (typeof FAILPOINTS)[number]; readonly op: string | undefined }
    | undefined;
  acknowledged: number;
  decided: number;
  readonly settled: Set<string>;
  /** Sessions it reported that have not been reported expired or closed. */
  readonly sessions: Set<string>;
}

export class Observed {
  readonly #contenders = new Map<string, ObservedContender>();
  readonly #roles = new Map<string, string>();
  #newestEpoch = 0;

  get contenders(): readonly ObservedContender[] {
    return [...this.#contenders.values()];
  }

  inGroup(group: string): readonly ObservedContender[] {
    return this.contenders.filter((contender) => contender.group === group);
  }

  get(incarnation: string): ObservedContender | undefined {
    return this.#contenders.get(incarnation);
  }

  /** The contender that was elected last: of all who believe, the one with the newest token. */
  leaderOf(group: string): ObservedContender | undefined {
    const believing = this.inGroup(group).filter((c) => c.alive && c.token !== undefined);
    return believing.sort((a, b) => (czxid(a.token) < czxid(b.token) ? 1 : -1))[0];
  }

  acknowledgedIn(group: string): number {
    return this.inGroup(group).reduce((sum, contender) => sum + contender.acknowledged, 0);
  }

  decidedIn(group: string): number {
    return this.inGroup(group).reduce((sum, contender) => sum + contender.decided, 0);
  }

  /** Whether this server, or any, has this role now. */
  hasRole(server: string, role: string): boolean {
    if (server !== "any") return this.#roles.get(server) === role;
    return [...this.#roles.values()].includes(role);
  }

  /** The newest epoch that a server was seen in. */
  get newestEpoch(): number {
    return this.#newestEpoch;
  }

  /** Subscribe this to the recorder. */
  readonly see = (event: HistoryEvent): void => {
    if (event.type === "process") {
      const contender = this.#of(event.incarnation);
      contender.alive = event.state === "started";
      if (!contender.alive) {
        contender.ending = event.signal ? `killed by ${event.signal}` : `exit code ${event.code}`;
      }
    } else if (event.type === "server") {
      this.#roles.set(event.server, event.state);
      this.#newestEpoch = Math.max(this.#newestEpoch, event.epoch ?? 0);
    } else if (event.type === "contender") {
      this.#hear(this.#of(event.incarnation), event.line);
    }
  };

  #hear(
    contender: ObservedContender,
    line: Extract<HistoryEvent, { type: "contender" }>["line"],
  ): void {
    if (line.type === "belief") {
      contender.token = line.state === "elected" ? line.token : undefined;
      contender.lastToken = contender.token ?? contender.lastToken;
    } else if (line.type === "held") {
      contender.held = { failpoint: line.failpoint, op: line.op };
    } else if (line.type === "released") {
      contender.held = undefined;
    } else if (line.type === "op" && line.phase === "invoke") {
      if (line.attempt === 1) contender.decided += 1;
    } else if (line.type === "op" && line.phase === "ok") {
      contender.acknowledged += 1;
    } else if (line.type === "settled") {
      contender.settled.add(line.op);
    } else if (line.type === "session") {
      if (line.state === "expired" || line.state === "closed") contender.sessions.delete(line.id);
      else contender.sessions.add(line.id);
    }
  }

  #of(incarnation: string): ObservedContender {
    const known = this.#contenders.get(incarnation);
    if (known !== undefined) return known;
    const fresh: ObservedContender = {
      incarnation,
      group: incarnation.slice(0, incarnation.indexOf("/")),
      alive: true,
      ending: undefined,
      token: undefined,
      lastToken: undefined,
      held: undefined,
      acknowledged: 0,
      decided: 0,
      settled: new Set(),
      sessions: new Set(),
    };
    this.#contenders.set(incarnation, fresh);
    return fresh;
  }
}

function czxid(token: TokenText | undefined): bigint {
  return token === undefined ? 0n : BigInt(token.czxid);
}
