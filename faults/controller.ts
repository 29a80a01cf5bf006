/**
 * The fault controller: journals each injection before it acts, keeps what is in force, and heals all
 * of it at the end, whatever happened. A heal has its own deadline and never the caller's abort signal.
 */

import { LabError } from "../lab/errors.ts";
import type { injectionPhases } from "../lab/evidence/history.ts";
import type { Recorder } from "../lab/evidence/recorder.ts";
import type { LabNode } from "../lab/runtime/runtime.ts";
import type { Fault, FaultContext } from "./fault.ts";

type Phase = (typeof injectionPhases)[number];

export interface InjectionTarget {
  /** The word of the scenario, e.g. `naive:leader`. */
  readonly word: string;
  /** What it resolved to: an incarnation or a server. */
  readonly resolved: string;
  readonly node: LabNode;
}

/** One fault in force; disposing heals it. */
export interface Injection extends AsyncDisposable {
  readonly id: string;
  heal(): Promise<void>;
}

export class FaultController {
  readonly #recorder: Recorder;
  readonly #context: FaultContext;
  readonly #inForce = new Map<string, Injection>();
  #count = 0;

  constructor(recorder: Recorder, context: FaultContext) {
    this.#recorder = recorder;
    this.#context = context;
  }

  /** Causes the fault and proves it; one that took no effect is recorded as such, not thrown. */
  async inject(fault: Fault, target: InjectionTarget): Promise<Injection> {
    this.#count += 1;
    const id = `f${this.#count}`;
    const record = (phase: Phase, more: object = {}): void => {
      this.#recorder.record({
        type: "fault",
        injection: id,
        fault: fault.name,
        phase,
        target: target.word,
        resolved: [target.resolved],
        ...more,
      });
    };
    record("armed");
    const why = fault.unavailable();
    if (why !== undefined) {
      throw new LabError(
        "environment",
        `inject ${fault.name} on ${target.word}: unavailable: ${why}`,
      );
    }
    const injection = this.#injection(id, fault, target, record);
    this.#inForce.set(id, injection);
    record("injecting");
    const effect = await fault.inject(target.node, this.#context);
    const { proof, pids } = effect;
    record(effect.proven ? "in-force" : "ineffective", { proof, pids: [...pids] });
    return injection;
  }

  /** Heals everything in force; tries each, then throws one error that names all that failed. */
  async healAll(): Promise<void> {
    const results = await Promise.allSettled([...this.#inForce.values()].map((one) => one.heal()));
    const failures = results.filter((result) => result.status === "rejected");
    if (failures.length === 0) return;
    throw new AggregateError(
      failures.map((failure) => failure.reason as unknown),
      `heal all faults: ${failures.length} of ${results.length} could not be healed`,
    );
  }

  #injection(
    id: string,
    fault: Fault,
    target: InjectionTarget,
    record: (phase: "healing" | "healed", more?: object) => void,
  ): Injection {
    const heal = async (): Promise<void> => {
      if (!this.#inForce.has(id)) return;
      record("healing");
      const effect = await fault.heal(target.node, this.#context);
      if (!effect.proven) {
        throw new LabError("fault", `heal ${fault.name} on ${target.resolved}: ${effect.proof}`);
      }
      this.#inForce.delete(id);
      record("healed", { proof: effect.proof, pids: [...effect.pids] });
    };
    return { id, heal, [Symbol.asyncDispose]: heal };
  }
}
