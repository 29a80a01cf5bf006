/** The debugger and the faults on servers, tried on a real ensemble (test/builders/server-faults-main.ts). */

import { beforeAll, describe, expect, it } from "vitest";
import { provideZooKeeper } from "../../lab/runtime/setup/zookeeper-jars.ts";
import { buildOnce, compileMain, zklab } from "../builders/zklab-cli.ts";

interface Seen {
  readonly thread: { stopped: number; standing: number; resumed: number };
  readonly breakpoint: { thread: string; before: boolean; acknowledged: boolean };
  readonly between: { why: string; journalled: number; epochStays: boolean };
  readonly drop: { stood: boolean };
  readonly onFollower: Refusal;
  readonly otherSplit: Refusal;
  readonly again: Refusal;
  readonly illegal: Readonly<Record<string, { why: string; journalled: number; serves: boolean }>>;
  readonly untouched: boolean;
  readonly effect: { proven: boolean; proof: string };
  readonly heal: { proven: boolean; proof: string };
  readonly jumps: readonly { epoch: number; from: number; to: number }[];
}
interface Refusal {
  readonly why: string;
  readonly jumps: number;
}

const LIMIT_MS = 110_000;
let seen: Seen;

/** Budget: 25 s, most of it the JVMs' start. */
beforeAll(async () => {
  buildOnce();
  const jars = await provideZooKeeper();
  const main = compileMain("test/builders/server-faults-main.ts");
  const { code, stdout, stderr } = await zklab([JSON.stringify(jars)], {
    ...{ main, limitMs: LIMIT_MS },
  });
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  seen = JSON.parse(stdout) as Seen;
}, LIMIT_MS + 10_000);

describe("a debugger", () => {
  it("stops one thread of a server and no other", () => {
    expect(seen.thread).toEqual({ stopped: 1, standing: 1, resumed: 0 });
  });

  it("stops a write at a code point, and lets it go on", () => {
    expect(seen.breakpoint.thread).toContain("ProcessThread");
    expect(seen.breakpoint).toMatchObject({ before: false, acknowledged: true });
  });

  it("that goes without a word leaves the JVM running", () => {
    expect(seen.drop).toEqual({ stood: true });
  });
});

describe("rollover", () => {
  it("refuses a follower, another split and a second jump, and the ensemble serves", () => {
    expect(seen.onFollower).toEqual({ why: expect.stringContaining("it does not lead"), jumps: 0 });
    const why = expect.stringContaining("it calls its epoch 1, and by 40 bits of counter it is 0");
    expect(seen.otherSplit).toEqual({ why, jumps: 0 });
    expect(seen.again).toEqual({ why: expect.stringContaining("has a jump already"), jumps: 1 });
  });

  it.each([
    ["0xffffffff", "-1 transactions cannot be left"],
    ["backwards", "its counter only moves forward"],
    ["to where it stands", "its counter only moves forward"],
    ["below zero", "its counter only moves forward"],
    ["another epoch", "it is in epoch 1, not 2"],
  ])("refuses a move %s: nothing is journalled, and the ensemble serves on", (what, why) => {
    const refused = { why: expect.stringContaining(why), journalled: 0, serves: true };
    expect(seen.illegal[what]).toEqual(refused);
  });

  it("moves nothing while a request stands between its two zxids, which is then taken", () => {
    const why = expect.stringContaining("was in the middle of a request 25 times");
    expect(seen.between).toEqual({ why, journalled: 0, epochStays: true });
  });

  it("happens though nobody writes: the lab uses up the rest, and touches nobody's path", () => {
    expect(seen.effect.proof).toContain("to 0x1fffffe6e");
    expect(seen).toMatchObject({ effect: { proven: true }, untouched: true });
  });

  it("is journalled once, and proven by the server's own line and by a newer epoch", () => {
    expect(seen.jumps).toMatchObject([{ epoch: 1, to: 0xffff_fe6e }]);
    expect(seen.effect).toMatchObject({ proven: true });
    expect(seen.effect.proof).toContain("zxid lower 32 bits have rolled over");
    expect(seen.heal).toMatchObject({ proven: true });
    expect(seen.heal.proof).toMatch(/leads epoch [2-9], and every server serves/);
  });
});
