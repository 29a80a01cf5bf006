/** The fault `partition` on a real switch, asked from outside it (test/builders/partition-main.ts). */

import { beforeAll, describe, expect, it } from "vitest";
import { buildOnce, compileMain, zklab } from "../builders/zklab-cli.ts";

interface Effect {
  readonly proven: boolean;
  readonly proof: string;
}

interface Seen {
  readonly isolated: Readonly<Record<"before" | "cut" | "kept" | "after", readonly boolean[]>> &
    Readonly<Record<"effect" | "heal" | "healedAgain", Effect>>;
  readonly oneWay: Readonly<Record<"outward" | "inward" | "outwardAgain", boolean>> &
    Readonly<Record<"effect" | "heal", Effect>>;
  readonly union: Readonly<Record<"cut" | "kept" | "freed" | "after", readonly boolean[]>> &
    Readonly<Record<"effects" | "heals", readonly Effect[]>> & { readonly heal: Effect };
  readonly nothing: string;
}

const LIMIT_MS = 90_000;
let seen: Seen;

/** Budget: 20 s, most of it connects that must run out. */
beforeAll(async () => {
  buildOnce();
  const main = compileMain("test/builders/partition-main.ts");
  const { code, stdout, stderr } = await zklab([], { main, limitMs: LIMIT_MS });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  seen = JSON.parse(stdout) as Seen;
}, LIMIT_MS + 10_000);

describe("partition", () => {
  it("isolates a server from everybody and nobody else, until it is healed", () => {
    const { isolated } = seen;
    expect(isolated.before).toEqual([true]);
    expect(isolated.effect).toMatchObject({ proven: true });
    expect(isolated.effect.proof).toContain("16 of 16 probe packets arrived before, 0 of 16 after");
    expect(isolated.cut).toEqual([false, false, false]);
    expect(isolated.kept).toEqual([true, true, true]);
    expect(isolated.heal).toMatchObject({ proven: true });
    expect(isolated.healedAgain).toMatchObject({ proven: true });
    expect(isolated.after).toEqual([true, true]);
  });

  it("cuts one direction and leaves the other", () => {
    const { oneWay } = seen;
    expect(oneWay.effect).toMatchObject({ proven: true });
    expect(oneWay).toMatchObject({ outward: false, inward: true, outwardAgain: true });
    expect(oneWay.heal).toMatchObject({ proven: true });
  });

  it("adds up with others in force, and healing one keeps the others", () => {
    const { union } = seen;
    expect(union.effects.map(({ proven }) => proven)).toEqual([true, true, true]);
    expect(union.cut).toEqual([false, false, false, false]);
    expect(union.heal).toMatchObject({ proven: true });
    expect(union.kept).toEqual([false, false]);
    expect(union.freed).toEqual([true]);
    expect(union.heals.map(({ proven }) => proven)).toEqual([true, true]);
    expect(union.after).toEqual([true, true]);
  });

  it("refuses to cut a client off from its server where it has none", () => {
    expect(seen.nothing).toContain("find the server of g/c1: it is connected to none");
  });
});
