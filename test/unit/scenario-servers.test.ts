/** Steps that aim at servers: what a scenario may say, and which server a word means. */

import { describe, expect, it } from "vitest";
import { pickServer } from "../../faults/targets.ts";
import type { ServerView } from "../../lab/ensemble/ensemble.ts";
import { LabError } from "../../lab/errors.ts";
import { loadScenario, parseYaml } from "../../lab/scenario/load.ts";
import { needsDebugger } from "../../lab/scenario/resolve.ts";
import { type Scenario, scenarioSchema } from "../../lab/scenario/schema.ts";

function parse(step: string): Scenario {
  const text = `name: good
description: x
groups:
  a: { strategy: latch-check, expect: { verdict: holds } }
steps:
  - ${step}
`;
  return parseYaml(text, "good", scenarioSchema);
}

function problemOf(step: string): string {
  try {
    parse(step);
    return "none";
  } catch (error) {
    if (!(error instanceof LabError)) throw error;
    return error.message;
  }
}

const UNTIL = "until: { epoch: next }, limit: 9 s";
const good = (inject: string): string => `inject: { ${inject}, ${UNTIL} }`;
const lane = (inject: string): string => `each-group: [{ inject: { ${inject}, ${UNTIL} } }]`;

describe("a step that aims at a server", () => {
  it.each([
    good("fault: rollover, target: leader-server"),
    good("fault: rollover, target: leader-server, options: { left: 0 }"),
    good("fault: re-elect, target: zk3, options: { how: pause }"),
    good("fault: pause, target: follower"),
    lane("fault: pause, target: any-server"),
    lane("fault: pause, target: c2"),
    good("fault: outage, target: all-servers, options: { how: stop }"),
    "inject: { fault: outage, target: all-servers, until: { passed: 2 sessions }, limit: 9 s }",
    "run: 1 s",
    "idle: { for: 2 s }",
    "each-group: [{ idle: { for: 1 sessions, perMinute: 6 } }]",
    "{ await: { role: { server: any, is: leader } }, within: 5 s }",
  ])("may say %s", (step) => {
    expect(problemOf(step)).toBe("none");
  });

  it.each([
    [good("fault: rollover, target: leader"), /outside a group a server: leader-server, follower/],
    [
      lane("fault: rollover, target: leader"),
      /rollover acts on a server, and leader is a contender/,
    ],
    [lane("fault: reset, target: zk1"), /reset acts on a contender, and zk1 is a server/],
    [good("fault: outage, target: zk1"), /outage acts on the ensemble \(all-servers\), and zk1/],
    [
      good("fault: pause, target: all-servers"),
      /pause acts on a contender or a server, and all-ser/,
    ],
    [good("fault: rollover, target: zk1, options: { left: -1 }"), /options: left: .*>=0/],
    [good("fault: rollover, target: zk1, options: { right: 1 }"), /options: .*right/],
    [good("fault: pause, target: zk1, options: { left: 1 }"), /options: .*left/],
    [good("fault: re-elect, target: zk1, options: { how: shout }"), /options: how: /],
    [
      "inject: { fault: pause, target: zk1, until: { elected: any }, limit: 1 s }",
      /outside a group a condition of the ensemble: role, epoch, log/,
    ],
    ["{ await: { writes: 3 }, within: 5 s }", /outside a group a condition of the ensemble/],
    ["hold: { target: leader }", /for the ensemble run, idle, await \+ within or inject/],
  ])("may not say %s", (step, why) => {
    expect(problemOf(step)).toMatch(why);
  });
});

describe("needsDebugger", () => {
  it("is told by the scenario's faults, wherever they stand", () => {
    expect(needsDebugger(parse(good("fault: rollover, target: zk1")))).toBe(true);
    expect(needsDebugger(parse(lane("fault: rollover, target: zk1")))).toBe(true);
    expect(needsDebugger(parse(good("fault: re-elect, target: zk1")))).toBe(false);
    expect(needsDebugger(loadScenario("rollover").scenario)).toBe(true);
    expect(needsDebugger(loadScenario("gc-pause").scenario)).toBe(false);
  });
});

describe("pickServer", () => {
  const views: readonly ServerView[] = [
    { server: "zk1", role: "follower", zxid: undefined },
    { server: "zk2", role: "leader", zxid: undefined },
    { server: "zk3", role: "follower", zxid: undefined },
  ];
  const none = (): never => {
    throw new Error("nothing is to be drawn");
  };

  it("takes the one that fits, and draws among several", () => {
    expect(pickServer("leader-server", views, none)).toBe("zk2");
    expect(pickServer("zk3", views, none)).toBe("zk3");
    expect(pickServer("follower", views, () => 0)).toBe("zk1");
    expect(pickServer("follower", views, () => 0.999)).toBe("zk3");
    expect(pickServer("any-server", views, () => 0.5)).toBe("zk2");
  });

  it("finds nobody while nobody leads", () => {
    expect(pickServer("leader-server", views.slice(0, 1), none)).toBeUndefined();
    expect(pickServer("zk9", views, none)).toBeUndefined();
  });
});
