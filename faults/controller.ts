/**
 * The fault controller: journals each injection before it acts, keeps what is in force, and heals all
 * of it at the end, whatever happened. A heal has its own deadline and never the caller's abort signal.
 */

import { LabError } from "../lab/errors.ts";
import type { injectionPhases } from "../lab/evidence/history.ts";
import type { Recorder } from "../lab/evidence/recorder.ts";
import type { LabNode } from "../lab/runtime/runtime.ts";
import type { Fault, FaultContext, FaultOptions } from "./fault.ts";

type Phase = (typeof injectionPhases)[number];

export interface InjectionTarget {
  /** The word of the scenario, e.g. `naive:leader`. */
  readonly word: string;
  /** What it resolved to: an incarnation, a server, or all servers. */
  readonly resolved: string | readonly string[];
  readonly node: LabNode;
  /** The fault's own, as its schema accepted them. */
  readonly options?: FaultOptions;
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
        resolved: [target.resolved].flat(),
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
    const context = { ...this.#context, injection: id };
    const effect = await fault.inject(target.node, context, target.options ?? {});
    const { proof, pids } = effect;
    record(effect.proven ? "in-force" : "ineffective", { proof, pids: [...pids] });
    return injection;
  }

  /** Heals everything in force; tries each, then throws one LabError("fault") that names all that failed. */
  async healAll(): Promise<void> {
    const results = await Promise.allSettled([...this.#inForce.values()].map((one) => one.heal()));
    const failures = results
      .filter((result) => result.status === "rejected")
      .map((result) => result.reason as unknown);
    if (failures.length === 0) return;
    const found = failures.map((error) => (error instanceof Error ? error.message : String(error)));
    throw new LabError(
      "fault",
      `heal all faults: ${failures.length} of ${results.length} failed: ${found.join("; ")}`,
      {
        hint: "the lab ends now, and the kernel ends with it what could not be healed",
        cause: new AggregateError(failures),
      },
    );
  }

  #injection(
    id: string,
    fault: Fault,
    target: InjectionTarget,
    record: (phase: "healing" | "healed", more?: object) => void,
  ): Injection {
    const context = { ...this.#context, injection: id };
    const healNow = async (): Promise<void> => {
      // A journal that cannot be written (disk full) must not keep a process stopped.
      const unjournalled = failureOf(() => record("healing"));
      const effect = await fault.heal(target.node, context, target.options ?? {});
      if (!effect.proven) {
        throw new LabError("fault", `heal ${fault.name} on ${target.resolved}: ${effect.proof}`);
      }
      this.#inForce.delete(id);
      if (unjournalled !== undefined) throw unjournalled;
      record("healed", { proof: effect.proof, pids: [...effect.pids] });
    };
    let healing: Promise<void> | undefined;
    // The step that injected it and healAll may ask at the same time: one heal, two answers.
    const heal = (): Promise<void> => {
      if (!this.#inForce.has(id)) return Promise.resolve();
      healing ??= healNow().finally(() => {
        healing = undefined;
      });
      return healing;
    };
    return { id, heal, [Symbol.asyncDispose]: heal };
  }
}

function failureOf(act: () => void): Error | undefined {
  try {
    act();
    return undefined;
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
