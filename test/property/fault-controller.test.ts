/**
 * The controller against a model (fast-check): whatever fails, every heal is tried, nothing stays in
 * force unsaid, and the journal is written before the effect.
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FaultController, type Injection } from "../../faults/controller.ts";
import type { Effect, Fault } from "../../faults/fault.ts";
import { LabError } from "../../lab/errors.ts";
import type { FaultEvent, HistoryEvent } from "../../lab/evidence/history.ts";
import { Recorder } from "../../lab/evidence/recorder.ts";
import { FakeNode } from "../builders/fake-node.ts";

/** Each run opens and closes a real history file. */
const RUNS = { numRuns: 40 };
const CONTEXT = { serverAddresses: [], clientPort: 2181 };

/** How one call of a fault goes. `half`: it has its effect and throws nevertheless. */
const OUTCOMES = ["works", "ineffective", "throws", "half"] as const;
type Outcome = (typeof OUTCOMES)[number];

interface Plan {
  readonly available: boolean;
  readonly inject: Outcome;
  /** One a try; after the last it works. */
  readonly heals: readonly Outcome[];
}

/** A fault that goes as planned; `journal` sees each call before its effect. */
function planned(plan: Plan, journal: (call: string) => void): Fault {
  const heals = [...plan.heals];
  const go = (outcome: Outcome, effect: () => void): Promise<Effect> => {
    if (outcome === "throws") return Promise.reject(new Error("planned"));
    if (outcome !== "ineffective") effect();
    if (outcome === "half") return Promise.reject(new Error("planned, after the effect"));
    return Promise.resolve({ proven: outcome === "works", proof: outcome, pids: [] });
  };
  return {
    name: "planned",
    summary: "goes as planned",
    unavailable: () => (plan.available ? undefined : "planned"),
    inject: (node) => {
      journal("inject");
      return go(plan.inject, () => (node as FakeNode).afflictions.add("planned"));
    },
    heal: (node) => {
      journal("heal");
      return go(heals.shift() ?? "works", () => (node as FakeNode).afflictions.delete("planned"));
    },
  };
}

const outcome = fc.constantFrom(...OUTCOMES);
const plan: fc.Arbitrary<Plan> = fc.record({
  available: fc.boolean(),
  inject: outcome,
  heals: fc.array(outcome, { maxLength: 3 }),
});

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "zklab-controller-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A fresh controller with its history, which `broken` makes fail as a full disk does. */
class Bench implements Disposable {
  static #count = 0;
  readonly events: FaultEvent[] = [];
  readonly controller: FaultController;
  readonly #recorder: Recorder;

  constructor(broken: (event: HistoryEvent) => boolean = () => false) {
    Bench.#count += 1;
    this.#recorder = new Recorder(join(folder, `${Bench.#count}.jsonl`), 0n);
    this.#recorder.subscribe((event) => {
      if (broken(event)) throw new Error("no space left on device");
      if (event.type === "fault") this.events.push(event);
    });
    this.controller = new FaultController(this.#recorder, CONTEXT);
  }

  phases(injection?: string): readonly string[] {
    return this.events
      .filter((event) => injection === undefined || event.injection === injection)
      .map((event) => event.phase);
  }

  inject(fault: Fault, node: FakeNode): Promise<Injection> {
    return this.controller.inject(fault, { word: "group:leader", resolved: "group/c1#1", node });
  }

  [Symbol.dispose](): void {
    this.#recorder.close();
  }
}

/** Every node that is still afflicted, by number. */
function afflicted(nodes: readonly FakeNode[]): readonly number[] {
  return nodes.flatMap((node, i) => (node.afflictions.size > 0 ? [i] : []));
}

