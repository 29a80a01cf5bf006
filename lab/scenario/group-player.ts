/** Plays one group's lane of steps, each waiting for what it names. */

import { setTimeout as delay } from "node:timers/promises";
import type { Contender } from "../../contenders/fleet.ts";
import { findFault } from "../../faults/catalogue.ts";
import type { InjectionTarget } from "../../faults/controller.ts";
import { isEnsembleWord, isServerWord, resolveTarget } from "../../faults/targets.ts";
import { assert, LabError } from "../errors.ts";
import { type Memory, newestTerm, until } from "./conditions.ts";
import { draw } from "./draw.ts";
import { toMs } from "./duration.ts";
import type { Stage } from "./stage.ts";
import type { GroupStep } from "./steps.ts";

/** The lane of steps that are no group's; no group can have this name. */
export const ENSEMBLE_LANE = "";

type StepOf<Word extends string> = Extract<GroupStep, Record<Word, unknown>>;

export class GroupPlayer {
  readonly #stage: Stage;
  readonly #memory: Memory;
  #draws = 0;

  constructor(group: string, stage: Stage, memory?: Memory) {
    this.#stage = stage;
    const nothing = { held: undefined, stopped: undefined, epochBefore: undefined };
    this.#memory = memory ?? { group, newestBefore: 0n, ...nothing };
  }

  async play(steps: readonly GroupStep[]): Promise<void> {
    for (const step of steps) {
      this.#stage.signal.throwIfAborted();
      await this.#step(step);
    }
  }

  async #step(step: GroupStep): Promise<void> {
    if ("run" in step) await this.#run(step.run);
    else if ("idle" in step) await this.#idle(step.idle);
    else if ("await" in step) await this.#until(step.await, step.within);
    else if ("hold" in step) await this.#hold(step.hold);
    else if ("release" in step) this.#contender(step.release).send({ verb: "release" });
    else if ("inject" in step) await this.#inject(step.inject);
    else if ("resign" in step) this.#resign(step.resign);
    else if ("write" in step) this.#contender(step.write).send({ verb: "write" });
    else if ("stop" in step) await this.#stop(step.stop);
    else if ("start" in step) await this.#start();
    else await this.#parallel(step.parallel);
  }

  async #run(run: StepOf<"run">["run"]): Promise<void> {
    const { signal } = this.#stage;
    await delay(
      typeof run === "string" ? this.#ms(run) : this.#drawBetween(run.between),
      undefined,
      {
        signal,
      },
    );
  }

  /** Cut short it has no end, and then it counts for nothing. */
  async #idle({ for: duration, perMinute }: StepOf<"idle">["idle"]): Promise<void> {
    const { recorder, signal } = this.#stage;
    const { group } = this.#memory;
    const what = {
      type: "idle",
      perMinute,
      ...(group === ENSEMBLE_LANE ? {} : { group }),
    } as const;
    recorder.record({ ...what, phase: "begun" });
    await delay(this.#ms(duration), undefined, { signal });
    recorder.record({ ...what, phase: "ended" });
  }

  /** What was drawn is recorded, so that a run tells its own schedule. */
  #drawBetween([least, most]: readonly [string, string]): number {
    const [from, to] = [this.#ms(least), this.#ms(most)];
    this.#draws += 1;
    const what = `${this.#memory.group} run ${this.#draws}`;
    const ms = from + draw(this.#stage.seed, what) * (to - from);
    this.#stage.recorder.record({
      type: "stage",
      stage: "draw",
      detail: `${what}: ${ms.toFixed(3)} ms`,
    });
    return ms;
  }

  async #hold(hold: StepOf<"hold">["hold"]): Promise<void> {
    const target = this.#contender(hold.target);
    this.#mark();
    const held = this.#stage.recorder.next(
      (event) =>
        event.type === "contender" &&
        event.incarnation === target.incarnation &&
        event.line.type === "held" &&
        event.line.failpoint === hold.at
          ? (event.line.op ?? "")
          : undefined,
      {
        name: `${target.incarnation} held at ${hold.at}`,
        limitMs: this.#ms(hold.within),
        signal: this.#stage.signal,
      },
    );
    target.send({ verb: "hold", failpoint: hold.at, nth: hold.nth, scope: hold.how });
    this.#memory.held = { incarnation: target.incarnation, op: await held };
  }

  async #inject(inject: StepOf<"inject">["inject"]): Promise<void> {
    const fault = findFault(inject.fault);
    assert(fault !== undefined, `the schema let an unknown fault through: ${inject.fault}`);
    const target = await this.#target(inject.target, this.#ms(inject.limit));
    this.#mark();
    await using _injection = await this.#stage.faults.inject(fault, {
      ...target,
      options: fault.options?.parse(inject.options) ?? {},
    });
    await this.#until(inject.until, inject.limit);
    this.#memory.epochBefore = undefined;
  }

  /** A server that fits is waited for: after an election there may be no leader for a while. */
  async #target(
    word: string,
    limitMs: number,
  ): Promise<Pick<InjectionTarget, "word" | "resolved" | "node">> {
    if (!isServerWord(word)) {
      const { incarnation, node } = this.#contender(word);
      return { word: `${this.#memory.group}:${word}`, resolved: incarnation, node };
    }
    this.#draws += 1;
    const { name, node } = await this.#stage.findServer(word, {
      limitMs,
      draw: () => draw(this.#stage.seed, `${this.#memory.group} ${word} ${this.#draws}`),
      signal: this.#stage.signal,
    });
    return { word, resolved: isEnsembleWord(word) ? this.#stage.servers : name, node };
  }

  #resign(word: string): void {
    this.#mark();
    this.#contender(word).send({ verb: "resign" });
  }

  async #stop(word: string): Promise<void> {
    const target = this.#contender(word);
    target.stop();
    await target.exited;
    this.#memory.stopped = target.name;
  }

  async #start(): Promise<void> {
    const { group, stopped } = this.#memory;
    if (stopped === undefined) throw new LabError("bad-input", `${group}: start: none was stopped`);
    await this.#stage.startContender(group, stopped);
  }

  async #parallel(lanes: readonly (readonly GroupStep[])[]): Promise<void> {
    const { group } = this.#memory;
    const players = lanes.map((lane) =>
      new GroupPlayer(group, this.#stage, this.#memory).play(lane),
    );
    await Promise.all(players);
  }

  #until(condition: Parameters<typeof until>[0], within: string): Promise<void> {
    return until(condition, this.#memory, this.#stage, this.#ms(within));
  }

  /** From here on, `elected: other` means a newer term than there is now. */
  #mark(): void {
    this.#memory.epochBefore = this.#stage.observed.newestEpoch;
    this.#memory.newestBefore = newestTerm(this.#memory.group, this.#stage);
  }

  /** `held` stays the contender that was held, whatever became of it. */
  #contender(word: string): Contender {
    const { group, held } = this.#memory;
    const incarnation =
      word === "held" && held !== undefined
        ? held.incarnation
        : resolveTarget(word, group, this.#stage.observed).incarnation;
    const contender = this.#stage.fleet.find(incarnation);
    if (contender === undefined) {
      throw new LabError("fault", `resolve ${group}:${word}: ${incarnation} is not the lab's`);
    }
    return contender;
  }

  #ms(duration: string): number {
    return toMs(duration, this.#stage.time);
  }
}
