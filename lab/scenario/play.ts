/** Plays a scenario's steps: for each group side by side, each step waiting for what it names. */

import { setTimeout as delay } from "node:timers/promises";
import type { Contender, Fleet } from "../../contenders/fleet.ts";
import { findFault } from "../../faults/catalogue.ts";
import type { FaultController } from "../../faults/controller.ts";
import type { Observed, ObservedContender } from "../../faults/observed.ts";
import { resolveTarget } from "../../faults/targets.ts";
import { assert, LabError } from "../errors.ts";
import type { Recorder } from "../evidence/recorder.ts";
import { type TimeBase, toMs } from "./duration.ts";
import type { Condition, GroupStep, Scenario } from "./schema.ts";

export interface Stage {
  readonly recorder: Recorder;
  readonly observed: Observed;
  readonly fleet: Fleet;
  readonly faults: FaultController;
  readonly time: TimeBase;
  readonly signal: AbortSignal;
}

/** Runs every step; rejects with the first failure after the other groups were told to stop. */
export async function play(scenario: Scenario, stage: Stage): Promise<void> {
  for (const step of scenario.steps) {
    const failed = new AbortController();
    const signal = AbortSignal.any([stage.signal, failed.signal]);
    const lanes = Object.keys(scenario.groups).map(async (group) => {
      try {
        await new GroupPlayer(group, { ...stage, signal }).play(step["each-group"]);
      } catch (error) {
        failed.abort(error);
        throw error;
      }
    });
    const results = await Promise.allSettled(lanes);
    if (failed.signal.aborted) throw failed.signal.reason;
    assert(
      results.every((result) => result.status === "fulfilled"),
      "a lane failed unseen",
    );
  }
}

/** One group's lane. It remembers who was held, since a held contender may die or be released. */
class GroupPlayer {
  readonly #group: string;
  readonly #stage: Stage;
  #held: { readonly contender: Contender; readonly op: string } | undefined;
  /** The newest term when the last step began: `elected: other` must be newer. */
  #newestBefore = 0n;

  constructor(group: string, stage: Stage) {
    this.#group = group;
    this.#stage = stage;
  }

  async play(steps: readonly GroupStep[]): Promise<void> {
    for (const step of steps) {
      this.#stage.signal.throwIfAborted();
      await this.#step(step);
    }
  }

  async #step(step: GroupStep): Promise<void> {
    if ("run" in step) {
      await delay(this.#ms(step.run), undefined, { signal: this.#stage.signal });
    } else if ("await" in step) {
      await this.#until(step.await, this.#ms(step.within));
    } else if ("hold" in step) {
      await this.#hold(step.hold);
    } else if ("release" in step) {
      this.#contender(step.release).send({ verb: "release" });
    } else if ("inject" in step) {
      await this.#inject(step.inject);
    } else {
      this.#newestBefore = this.#newestTerm();
      this.#contender(step.resign).send({ verb: "resign" });
    }
  }

  async #hold(hold: Extract<GroupStep, { hold: unknown }>["hold"]): Promise<void> {
    const target = this.#contender(hold.target);
    const held = this.#stage.recorder.next(
      (event) =>
        event.type === "contender" &&
        event.incarnation === target.incarnation &&
        event.line.type === "held" &&
        event.line.failpoint === hold.at
          ? (event.line.op ?? "")
          : undefined,
      this.#wait(`${target.incarnation} held at ${hold.at}`, this.#ms(hold.within)),
    );
    target.send({ verb: "hold", failpoint: hold.at, nth: 1, scope: hold.how });
    this.#held = { contender: target, op: await held };
  }

  async #inject(inject: Extract<GroupStep, { inject: unknown }>["inject"]): Promise<void> {
    const fault = findFault(inject.fault);
    assert(fault !== undefined, `the schema let an unknown fault through: ${inject.fault}`);
    const target = this.#contender(inject.target);
    this.#newestBefore = this.#newestTerm();
    const word = `${this.#group}:${inject.target}`;
    await using _injection = await this.#stage.faults.inject(fault, {
      word,
      resolved: target.incarnation,
      node: target.node,
    });
    await this.#until(inject.until, this.#ms(inject.limit));
  }

  /** Waits for a condition that may be true already. */
  async #until(condition: Condition, limitMs: number): Promise<void> {
    if (this.#isTrue(condition)) return;
    const name = `${this.#group}: ${JSON.stringify(condition)}`;
    await this.#stage.recorder.next(
      () => (this.#isTrue(condition) ? true : undefined),
      this.#wait(name, limitMs),
    );
  }

  #isTrue(condition: Condition): boolean {
    const { observed } = this.#stage;
    if (condition.elected === "any") return observed.leaderOf(this.#group) !== undefined;
    if (condition.elected === "other") return this.#newestTerm() > this.#newestBefore;
    if (condition.writes !== undefined)
      return observed.acknowledgedIn(this.#group) >= condition.writes;
    const held = this.#held;
    if (held === undefined) return false;
    return observed.get(held.contender.incarnation)?.settled.has(held.op) === true;
  }

  /** The newest term that any contender of the group was ever seen elected with. */
  #newestTerm(): bigint {
    let newest = 0n;
    for (const { lastToken } of this.#stage.observed.inGroup(this.#group)) {
      const term = BigInt(lastToken?.czxid ?? 0);
      if (term > newest) newest = term;
    }
    return newest;
  }

  /** `held` stays the contender that was held, whatever became of it. */
  #contender(word: string): Contender {
    if (word === "held" && this.#held !== undefined) return this.#held.contender;
    const target: ObservedContender = resolveTarget(word, this.#group, this.#stage.observed);
    const contender = this.#stage.fleet.find(target.incarnation);
    if (contender === undefined) {
      throw new LabError(
        "fault",
        `resolve ${this.#group}:${word}: ${target.incarnation} is not the lab's`,
      );
    }
    return contender;
  }

  #ms(duration: string): number {
    return toMs(duration, this.#stage.time);
  }

  #wait(name: string, limitMs: number): { name: string; limitMs: number; signal: AbortSignal } {
    return { name, limitMs, signal: this.#stage.signal };
  }
}