describe("FaultController", () => {
  it("leaves nothing in force, or says so, whatever fails", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(plan, { minLength: 1, maxLength: 6 }), async (plans) => {
        using bench = new Bench();
        const nodes = plans.map((_, i) => new FakeNode(`n${i}`));
        const healed = plans.map(() => 0);
        const injections = await Promise.allSettled(
          plans.map((one, i) => {
            const journal = (call: string): void => {
              if (call === "heal") healed[i] = (healed[i] ?? 0) + 1;
            };
            return bench.inject(planned(one, journal), nodes[i] ?? new FakeNode("none"));
          }),
        );
        const error = await bench.controller.healAll().catch((reason: unknown) => reason);
        for (const [i, one] of plans.entries()) {
          // Whoever may have had an effect was tried, the others' failures notwithstanding.
          expect(healed[i]).toBe(one.available ? 1 : 0);
          const { status } = injections[i] ?? {};
          const failed = !one.available || one.inject === "throws" || one.inject === "half";
          expect(status).toBe(failed ? "rejected" : "fulfilled");
        }
        if (error === undefined) expect(afflicted(nodes)).toEqual([]);
        else {
          expect(error).toBeInstanceOf(LabError);
          expect(error).toMatchObject({ code: "fault" });
        }
        // Asked again and again it ends with nothing in force, and then says nothing more.
        for (let round = 0; round < 3; round += 1) {
          await bench.controller.healAll().catch(() => undefined);
        }
        expect(afflicted(nodes)).toEqual([]);
        const before = bench.events.length;
        await bench.controller.healAll();
        expect(bench.events).toHaveLength(before);
      }),
      RUNS,
    );
  });

  it("writes armed and injecting before any effect, and in-force only with proof", async () => {
    await fc.assert(
      fc.asyncProperty(plan, async (one) => {
        using bench = new Bench();
        const seen: (readonly string[])[] = [];
        const fault = planned(one, () => seen.push([...bench.phases()]));
        await bench.inject(fault, new FakeNode("n")).catch(() => undefined);
        if (!one.available) {
          expect(seen).toEqual([]);
          expect(bench.phases()).toEqual(["armed"]);
          return;
        }
        expect(seen).toEqual([["armed", "injecting"]]);
        const expected = {
          works: ["in-force"],
          ineffective: ["ineffective"],
          throws: [],
          half: [],
        };
        expect(bench.phases()).toEqual(["armed", "injecting", ...expected[one.inject]]);
      }),
      RUNS,
    );
  });

  it("heals although the journal cannot be written, and says that it could not", async () => {
    for (const phase of ["in-force", "healing", "healed"]) {
      using bench = new Bench((event) => event.type === "fault" && event.phase === phase);
      const node = new FakeNode("n");
      const works: Plan = { available: true, inject: "works", heals: [] };
      const injection = await bench
        .inject(
          planned(works, () => undefined),
          node,
        )
        .catch(() => "none");
      expect(injection === "none").toBe(phase === "in-force");
      const healed = await bench.controller.healAll().catch((error: unknown) => error);
      expect(node.afflictions.size).toBe(0);
      if (phase !== "in-force") expect(String(healed)).toContain("no space left");
    }
  });

  it("heals once where a step and healAll ask at the same time", async () => {
    using bench = new Bench();
    const calls: string[] = [];
    const works: Plan = { available: true, inject: "works", heals: [] };
    const fault = planned(works, (call) => calls.push(call));
    const injection = await bench.inject(fault, new FakeNode("n"));
    await Promise.all([injection.heal(), bench.controller.healAll(), injection.heal()]);
    expect(calls).toEqual(["inject", "heal"]);
    expect(bench.phases("f1")).toEqual(["armed", "injecting", "in-force", "healing", "healed"]);
  });

  it("names every fault that could not be healed", async () => {
    using bench = new Bench();
    const stubborn: Plan = { available: true, inject: "works", heals: ["ineffective"] };
    for (const name of ["a", "b"]) {
      const fault = { ...planned(stubborn, () => undefined), name };
      await bench.inject(fault, new FakeNode(name));
    }
    await expect(bench.controller.healAll()).rejects.toThrow(
      /2 of 2 failed: heal a on .*; heal b on/,
    );
    expect(bench.phases("f1")).toEqual(["armed", "injecting", "in-force", "healing"]);
  });
});
